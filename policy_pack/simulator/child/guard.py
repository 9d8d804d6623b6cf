"""Keeps the program from acting on the world: no network but loopback, no processes, no written files.

An audit hook is no boundary against hostile code, which the sandbox around this process is. It is what
knows the line that acts and can say what was refused, also where the sandbox lacks layers.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from contextlib import suppress
from typing import Any, Callable

from .records import Channel, UserCode

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PROCESSES = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
)
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "os.chown",
    "os.utime",
    "os.setxattr",
    "os.removexattr",
    "shutil.rmtree",
    "shutil.move",
)
# Nobody reads more; the same act at the same line counts once.
_MAX_TOLD = 200
_PROCESS_FILE = re.compile(r"/proc/(\d+)/")


class BlockedError(PermissionError):
    """What the program gets in place of an act that a simulation must not perform."""


def is_blocked(error: BaseException | None) -> bool:
    """Whether an exception comes from a refusal, however it was wrapped."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, BlockedError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def install(
    channel: Channel, user: UserCode, writable: tuple[str, ...], hidden: tuple[str, ...]
) -> Callable[[str], None]:
    """Start watching. Returns what tells of an act that someone else has refused.

    `writable` are the directories in which files may be changed, `hidden` the real paths of places where
    secrets lie.
    """
    guard = _Guard(channel, user, writable, hidden)
    handlers: dict[str, Callable[[tuple[Any, ...]], None]] = {
        "open": guard.on_open,
        "sqlite3.connect": guard.on_database,
        "socket.bind": guard.on_bind,
        "socket.connect": guard.on_connect,
        "socket.sendto": guard.on_connect,
        "socket.sendmsg": guard.on_connect,
        "socket.getaddrinfo": guard.on_resolve,
        "socket.gethostbyname": guard.on_resolve,
        "os.kill": guard.on_signal,
        "os.killpg": guard.on_signal,
        "resource.prlimit": guard.on_limit,
    }
    handlers.update(dict.fromkeys(_PROCESSES, guard.on_process))
    handlers.update(dict.fromkeys(_CHANGES, guard.on_change))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        handler = handlers.get(event)
        if handler is not None:
            handler(arguments)

    sys.addaudithook(hook)
    _replace_unwatched(guard)
    return guard.tell


class _Guard:
    """Judges acts; each method takes the arguments of the audit events it is for."""

    def __init__(
        self, channel: Channel, user: UserCode, writable: tuple[str, ...], hidden: tuple[str, ...]
    ) -> None:
        self.channel = channel
        self.user = user
        self.allowed = tuple(os.path.realpath(path) + os.sep for path in writable)
        self.hidden = hidden
        self.told: set[tuple[Any, ...]] = set()

    def tell(self, act: str) -> None:
        """Say what was not done, once for each line."""
        frames = self.user.frames(2)
        key = (act, *(frames[0] if frames else ()))
        if key not in self.told and len(self.told) < _MAX_TOLD:
            self.told.add(key)
            self.channel.send("blocked", act=act, frames=frames)

    def refuse(self, act: str) -> None:
        self.tell(act)
        raise BlockedError(f"{act}, which a simulation does not do")

    def refuse_outside(self, path: Any, verb: str, end: str = "") -> None:
        text = os.path.realpath(os.fsdecode(path))
        if text != os.devnull and not (text + end).startswith(self.allowed):
            self.refuse(f"the program {verb} `{os.path.basename(text)}`")

    def on_open(self, arguments: tuple[Any, ...]) -> None:
        path, mode, flags = arguments[0], arguments[1], arguments[2]
        if not isinstance(path, (str, bytes)):
            return
        if (mode is not None and any(letter in mode for letter in "wax+")) or flags & _WRITING:
            # A temporary file without a name is opened as its directory.
            self.refuse_outside(path, "writes to", os.sep)
        else:
            self._refuse_secret(path)

    def _refuse_secret(self, path: str | bytes) -> None:
        text = os.path.realpath(os.fsdecode(path))
        if any(text == place or text.startswith(place + os.sep) for place in self.hidden):
            home = os.path.realpath(os.path.expanduser("~")) + os.sep
            shown = "~/" + text[len(home) :] if text.startswith(home) else text
            self.refuse(f"the program reads `{shown}`, where secrets are kept")
        other = _PROCESS_FILE.match(text)
        if other and int(other[1]) != os.getpid():
            self.refuse(f"the program looks into the process {other[1]}")

    def on_database(self, arguments: tuple[Any, ...]) -> None:
        path = arguments[0]
        if isinstance(path, (str, bytes)) and os.fsdecode(path) not in ("", ":memory:"):
            self.refuse_outside(path, "opens the database")

    def on_change(self, arguments: tuple[Any, ...]) -> None:
        for path in arguments[:2]:
            if isinstance(path, (str, bytes)):
                self.refuse_outside(path, "changes")

    def on_bind(self, arguments: tuple[Any, ...]) -> None:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])) and address[0]:
            self.refuse(f"the program listens on `{address[0]}`")

    def on_connect(self, arguments: tuple[Any, ...]) -> None:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            self.refuse(f"the program opens a connection to `{address[0]}:{address[1]}`")
        if isinstance(address, (str, bytes)) and address:
            self.refuse_outside(address, "opens a connection to")

    def on_resolve(self, arguments: tuple[Any, ...]) -> None:
        host = arguments[0]
        name = os.fsdecode(host) if isinstance(host, (str, bytes)) else ""
        if name and not _is_loopback(name):
            self.refuse(f"the program looks up the host `{name}`")

    def on_process(self, arguments: tuple[Any, ...]) -> None:
        command = arguments[0] if arguments else ""
        name = os.path.basename(os.fsdecode(command)) if isinstance(command, (str, bytes)) else ""
        self.refuse(f"the program starts a process (`{name}`)" if name else "the program starts a process")

    def on_signal(self, arguments: tuple[Any, ...]) -> None:
        if arguments[0] != os.getpid():
            self.refuse(f"the program sends a signal to the process {arguments[0]}")

    def on_limit(self, arguments: tuple[Any, ...]) -> None:
        if arguments[0] not in (0, os.getpid()):
            self.refuse(f"the program changes the limits of the process {arguments[0]}")


def _replace_unwatched(guard: _Guard) -> None:
    """What acts without an event: nodes in the file system, handles of processes, `multiprocessing`."""

    def node(path: Any, *arguments: Any, **options: Any) -> None:
        guard.refuse(f"the program makes `{os.path.basename(os.fsdecode(path))}`")

    def handle(process: int, *arguments: Any) -> None:
        guard.refuse(f"the program takes hold of the process {process}")

    def start(arguments: Any, *others: Any) -> None:
        guard.on_process((arguments[0] if arguments else "",))

    for name, function in (("mkfifo", node), ("mknod", node), ("pidfd_open", handle)):
        if hasattr(os, name):
            setattr(os, name, function)
    with suppress(ImportError):
        starter: Any = importlib.import_module("_posixsubprocess")
        starter.fork_exec = start


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1", "") or host.startswith("127.")
