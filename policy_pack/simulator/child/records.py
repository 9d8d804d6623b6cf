"""The channel back to the parent, and what every record needs: the user's own frames."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import threading
from contextvars import ContextVar
from types import FrameType, TracebackType
from typing import Any, Protocol

MAX_FRAMES = 12


class Owner(Protocol):
    """Tells the user's files from all others."""

    def owns(self, filename: str) -> bool:
        """Whether a file is the user's."""


class Located(Protocol):
    """Knows where the program is."""

    def frames(self, depth: int = 1) -> list[list[Any]]:
        """The user's frames of the running call, innermost first."""


class Lookup:
    """A data source that the program asks for: where, and whether a secret is among its arguments."""

    def __init__(self, frames: list[list[Any]]) -> None:
        self.frames = frames
        self.secret = False


# The data source that the running task is for.
LOOKUP: ContextVar[Lookup | None] = ContextVar("lookup", default=None)


class Channel:
    """Writes records as JSON lines, at once, so that a killed child still gives what it had."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        # A signal may come while a record is written, and its handler writes too.
        self.lock = threading.RLock()
        os.set_inheritable(descriptor, False)

    def send(self, kind: str, **fields: Any) -> None:
        """Send one record; blocks while the pipe is full."""
        start = "\n" if kind == "end" else ""
        line = memoryview((start + json.dumps({"kind": kind, **fields}) + "\n").encode())
        with self.lock:
            while line:
                line = line[os.write(self.descriptor, line) :]


class UserCode:
    """Tells the user's files from the interpreter's, the installed packages' and ours."""

    def __init__(self) -> None:
        paths = sysconfig.get_paths()
        ours = os.path.dirname(os.path.abspath(__file__))
        foreign = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")} | {ours}
        self.foreign = tuple(os.path.realpath(path) + os.sep for path in foreign)
        self.known: dict[str, bool] = {}

    def owns(self, filename: str) -> bool:
        """Whether a code object's file is the user's."""
        answer = self.known.get(filename)
        if answer is None:
            answer = not self._is_foreign(filename) and not self._is_foreign(os.path.realpath(filename))
            self.known[filename] = answer
        return answer

    def _is_foreign(self, path: str) -> bool:
        installed = f"{os.sep}site-packages{os.sep}" in path or f"{os.sep}dist-packages{os.sep}" in path
        return installed or path.startswith(("<", *self.foreign))

    def frames(self, depth: int = 1) -> list[list[Any]]:
        """The user's frames of the running call, innermost first, as `[file, line, function]`."""
        found: list[list[Any]] = []
        frame: FrameType | None = sys._getframe(depth)
        while frame is not None and len(found) < MAX_FRAMES:
            code = frame.f_code
            if self.owns(code.co_filename):
                found.append([code.co_filename, frame.f_lineno, code.co_name])
            frame = frame.f_back
        return found

    def innermost(self, trace: TracebackType | None) -> TracebackType | None:
        """The last entry of a traceback that lies in the user's files."""
        last = None
        while trace is not None:
            if self.owns(trace.tb_frame.f_code.co_filename):
                last = trace
            trace = trace.tb_next
        return last

    def traceback_frames(self, trace: TracebackType | None) -> list[list[Any]]:
        """The user's frames of a traceback, innermost first."""
        found: list[list[Any]] = []
        while trace is not None:
            code = trace.tb_frame.f_code
            if self.owns(code.co_filename):
                found.append([code.co_filename, trace.tb_lineno, code.co_name])
            trace = trace.tb_next
        return found[::-1][:MAX_FRAMES]


def module_file(module: Any) -> str | None:
    """Where a module was loaded from. Packages load some modules when first asked for anything: never ask."""
    try:
        file = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:
        return None
    return file if isinstance(file, str) else None
