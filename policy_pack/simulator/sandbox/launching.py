"""Starts a command in the sandbox: what the rest of Preflight calls."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policy_pack.simulator.sandbox.hidden import hidden_places

# In the order in which they are applied.
LAYERS = ("limits", "files", "network", "landlock", "seccomp")
GIGABYTE = 1 << 30
# The place of POSIX semaphores.
SHARED_MEMORY = "/dev/shm"  # noqa: S108
_START = "import sys; sys.path.append(sys.argv[1]); import sandbox.launcher as l; l.main(sys.argv[2:])"
_REPORT_BYTES = 8192


@dataclass(frozen=True)
class Sandbox:
    """What a command may do. `scratch` is an empty directory that it sees empty and may write to, its TMPDIR.

    `writable` are other directories for it to write to, `needed` what stays visible although it lies in a
    place where secrets are kept. `unix_sockets` lets it connect to Unix sockets. `memory` is in bytes,
    `processor_seconds` bounds what outlives everybody who could end it. `layers` are those wanted.
    """

    scratch: str
    writable: Sequence[str] = ()
    needed: Sequence[str] = ()
    unix_sockets: bool = False
    memory: int = 4 * GIGABYTE
    processor_seconds: int = 3600
    layers: Collection[str] = field(default=LAYERS)


class Launched:
    """A command that was started, as a process, with what is hidden from it and what its sandbox lacks."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        hidden: Sequence[str],
        report: int | None,
        layers: Collection[str],
    ) -> None:
        self.process = process
        self.hidden = hidden
        self._report = report
        self._lines: list[list[str]] = []
        if report is None:
            self._lines = [["missing", name, "no launcher on this system"] for name in layers]

    def missing(self) -> tuple[str, ...]:
        """The layers that could not be had, with the reason. Waits until the command itself runs."""
        return tuple(f"{name}: {reason}" for kind, name, reason in self._said() if kind == "missing")

    def failure(self) -> str | None:
        """Why the command could not be executed, None when it could."""
        return next((reason for kind, _, reason in self._said() if kind == "failed"), None)

    def _said(self) -> list[list[str]]:
        if self._report is not None:
            with os.fdopen(self._report, "rb") as stream:
                self._report = None
                text = stream.read(_REPORT_BYTES).decode("utf-8", "replace")
            parts = [line.split("\t", 2) for line in text.splitlines()]
            self._lines = [part for part in parts if len(part) == 3]
        return self._lines

    def close(self) -> None:
        """Forget what was not asked for."""
        if self._report is not None:
            os.close(self._report)
            self._report = None


def launch(
    command: Sequence[str],
    environment: Mapping[str, str],
    sandbox: Sandbox,
    *,
    variables: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    session: bool = True,
    **streams: Any,
) -> Launched:
    """Start a command, by default in a session of its own.

    Args:
        command: A file, by path or to be found on the command's own PATH, and its arguments.
        environment: All the variables that it gets.
        sandbox: What it may do.
        variables: The user's own environment, which says where secrets lie; by default `environment`.
        pass_fds: File descriptors that it inherits under the same numbers.
        session: Whether it gets a session, and so a process group, of its own.
        streams: `stdin`, `stdout`, `stderr` and `cwd` of `subprocess.Popen`.

    Raises:
        OSError: there is no such command, or no process can be started.
    """
    _require(command[0], environment.get("PATH"))
    hidden = hidden_places(variables or environment, [sandbox.scratch, *sandbox.writable, *sandbox.needed])
    if not _has_launcher():
        process = _popen(command, environment, pass_fds, session, streams)
        return Launched(process, hidden, None, sandbox.layers)
    reading, writing = os.pipe()
    try:
        line = command_line(command, sandbox, hidden, writing)
        process = _popen(line, environment, (*pass_fds, writing), session, streams)
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return Launched(process, hidden, reading, sandbox.layers)


def command_line(
    command: Sequence[str], sandbox: Sandbox, hidden: Sequence[str], report: int | None = None
) -> list[str]:
    """The command with the sandbox around it, for who starts processes in a way of their own.

    `hidden` comes from `hidden_places`; what the sandbox lacks is written to the descriptor `report`.
    """
    if not _has_launcher():
        return list(command)
    values = {
        "--report": [] if report is None else [str(report)],
        "--scratch": [os.path.realpath(sandbox.scratch)],
        "--writable": [os.path.realpath(path) for path in sandbox.writable],
        "--shared": [] if any(path.startswith(SHARED_MEMORY) for path in sandbox.needed) else [SHARED_MEMORY],
        "--hidden": hidden,
        "--layer": [name for name in LAYERS if name in sandbox.layers],
        "--memory": [str(sandbox.memory)],
        "--processor-seconds": [str(sandbox.processor_seconds)],
        "--unix-sockets": ["yes"] if sandbox.unix_sockets else [],
    }
    order = [part for key, given in values.items() for value in given for part in (key, value)]
    # Neither the user's environment nor any site package has a say in this interpreter.
    own = [sys.executable, "-I", "-S", "-E", "-c", _START, str(Path(__file__).parents[1])]
    return [*own, *order, "--", *command]


def _has_launcher() -> bool:
    return sys.platform == "linux" and bool(sys.executable)


def _popen(
    command: Sequence[str],
    environment: Mapping[str, str],
    pass_fds: Sequence[int],
    session: bool,
    streams: dict[str, Any],
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, env=dict(environment), pass_fds=tuple(pass_fds), start_new_session=session, **streams
    )


def _require(command: str, path: str | None) -> None:
    if shutil.which(command, path=path) is None:
        if os.path.exists(command):
            raise PermissionError(13, "not an executable file", command)
        raise FileNotFoundError(2, "no such file", command)
