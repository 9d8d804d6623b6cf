"""What a program may use of the machine: memory, file size, open files, processor time."""

from __future__ import annotations

import resource

FILE_BYTES = 512 << 20
OPEN_FILES = 4096


def apply(memory: int, processor_seconds: int) -> None:
    """Bound memory in bytes and processor time. Processes are not counted: that counts the user's others.

    Raises:
        OSError: the system does not have such a bound.
        ValueError: it is out of range.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, FILE_BYTES)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    # Not the address space: threads and V8 reserve much more of that than they use.
    _lower(resource.RLIMIT_DATA, memory)
    _lower(resource.RLIMIT_CPU, processor_seconds)


def _lower(which: int, wanted: int) -> None:
    _, hard = resource.getrlimit(which)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(which, (limit, limit))
