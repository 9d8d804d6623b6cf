"""A view of the machine of its own: files read-only, secret places empty, a network without the world."""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from .kernel import AT_FDCWD, call, libc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_NEW_MOUNTS, _NEW_IPC, _NEW_USER, _NEW_NETWORK = 0x00020000, 0x08000000, 0x10000000, 0x40000000
_NO_SUID, _NO_DEVICES, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 4096, 16384, 1 << 18
_READ_ONLY = 1
_MOUNT_SETATTR, _OPEN_TREE, _MOVE_MOUNT = 442, 428, 429
_AT_RECURSIVE, _AT_EMPTY_PATH, _CLONE_TREE, _FROM_EMPTY_PATH = 0x8000, 0x1000, 1, 4
_RESTRICTED = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
# What programs ask about the machine, in a /proc that shows no process but theirs.
_MACHINE = ("cpuinfo", "filesystems", "loadavg", "meminfo", "stat", "uptime", "version")
SCRATCH_BYTES = 1 << 30
_SCRATCH_FILES = 100_000


def enter() -> None:
    """Get the right to make namespaces; root has it. Raises OSError when the system denies it."""
    user, group = os.geteuid(), os.getegid()
    # In a user namespace root could not read what belongs to others.
    if user == 0:
        return
    if _is_restricted():
        raise OSError(1, "AppArmor restricts user namespaces")
    libc("unshare", _NEW_USER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def apart_with_files(
    scratch: str, writable: Collection[str], shared: Collection[str], hidden: Collection[str]
) -> None:
    """Make files read-only but below `writable` and `scratch`, which starts empty, and empty `hidden` places.

    `shared` are places of shared memory, which are made private.

    Raises:
        OSError: the system denies it, or knows less; what was done by then stays.
    """
    libc("unshare", _NEW_MOUNTS)
    libc("mount", None, b"/", None, _RECURSIVE | _PRIVATE, None)
    for path in hidden:
        _hide(path)
    _hide_processes()
    _set_read_only("/", _AT_RECURSIVE, True)
    for path in shared:
        _temporary(path, "size=64m,mode=1777")
    for path in writable:
        libc("mount", _text(path), _text(path), None, _BIND, None)
        _set_read_only(path, 0, False)
    _temporary(scratch, f"size={SCRATCH_BYTES},nr_inodes={_SCRATCH_FILES},mode=700")


def apart_with_network() -> None:
    """Leave the machine's network for one of which only the loopback interface is there. Raises OSError."""
    libc("unshare", _NEW_NETWORK | _NEW_IPC)
    family, kind, set_flags, up = 2, 2, 0x8914, 1
    control = libc("socket", family, kind, 0)
    try:
        request = struct.pack("=16sH22x", b"lo", up)
        libc("ioctl", control, set_flags, ctypes.create_string_buffer(request, len(request)))
    finally:
        os.close(control)


def _is_restricted() -> bool:
    """Whether a user namespace could be had, but nothing done in it."""
    try:
        with open(_RESTRICTED, encoding="ascii") as file:
            return file.read().strip() == "1"
    except OSError:
        return False


def _hide(path: str) -> None:
    if stat.S_ISDIR(os.lstat(path).st_mode):
        libc(
            "mount", b"tmpfs", _text(path), b"tmpfs", _READ_ONLY | _NO_SUID | _NO_DEVICES, b"size=4k,mode=755"
        )
    else:
        libc("mount", _text(os.devnull), _text(path), None, _BIND, None)


def _hide_processes() -> None:
    """Show no process but this one: the environment of the others holds credentials."""
    own = str(os.getpid())
    kept = {name: _detached(f"/proc/{name}") for name in (own, *_MACHINE) if os.path.exists(f"/proc/{name}")}
    libc("mount", b"tmpfs", b"/proc", b"tmpfs", _NO_SUID | _NO_DEVICES, b"size=64k,mode=755")
    for name, tree in kept.items():
        place = f"/proc/{name}"
        if name == own:
            os.mkdir(place)
        else:
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o444))
        call(_MOVE_MOUNT, tree, b"", AT_FDCWD, _text(place), _FROM_EMPTY_PATH)
        os.close(tree)
    os.symlink(own, "/proc/self")
    os.symlink(f"{own}/mounts", "/proc/mounts")


def _detached(path: str) -> int:
    return call(_OPEN_TREE, AT_FDCWD, _text(path), _CLONE_TREE | os.O_CLOEXEC)


def _temporary(path: str, options: str) -> None:
    flags = _NO_SUID | _NO_DEVICES
    if os.path.isdir(path):
        libc("mount", b"tmpfs", _text(path), b"tmpfs", flags, options.encode())


def _set_read_only(path: str, flags: int, wanted: bool) -> None:
    attributes = struct.pack("=QQQQ", _READ_ONLY if wanted else 0, 0 if wanted else _READ_ONLY, 0, 0)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    call(_MOUNT_SETATTR, AT_FDCWD, _text(path), flags, buffer, len(attributes))


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _text(path: str) -> bytes:
    return os.fsencode(path)
