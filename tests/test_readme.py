"""What README shows is what the commands print."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"```text\n(.*?)\n```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def check(directory: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "policy_pack.cli", "check", "stack", *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert not done.stderr
    # That facts grow old is no fault of the page.
    lines = [line for line in done.stdout.splitlines() if not line.startswith("facts past their age limit")]
    return "\n".join(lines)


def test_the_screenful_is_what_a_withdrawn_version_prints(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "stack", tmp_path / "stack")
    database = tmp_path / "stack" / "fraud_detection" / "database.py"
    written = database.read_text(encoding="utf-8")
    broken = written.replace("engine_version=settings.database.engine_version", 'engine_version="15.3"')
    assert broken != written
    database.write_text(broken, encoding="utf-8")
    assert check(tmp_path) == BLOCKS[0]


def test_make_check_ends_with_the_line_that_is_shown() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (arguments,) = re.findall(r"preflight check stack (.*)", makefile)
    assert check(ROOT, *arguments.split()) == BLOCKS[1]
