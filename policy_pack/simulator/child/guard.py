"""Keeps the program from acting on the world: no network but loopback, no processes, no written files.

An audit hook is no boundary against hostile code; it is what keeps an honest program's side effects from
happening when callbacks run that a preview would have skipped.
"""

from __future__ import annotations

import os
import sys
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


class BlockedError(PermissionError):
    """What the program gets in place of an act that a simulation must not perform."""


def install(channel: Channel, user: UserCode, writable: tuple[str, ...]) -> None:
    """Start watching. `writable` are the directories in which files may be changed."""
    allowed = tuple(os.path.realpath(path) + os.sep for path in writable)

    def refuse(act: str) -> None:
        channel.send("blocked", act=act, frames=user.frames(3))
        raise BlockedError(f"{act}, which a simulation does not do")

    def on_open(arguments: tuple[Any, ...]) -> None:
        path, mode, flags = arguments[0], arguments[1], arguments[2]
        writes = (mode is not None and any(letter in mode for letter in "wax+")) or flags & _WRITING
        if writes and isinstance(path, (str, bytes)):
            # A temporary file without a name is opened as its directory.
            refuse_outside(path, "writes to", os.sep)

    def refuse_outside(path: Any, verb: str, end: str = "") -> None:
        text = os.path.realpath(os.fsdecode(path))
        if text != os.devnull and not (text + end).startswith(allowed):
            refuse(f"the program {verb} `{os.path.basename(text)}`")

    def on_change(arguments: tuple[Any, ...]) -> None:
        for path in arguments[:2]:
            if isinstance(path, (str, bytes)):
                refuse_outside(path, "changes")

    def on_connect(arguments: tuple[Any, ...]) -> None:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            refuse(f"the program opens a connection to `{address[0]}:{address[1]}`")

    def on_resolve(arguments: tuple[Any, ...]) -> None:
        if arguments[0] and not _is_loopback(str(arguments[0])):
            refuse(f"the program looks up the host `{arguments[0]}`")

    def on_process(arguments: tuple[Any, ...]) -> None:
        command = arguments[0] if arguments else ""
        name = os.path.basename(os.fsdecode(command)) if isinstance(command, (str, bytes)) else ""
        refuse(f"the program starts a process (`{name}`)" if name else "the program starts a process")

    def on_signal(arguments: tuple[Any, ...]) -> None:
        if arguments[0] != os.getpid():
            refuse(f"the program sends a signal to the process {arguments[0]}")

    handlers: dict[str, Callable[[tuple[Any, ...]], None]] = {
        "open": on_open,
        "socket.connect": on_connect,
        "socket.sendto": on_connect,
        "socket.getaddrinfo": on_resolve,
        "socket.gethostbyname": on_resolve,
        "os.kill": on_signal,
        "os.killpg": on_signal,
    }
    handlers.update(dict.fromkeys(_PROCESSES, on_process))
    handlers.update(dict.fromkeys(_CHANGES, on_change))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        handler = handlers.get(event)
        if handler is not None:
            handler(arguments)

    sys.addaudithook(hook)


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1", "") or host.startswith("127.")
