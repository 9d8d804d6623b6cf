"""Landlock: writes below some directories only, secret places not read, no signals to other processes."""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from .kernel import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2
WRITE_FILE, READ_FILE, TRUNCATE = 1 << 1, 1 << 2, 1 << 14
# From removing a directory to making a link; reading directories and executing stay out of it.
_CHANGES = sum(1 << bit for bit in range(4, 13))
_REFER, _DEVICE_CONTROL = 1 << 13, 1 << 15
_BIND_TCP, _CONNECT_TCP = 1, 2
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2
# What the kernel accepts for a file, where the others mean a directory.
_OF_FILES = WRITE_FILE | READ_FILE | TRUNCATE | _DEVICE_CONTROL
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
NO_CONNECTIONS_SINCE, SCOPES_SINCE = 4, 6


def version() -> int:
    """The version of the interface. Raises OSError where the kernel has none, or has it switched off."""
    return call(_CREATE_RULESET, None, 0, _VERSION)


def apply(writable: Collection[str], hidden: Collection[str], network_apart: bool) -> int:
    """Restrict this process for good. Returns the version of the interface.

    `hidden` are real paths whose files are not read. Without a network of its own the process may listen,
    but not connect.

    Raises:
        OSError: the kernel has no Landlock.
    """
    known = version()
    changes = WRITE_FILE | _CHANGES
    for since, right in ((2, _REFER), (3, TRUNCATE), (5, _DEVICE_CONTROL)):
        changes |= right if known >= since else 0
    files = changes | (READ_FILE if hidden else 0)
    network = 0 if network_apart or known < NO_CONNECTIONS_SINCE else _BIND_TCP | _CONNECT_TCP
    scopes = _ABSTRACT_SOCKETS | _SIGNALS if known >= SCOPES_SINCE else 0
    # A kernel that knows less takes a shorter structure.
    size = 8 if known < NO_CONNECTIONS_SINCE else 16 if known < SCOPES_SINCE else 24
    attributes = struct.pack("=QQQ", files, network, scopes)[:size]
    ruleset = call(_CREATE_RULESET, _buffer(attributes), size, 0)
    try:
        for path in (*writable, *_DEVICES):
            _allow(ruleset, path, files)
        for path in readable("/", frozenset(hidden)) if hidden else ():
            _allow(ruleset, path, READ_FILE)
        if network:
            # Port 0: any free one of the kernel's choice.
            call(_ADD_RULE, ruleset, _NET_PORT, _buffer(struct.pack("=QQ", _BIND_TCP, 0)), 0)
        call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return known


def readable(directory: str, hidden: frozenset[str]) -> Iterator[str]:
    """The uppermost directories and files that hold nothing hidden; links are theirs that they lead to."""
    above = {directory}
    for path in hidden:
        while len(path) > 1:
            path = os.path.dirname(path)
            above.add(path)
    waiting = [directory]
    while waiting:
        current = waiting.pop()
        try:
            entries = list(os.scandir(current))
        except OSError:
            continue
        for entry in entries:
            if entry.path in hidden or entry.is_symlink():
                continue
            if entry.path in above:
                waiting.append(entry.path)
            else:
                yield entry.path


def _allow(ruleset: int, path: str, rights: int) -> None:
    """Allow rights below a path; one that is not there, or not ours to open, gets none."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        call(_ADD_RULE, ruleset, _PATH_BENEATH, _buffer(struct.pack("=Qi", rights, place)), 0)
    finally:
        os.close(place)


def _buffer(data: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(data, len(data))
