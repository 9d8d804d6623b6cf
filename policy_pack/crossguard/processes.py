"""Other processes, as the operating system tells of them: where they stand and how they were started."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

# From a pack to the CLI: the language host at most stands between them, with a shell or two.
_GENERATIONS = 5


def working_directory(pid: int) -> Path | None:
    """The directory that a process stands in; None where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def cli_arguments(pid: int) -> list[str]:
    """The arguments of the Pulumi CLI, which is a process or one it descends from; empty when none is."""
    return _cli(pid)[1]


def cli_directory(pid: int) -> Path | None:
    """The directory that the CLI stands in; None where the system does not tell."""
    return working_directory(_cli(pid)[0])


def _cli(pid: int) -> tuple[int, list[str]]:
    for ancestor in _ancestors(pid):
        arguments = _started_as(ancestor)[1]
        if arguments and Path(arguments[0]).stem == "pulumi":
            return ancestor, arguments[1:]
    return 0, []


def _ancestors(pid: int) -> Iterator[int]:
    for _ in range(_GENERATIONS):
        if pid <= 1:
            return
        yield pid
        pid = _started_as(pid)[0]


def _started_as(pid: int) -> tuple[int, list[str]]:
    """A process's parent and its arguments; 0 and none when it is gone."""
    directory = Path(f"/proc/{pid}")
    try:
        # The second field is the program's name in brackets, which may hold anything.
        parent = int((directory / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        return parent, (directory / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except (OSError, ValueError, IndexError):
        return (0, []) if Path("/proc/self").exists() else _told_by_ps(pid)


def _told_by_ps(pid: int) -> tuple[int, list[str]]:
    command = ["ps", "-ww", "-o", "ppid=,args=", "-p", str(pid)]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout
        parent, _, arguments = told.strip().partition(" ")
        return int(parent), shlex.split(arguments)
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0, []
