"""A command that is started in the sandbox, and what becomes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from policy_pack.simulator.sandbox.launching import LAYERS, Launched, Sandbox, command_line, launch


def launched(command: list[str], directory: Path, **options: Any) -> Launched:
    """Start a command with its output in a pipe."""
    scratch = directory / "scratch"
    scratch.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "ONLY": "this", "TMPDIR": str(scratch)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "cwd": "/"}
    return launch(command, environment, Sandbox(str(scratch), **options), **streams)


def output(started: Launched) -> str:
    """What it printed; it has to end well."""
    text, _ = started.process.communicate()
    assert started.process.returncode == 0, text.decode()
    assert started.failure() is None
    return text.decode()


def test_a_command_gets_its_own_environment_and_nothing_else(tmp_path: Path) -> None:
    script = "import os, sys; print(sorted(os.environ), sys.flags.isolated, os.listdir('/proc/self/fd'))"
    text = output(launched([sys.executable, "-S", "-c", script], tmp_path))
    variables, _, rest = text.partition("]")
    assert set(eval(variables + "]")) - {"LC_CTYPE"} == {"ONLY", "PATH", "TMPDIR"}  # noqa: S307
    # Neither is isolated, nor inherits more than the streams; one more is the listing itself.
    assert rest.strip() == "0 ['0', '1', '2', '3']"


def test_a_command_that_is_not_there_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    with pytest.raises(FileNotFoundError):
        launched([str(tmp_path / "none")], tmp_path)
    with pytest.raises(PermissionError):
        launched([str(tmp_path / "plain")], tmp_path)


def test_what_cannot_be_executed_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o755)
    started = launched([str(broken)], tmp_path)
    assert started.process.wait() == 127
    assert started.failure() == "Exec format error"


def test_signals_that_python_ignores_are_not_ignored_by_who_comes_after(tmp_path: Path) -> None:
    ignored = output(launched(["grep", "SigIgn", "/proc/self/status"], tmp_path))
    assert int(ignored.split()[1], 16) & (1 << 12 | 1 << 24) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")
def test_a_layer_that_is_not_wanted_is_not_missing(tmp_path: Path) -> None:
    assert output(launched(["true"], tmp_path, layers=())) == ""
    assert launched(["true"], tmp_path, layers=()).missing() == ()
    assert all(
        line.split(":")[0] in (*LAYERS, "namespaces") for line in launched(["true"], tmp_path).missing()
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")
def test_what_is_missing_is_named_and_the_command_runs_all_the_same(tmp_path: Path) -> None:
    # A machine that denies namespaces: a launched command may make none in its turn.
    outer, inner = tmp_path / "outer", tmp_path / "inner"
    inner.mkdir()
    order = command_line(["echo", "done"], Sandbox(str(inner), layers=("files", "seccomp")), [], report=2)
    started = launched(order, outer.parent, layers=("seccomp",))
    if started.missing():
        pytest.skip(f"not on this machine: {started.missing()}")
    lines = output(started).splitlines()
    assert lines[-1] == "done"
    assert [line.split("\t")[:2] for line in lines[:-1]] in (
        [["missing", "files"]],
        [["missing", "namespaces"]],
    )
