"""Changes to the SDK in this process: callbacks that fail are recorded and leave an unknown, and it is fast.

Each touches an internal name of the SDK, so each is applied only where that name exists.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable

from . import lightening
from .failures import describe
from .guard import is_blocked
from .records import LOOKUP, Channel, Lookup, UserCode
from .structs import texts

STRINGIFIED = "Calling __str__ on an Output[T]"


class InlineExecutor(ThreadPoolExecutor):
    """Runs at once what is submitted: the monitor lives in this process, so there is nothing to wait for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn` and return its finished future."""
        future: Future[Any] = Future()
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:
            future.set_exception(error)
            return future
        if isinstance(result, tuple) and inspect.iscoroutine(result[0] if result else None):
            # An invoke is answered beside its error.
            result = _first_awaited(result)
        if inspect.iscoroutine(result):
            # A request whose transforms, functions of the program, have to be awaited.
            asyncio.ensure_future(result).add_done_callback(lambda task: _pass_on(task, future))
        else:
            future.set_result(result)
        return future


async def _first_awaited(result: tuple[Any, ...]) -> tuple[Any, ...]:
    return (await result[0], *result[1:])


def _pass_on(task: asyncio.Future[Any], future: Future[Any]) -> None:
    error = task.exception()
    if error is None:
        future.set_result(task.result())
    else:
        future.set_exception(error)


class Recorder:
    """Sends what happens in callbacks, each failure once however many outputs pass it on."""

    def __init__(self, channel: Channel, user: UserCode, made_up: set[str]) -> None:
        self.channel = channel
        self.user = user
        self.made_up = made_up
        self.seen: set[int] = set()
        self.kept: list[BaseException] = []
        self.applies = 0
        self.run: set[int] = set()
        self.stringified = 0

    def failed(
        self, error: BaseException, created: list[Any], *, callback: bool = True, hidden: Iterable[str] = ()
    ) -> None:
        """Record an exception at its source; it is kept alive so that its identity stays its own.

        `callback` tells a callback's from a registration's; `hidden` are secrets its message may hold.
        A refusal of the guard has been told, and is no failure of the program.
        """
        cause: BaseException | None = error
        while cause is not None:
            if id(cause) in self.seen:
                return
            cause = cause.__cause__
        self.seen.add(id(error))
        self.kept.append(error)
        fields = describe(error, self.user, self.made_up)
        if is_blocked(error) and not fields["certain"]:
            return
        for secret in sorted(hidden, key=len, reverse=True):
            if len(secret) > 2:
                fields["message"] = fields["message"].replace(secret, "[secret]")
        self.channel.send("failure", created=created, callback=callback, **fields)


def install(recorder: Recorder) -> None:
    """Patch the SDK that this process has imported."""
    import pulumi
    from pulumi.runtime import rpc, rpc_manager, stack

    _watch_applies(pulumi.Output, recorder)
    _watch_strings(pulumi.Output, recorder)
    _watch_tasks(rpc_manager.RPCManager, recorder)
    _watch_secrets(rpc)
    _watch_exports(stack.Stack, recorder)
    if hasattr(stack, "wait_for_rpcs"):
        stack.wait_for_rpcs = _waiter(recorder)
    lightening.install(recorder.user)


def unknown_output(output_class: Any) -> Any:
    """An output of which nothing is known."""

    def resolved(value: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_event_loop().create_future()
        future.set_result(value)
        return future

    return output_class(resolved(set()), resolved(None), resolved(False), resolved(False))


def _watch_applies(output_class: Any, recorder: Recorder) -> None:
    """Count the user's callbacks, and make a failing one leave an unknown instead of ending the program."""
    original = output_class.apply
    if hasattr(output_class, "_preflight"):
        return
    output_class._preflight = True

    def apply(self: Any, func: Any, run_with_unknowns: bool = False) -> Any:
        frame = sys._getframe(1)
        filename = frame.f_code.co_filename
        created: list[Any] = []
        number = 0
        if recorder.user.owns(filename):
            recorder.applies += 1
            number = recorder.applies
            created = [filename, frame.f_lineno, frame.f_code.co_name]

        def callback(value: Any) -> Any:
            if number:
                recorder.run.add(number)
            try:
                result = func(value)
            except Exception as error:
                recorder.failed(error, created, hidden=texts(value) if _is_secret(self) else ())
                return unknown_output(output_class)
            if inspect.isawaitable(result) and not isinstance(result, output_class):
                return _guarded_awaitable(result)
            return result

        async def _guarded_awaitable(awaitable: Any) -> Any:
            try:
                return await awaitable
            except Exception as error:
                recorder.failed(error, created)
                raise

        return original(self, callback, run_with_unknowns)

    output_class.apply = apply


def _is_secret(output: Any) -> bool:
    """Whether an output whose callback is running is secret; where the SDK does not say, it is."""
    data = output.__dict__.get("_data") or output.__dict__.get("_is_secret")
    if not isinstance(data, asyncio.Future) or not data.done():
        return True
    return bool(getattr(data.result(), "is_secret", data.result()))


def _watch_strings(output_class: Any, recorder: Recorder) -> None:
    """Number each text of a stringified output, so that the property it ends in leads back to its line."""
    original = output_class.__str__

    def stringified(self: Any) -> str:
        frames = recorder.user.frames(2)
        if not frames:
            return "Output[T]"
        import pulumi

        warn = pulumi.log.warn
        pulumi.log.warn = lambda *args, **kwargs: None
        try:
            text: str = original(self)
        finally:
            pulumi.log.warn = warn
        recorder.stringified += 1
        recorder.channel.send("stringified", number=recorder.stringified, frames=frames)
        return f"{text}[preflight:{recorder.stringified}]"

    output_class.__str__ = stringified


def _watch_tasks(manager_class: Any, recorder: Recorder) -> None:
    """A registration that fails is recorded; the program and the other registrations go on."""

    def do_rpc(self: Any, name: str, rpc_function: Any) -> Any:
        frames = recorder.user.frames(2)
        created = (frames or [[]])[0]

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            if name == "invoke" and LOOKUP.get() is None:
                LOOKUP.set(Lookup(frames))
            task = asyncio.ensure_future(rpc_function(*args, **kwargs))
            self.rpcs.append(task)
            try:
                return await task, None
            except Exception as error:
                if name != "invoke":
                    recorder.failed(error, created, callback=False)
                return None, error

        return wrapper

    manager_class.do_rpc = do_rpc


def _watch_secrets(rpc: Any) -> None:
    """Remember that a data source is given a secret: the SDK takes the markers off its arguments."""
    original = getattr(rpc, "_unwrap_rpc_secret_struct_properties", None)
    if original is None:
        return

    def unwrapped(value: Any) -> Any:
        plain, secret = original(value)
        lookup = LOOKUP.get()
        if lookup is not None and secret:
            lookup.secret = True
        return plain, secret

    rpc._unwrap_rpc_secret_struct_properties = unwrapped


def _watch_exports(stack_class: Any, recorder: Recorder) -> None:
    """Tell where the program exports something: the SDK sends all exports at once, without a place."""
    original = getattr(stack_class, "output", None)
    if original is None:
        return

    def output(self: Any, name: str, value: Any) -> Any:
        recorder.channel.send("export", name=str(name), frames=recorder.user.frames(2))
        return original(self, name, value)

    stack_class.output = output


def _waiter(recorder: Recorder) -> Callable[..., Any]:
    """The SDK's own wait is quadratic in the number of outputs; this awaits all of them at once."""
    from pulumi.runtime.settings import SETTINGS

    async def wait_for_rpcs(await_all_outstanding_tasks: bool = True) -> None:
        manager = SETTINGS.rpc_manager
        while True:
            await asyncio.sleep(0)
            pending = [manager.rpcs.pop() for _ in range(len(manager.rpcs))]
            if await_all_outstanding_tasks:
                pending += _outstanding(SETTINGS)
            if not pending:
                return
            for result in await asyncio.gather(*pending, return_exceptions=True):
                if isinstance(result, Exception):
                    recorder.failed(result, [], callback=False)

    return wait_for_rpcs


def _outstanding(settings: Any) -> list[Any]:
    """The outputs that are not settled yet; older SDKs do not list them, there every task counts."""
    outputs = getattr(settings, "outputs", None)
    if outputs is None:
        return list(asyncio.all_tasks() - {asyncio.current_task()})
    found = list(outputs)
    outputs.clear()
    return found


def summary(recorder: Recorder) -> dict[str, int]:
    """How many of the user's callbacks there were, and how many of them ran."""
    return {"applies": recorder.applies, "applies_run": len(recorder.run)}
