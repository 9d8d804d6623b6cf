"""What a hostile program goes for, and what became of it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Victims:
    """A home directory with a secret, files, sockets of the loopback interface and a process."""

    def __init__(self, directory: Path) -> None:
        self.home = directory / "home"
        self.secret = self.home / ".aws" / "credentials"
        self.secret.parent.mkdir(parents=True)
        self.secret.write_text("not a real secret")
        self.file, self.new, self.mode = directory / "file", directory / "new", directory / "mode"
        self.file.write_text("kept")
        self.mode.write_text("kept")
        self.mode.chmod(0o600)
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(directory / "socket"))
        self.unix.listen()
        for each in (self.tcp, self.udp, self.unix):
            each.setblocking(False)
        self.process = subprocess.Popen(["/bin/sleep", "600"], env={"CREDENTIAL": "not a real one"})

    def description(self) -> dict[str, Any]:
        """What the program is told."""
        return {
            "secret": str(self.secret),
            "new": str(self.new),
            "file": str(self.file),
            "mode": str(self.mode),
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": self.unix.getsockname(),
            "process": self.process.pid,
        }

    def harmed(self) -> set[str]:
        """What was done, seen from outside; the rest only the program itself can tell."""
        seen = {
            "write a file": self.new.exists(),
            "delete a file": not self.file.exists(),
            "change a mode": self.mode.stat().st_mode & 0o777 != 0o600,
            "connect by TCP": _was_reached(self.tcp),
            "connect to a Unix socket": _was_reached(self.unix),
            "send by UDP": _was_reached(self.udp),
            "signal a process": self._has_ended(),
        }
        return {name for name, happened in seen.items() if happened}

    def _has_ended(self) -> bool:
        deadline = time.monotonic() + 0.1
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.process.poll() is not None

    def close(self) -> None:
        """Release everything."""
        self.process.kill()
        self.process.wait()
        for each in (self.tcp, self.udp, self.unix):
            each.close()


@contextlib.contextmanager
def victims(directory: Path) -> Iterator[Victims]:
    """Victims in a directory."""
    directory.mkdir(exist_ok=True)
    made = Victims(directory)
    try:
        yield made
    finally:
        made.close()


def _was_reached(listening: socket.socket) -> bool:
    try:
        if listening.type == socket.SOCK_DGRAM:
            return bool(listening.recv(100))
        listening.accept()[0].close()
    except BlockingIOError:
        return False
    return True


SEEN_FROM_OUTSIDE = frozenset(
    (
        "write a file",
        "delete a file",
        "change a mode",
        "connect by TCP",
        "connect to a Unix socket",
        "send by UDP",
        "signal a process",
    )
)
