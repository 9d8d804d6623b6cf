"""Where the previewed program is, by all that an engine leaves to find out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy_pack.crossguard import caller as module
from policy_pack.crossguard.caller import Caller, project_root
from policy_pack.crossguard.processes import cli_arguments, working_directory


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


def test_an_executable_pack_stands_in_the_program(program: Path) -> None:
    source = program / "src"
    source.mkdir()
    assert Caller(executable=True, parent=0, directory=source).place("variety") == source


def test_the_parent_of_a_directory_pack_stands_in_the_program(program: Path, elsewhere: Path) -> None:
    host = subprocess.Popen([sys.executable, "-c", "input()"], cwd=program, stdin=subprocess.PIPE)
    try:
        found = Caller(executable=False, parent=host.pid, directory=elsewhere)
        assert found.place("variety") == program
        assert found.place("other") is None
    finally:
        host.communicate(b"\n", timeout=60)
    assert working_directory(host.pid) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["preview", "-C", "{}"], ["preview", "--cwd", "{}"], ["--cwd={}", "up"], ["-C{}", "up"],
        ["-C={}", "up"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_without_proc_the_command_line_names_the_program(
    monkeypatch: pytest.MonkeyPatch, program: Path, elsewhere: Path, arguments: list[str]
) -> None:
    given = [part.format(program.name) for part in arguments]
    monkeypatch.setattr(module, "working_directory", lambda pid: None)
    monkeypatch.setattr(module, "cli_arguments", lambda pid: given)
    caller = Caller(executable=False, parent=1, environment={"PWD": str(program.parent)}, directory=elsewhere)
    assert caller.place("variety") == program


def test_without_proc_the_shell_stands_in_the_program(
    monkeypatch: pytest.MonkeyPatch, program: Path, elsewhere: Path
) -> None:
    monkeypatch.setattr(module, "working_directory", lambda pid: None)
    monkeypatch.setattr(module, "cli_arguments", lambda pid: ["preview"])
    caller = Caller(executable=False, parent=1, environment={"PWD": str(program)}, directory=elsewhere)
    assert caller.place("variety") == program


def test_the_user_has_the_last_word(program: Path, elsewhere: Path) -> None:
    other = elsewhere / "Pulumi.yaml"
    other.write_text("name: variety\nruntime: python\n")
    caller = Caller(
        executable=True, parent=0, environment={"PREFLIGHT_PROGRAM": str(elsewhere)}, directory=program
    )
    assert caller.place("variety") == elsewhere


def test_the_project_is_the_nearest_of_its_name(program: Path) -> None:
    inner = program / "services" / "api"
    inner.mkdir(parents=True)
    (program / "services" / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    assert project_root(inner, "variety") == program
    assert project_root(inner, "other") == project_root(inner, "") == program / "services"
    (inner / "Pulumi.yaml").write_text("[1, : no yaml")
    assert project_root(inner, "variety") == program


FAKE = f"import subprocess; subprocess.run([{sys.executable!r}, '-c', 'print(1, flush=True); input()'])"


@pytest.fixture(
    params=[["preview"], ["preview", "--client=127.0.0.1:1"], ["policy", "analyze", "--file", "x"]]
)
def started(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[list[str], int]]:
    """The arguments of a process that calls itself `pulumi`, and a child that it has started."""
    python = tmp_path / "pulumi"
    python.symlink_to(sys.executable)
    process = subprocess.Popen(
        [str(python), "-S", "-c", FAKE, *request.param], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    yield request.param, int(children[0])
    process.communicate(b"\n", timeout=60)


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="the system has no /proc")
def test_the_command_line_tells_what_is_previewed(started: tuple[list[str], int]) -> None:
    arguments, child = started
    caller = Caller(executable=False, parent=child)
    assert cli_arguments(child)[3:] == arguments
    assert caller.is_inline() is any("--client" in item for item in arguments)
    assert caller.is_analyzing() is ("analyze" in arguments)


def test_no_cli_is_no_inline_program() -> None:
    assert not Caller(executable=False, parent=os.getpid()).is_analyzing()
    assert cli_arguments(2**22 + 1) == []
