"""`preflight check --watch`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from policy_pack.cli import UsageError, parser
from policy_pack.cli.watching import Watched, in_fork, watched_by

PROJECT = "name: demo\nruntime: python\n"
WRONG = "import json\n\nimport pulumi\n\n\ndef wrong(:\n"


def touch(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_what_a_program_is_made_of_is_watched_and_no_package(tmp_path: Path) -> None:
    seen = [touch(tmp_path / name) for name in ("Pulumi.yaml", "a/b.py", "a/policy.json", "elsewhere.toml")]
    for name in (".git/x", "venv/pyvenv.cfg", "venv/lib/x.py", "node_modules/x.js", "a/__pycache__/b.pyc"):
        touch(tmp_path / name)
    report = touch(tmp_path / "report.json")
    watched = Watched(
        [str(tmp_path)], [str(tmp_path / "elsewhere.toml"), str(tmp_path / "none")], [str(report)]
    )
    assert sorted(watched.snapshot()) == sorted(map(str, seen))


def test_a_change_is_told_when_it_has_ended(tmp_path: Path) -> None:
    one, other, new = tmp_path / "one.py", tmp_path / "other.py", tmp_path / "new.py"
    touch(one)
    touch(other)
    watched = Watched([str(tmp_path)], [])
    before = watched.snapshot()
    steps = iter([lambda: None, lambda: touch(one, "x"), lambda: (touch(new), other.unlink()), lambda: None])
    changed = watched.changed(before, lambda seconds: next(steps)())
    assert changed == sorted(map(str, (one, other, new)))


def test_nothing_of_a_check_stays_and_its_files_are_told() -> None:
    kept: list[int] = []

    def check() -> tuple[int, set[str]]:
        kept.append(1)
        return 1, {"/b", "/a\udcff"}

    assert in_fork(check) == (1, ["/a\udcff", "/b"])
    assert kept == []


def test_a_check_that_crashes_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    def check() -> tuple[int, set[str]]:
        raise ValueError("broken")

    assert in_fork(check) == (2, [])
    assert "ValueError: broken" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["--diff"], ["-"]])
def test_there_has_to_be_something_to_wait_for(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match="--watch"):
        watched_by(parser().parse_args(["check", "--watch", *arguments]))


def test_it_checks_again_until_it_is_interrupted(tmp_path: Path) -> None:
    touch(tmp_path / "Pulumi.yaml", PROJECT)
    program = touch(tmp_path / "__main__.py", WRONG)
    options = ["--watch", "--only", "source", "--output-format", "concise"]
    process = subprocess.Popen(
        [sys.executable, "-m", "policy_pack.cli", "check", *options],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None

    def until(text: str) -> list[str]:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or text not in lines[-1]:
            line = process.stdout.readline()
            assert line, lines
            lines.append(line)
        return lines

    try:
        assert any("__main__.py:6" in line for line in until("watching"))
        program.write_text("import json\n")
        again = until("watching")
        assert "`__main__.py` changed, checking again" in again[0]
        assert not any("__main__.py:6" in line for line in again)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.communicate()
