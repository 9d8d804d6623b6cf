"""System calls that Python's standard library does not have, by ctypes."""

from __future__ import annotations

import ctypes
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PR_SET_NO_NEW_PRIVS = 38
_CAP_DAC_READ_SEARCH = 2
AT_FDCWD = -100
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def architecture() -> str | None:
    """`x86_64` or `aarch64`, None for every other kind of system."""
    machine = os.uname().machine
    known = sys.platform == "linux" and sys.maxsize > 2**32 and machine in ("x86_64", "aarch64")
    return machine if known else None


def call(number: int, *arguments: Any) -> int:
    """A system call by its number. Raises OSError when it fails."""
    return _checked(_libc.syscall(ctypes.c_long(number), *map(_word, arguments)))


def libc(name: str, *arguments: Any) -> int:
    """A function of the C library that sets `errno`. Raises OSError when it fails."""
    return _checked(getattr(_libc, name)(*map(_word, arguments)))


def _word(value: Any) -> Any:
    return ctypes.c_long(value) if isinstance(value, int) else value


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def forbid_new_privileges() -> None:
    """No file that this process or its children execute gives more rights. Raises OSError."""
    libc("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up every privilege of root but that of reading the files of others. Raises OSError."""
    number = 126 if architecture() == "x86_64" else 91
    kept = 1 << _CAP_DAC_READ_SEARCH if os.geteuid() == 0 else 0
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    # Effective, permitted and inheritable, the lower 32 and then the upper 32 of each.
    sets = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)
    call(number, header, sets)
