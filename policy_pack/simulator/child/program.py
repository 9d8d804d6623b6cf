"""Runs the program under the unmodified SDK and says how it ended."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import os
import runpy
import signal
import sys
from types import FrameType
from typing import Any

from . import boto, guard
from .configuration import Configuration
from .failures import describe
from .predictions import Predictor
from .records import Channel, UserCode, module_file
from .stubs import Stubs
from .transforms import serve_callbacks
from .typeindex import TypeIndex

GRACE_SECONDS = 1.0


def run(request: dict[str, Any], descriptor: int) -> None:
    """Run one pass. The last record is `end`, unless the process is killed from outside."""
    channel, user = Channel(descriptor), UserCode()
    clock = _Clock(channel, user, request)
    try:
        _run(request, channel, user, clock)
    except _TimeIsUp:
        clock.tell()


def _run(request: dict[str, Any], channel: Channel, user: UserCode, clock: _Clock) -> None:
    predictor = Predictor(TypeIndex(request.get("cache")), request["place"])
    try:
        import pulumi  # noqa: F401
    except ImportError as error:
        _end(channel, "failed", error, user, predictor)
        return
    # Loaded before anything is watched, so that Python may keep our modules compiled, but none of the user's.
    from . import monitor, shims  # noqa: F401

    sys.dont_write_bytecode = True
    writable = tuple(path for path in (request["scratch"], request.get("cache")) if path)
    tell = guard.install(channel, user, writable, tuple(request["hidden"]))
    boto.install(tell, predictor, channel)
    _run_program(request, channel, user, predictor, clock)


def _run_program(
    request: dict[str, Any], channel: Channel, user: UserCode, predictor: Predictor, clock: _Clock
) -> None:
    from . import automation, shims
    from .monitor import Monitor

    recorder = shims.Recorder(channel, user, predictor.made_up)
    shims.install(recorder)
    automation.install()
    monitor = Monitor(channel, predictor, request)
    loop = _configure(request, monitor)
    Configuration(channel, user, predictor, request).install(
        importlib.import_module("pulumi.config"), importlib.import_module("pulumi.runtime.config")
    )
    references = importlib.import_module("pulumi.stack_reference")
    monitor.references.install(references, lambda: shims.unknown_output(references.Output))
    status = "complete"
    failure: BaseException | None = None
    try:
        loop.run_until_complete(_in_stack(request, monitor))
    except SystemExit as error:
        status, failure = "exited", error
    except BaseException as error:
        status, failure = "failed", error
    clock.stop()
    if clock.frames is not None:
        clock.tell()
        return
    _end(
        channel,
        status,
        failure,
        user,
        predictor,
        **shims.summary(recorder),
        modules=_user_files(user, request),
    )


def _configure(request: dict[str, Any], monitor: Any) -> asyncio.AbstractEventLoop:
    import pulumi

    from .shims import InlineExecutor

    pulumi.runtime.set_all_config(request["config"], request["secret_keys"])
    settings = {
        "project": request["project"],
        "stack": request["stack"],
        "organization": request["organization"],
        "root_directory": request["root"],
        "parallel": 1,
        "dry_run": True,
        "monitor": monitor,
        "engine": None,
    }
    accepted = inspect.signature(pulumi.runtime.Settings.__init__).parameters
    pulumi.runtime.configure(
        pulumi.runtime.Settings(**{key: value for key, value in settings.items() if key in accepted})
    )
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(InlineExecutor(max_workers=1))
    return loop


async def _in_stack(request: dict[str, Any], monitor: Any) -> None:
    import pulumi

    serve_callbacks(monitor)
    directory = request["directory"]
    os.chdir(directory)
    target = request["entry"]
    sys.argv = [target]
    # The language host runs a directory, which puts it first on the path.
    sys.path.insert(0, directory if os.path.isdir(target) else os.path.dirname(target))

    def program() -> None:
        Stubs(request.get("stubs") or {}).install()
        runpy.run_path(target, run_name="__main__")

    await pulumi.runtime.run_in_stack(program)


def _end(
    channel: Channel,
    status: str,
    failure: BaseException | None,
    user: UserCode,
    predictor: Predictor,
    **more: Any,
) -> None:
    fault = None
    if failure is not None:
        fault = describe(failure, user, predictor.made_up)
        fault["module"] = type(failure).__module__
        if isinstance(failure, SyntaxError) and failure.filename and user.owns(failure.filename):
            line, column = failure.lineno or 1, failure.offset or 1
            fault.update(frames=[[failure.filename, line, ""]], span=[line, column, line, column + 1])
        if isinstance(failure, SyntaxError):
            fault["message"] = failure.msg
        if isinstance(failure, ImportError):
            fault["missing"] = failure.name
        if isinstance(failure, SystemExit):
            fault["message"] = str(failure.code if failure.code is not None else 0)
    channel.send("end", status=status, fault=fault, **more)


class _TimeIsUp(BaseException):
    """Ends what the program is doing, so that the resources it has made by then are still registered."""


class _Clock:
    """Ends a program whose time is up and tells where it stood. The parent kills a child that cannot."""

    def __init__(self, channel: Channel, user: UserCode, request: dict[str, Any]) -> None:
        self.channel = channel
        self.user = user
        self.request = request
        self.frames: list[Any] | None = None
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, request["time_limit"])

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self.frames is None:
            self.frames = self.user.frames(2)
            # What keeps on running all the same has this long.
            signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)
            raise _TimeIsUp
        self.tell()
        os._exit(0)

    def stop(self) -> None:
        """Let the program's end be told in peace."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def tell(self) -> None:
        """Send the last record: where the program stood when its time was up."""
        files = _user_files(self.user, self.request)
        self.channel.send("end", status="time-limit", fault={"frames": self.frames}, modules=files)


def _user_files(user: UserCode, request: dict[str, Any]) -> list[str]:
    """The program's files: its modules, and those that are none any more: its entry, and what failed."""
    entry = request["entry"]
    main = os.path.join(entry, "__main__.py") if os.path.isdir(entry) else entry
    files = {file for file in (main, *map(module_file, list(sys.modules.values())), *user.known) if file}
    return sorted(file for file in files if file.endswith(".py") and user.owns(file))
