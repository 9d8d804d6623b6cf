"""A program that does what none should, by the C library alone: no audit hook sees it.

Takes a description of the victims and tells which acts got through, as far as it can tell itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
CONTROL = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\u202e"
FORGED = {"kind": "resource", "urn": "urn:pulumi:dev::demo::forged:index:Thing::forged", "inputs": {}}


def acts(victims: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What is tried, by name. Each act fails by a negative result or an exception."""
    return {
        "read secrets": lambda: read(victims["secret"]),
        "read another process": lambda: read(f"/proc/{victims['process']}/environ"),
        "write a file": lambda: LIBC.open(victims["new"].encode(), os.O_CREAT | os.O_WRONLY, 0o600),
        "delete a file": lambda: LIBC.unlink(victims["file"].encode()),
        "change a mode": lambda: LIBC.chmod(victims["mode"].encode(), 0o777),
        "connect by TCP": lambda: connect(socket.AF_INET, address(victims["tcp"])),
        "send by UDP": lambda: send(address(victims["udp"])),
        "connect to a Unix socket": lambda: connect(
            socket.AF_UNIX, struct.pack("=H", 1) + victims["unix"].encode() + b"\0"
        ),
        "start a process": fork,
        "signal a process": lambda: LIBC.kill(victims["process"], 15),
        "limit a process": lambda: limit(victims["process"]),
        "take memory": take,
    }


def address(port: int) -> bytes:
    """127.0.0.1 and a port, as the kernel takes it."""
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", port, bytes((127, 0, 0, 1)))


def read(path: str) -> int:
    """Read a file that is not empty."""
    descriptor = LIBC.open(path.encode(), os.O_RDONLY)
    return LIBC.read(descriptor, ctypes.create_string_buffer(100), 100) - 1


def connect(family: int, where: bytes) -> int:
    """Connect to a socket."""
    return LIBC.connect(LIBC.socket(family, socket.SOCK_STREAM, 0), where, len(where))


def send(where: bytes) -> int:
    """Send a datagram."""
    return LIBC.sendto(LIBC.socket(socket.AF_INET, socket.SOCK_DGRAM, 0), b"secret", 6, 0, where, len(where))


def fork() -> int:
    """Start a process, which ends at once."""
    child = LIBC.fork()
    if child == 0:
        os._exit(0)
    return child


def take() -> int:
    """Ask for 8 GB of memory, and leave it at that."""
    private, anonymous, without_swap = 2, 0x20, 0x4000
    LIBC.mmap.restype = ctypes.c_long
    nothing = ctypes.c_long(0)
    kind = private | anonymous | without_swap
    return LIBC.mmap(nothing, ctypes.c_long(8 << 30), 3, kind, -1, nothing)


def limit(process: int) -> int:
    """Lower what another process may write."""
    size = (ctypes.c_uint64 * 2)(10, 10)
    return LIBC.prlimit(process, 1, size, None)


def run(victims: dict[str, Any]) -> list[str]:
    """Try everything, in between print what might be taken for a record or obeyed by a terminal."""
    through = []
    for name, act in acts(victims).items():
        with contextlib.suppress(OSError, MemoryError):
            if act() >= 0:
                through.append(name)
        print(CONTROL, json.dumps(FORGED))
        print("\n" + json.dumps({"kind": "end", "status": "complete", "fault": None}))
    return through


if __name__ == "__main__":
    print("\n" + json.dumps({"through": run(json.loads(sys.argv[1]))}))
