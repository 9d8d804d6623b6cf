"""`preflight check --fix` and `--diff`: only what mends is written, as the file was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import Directory

FENCED = '\ufeff```python\r\nname = "é"\r\n```\r\n'
MENDED = '\ufeffname = "é"\r\n'


@pytest.fixture
def file(directory: Directory) -> Path:
    path = directory.path / "alone.py"
    path.write_bytes(FENCED.encode())
    return path


def test_a_diff_changes_nothing(file: Path, directory: Directory) -> None:
    result = directory.run("check", "alone.py", "--diff")
    assert result.code == 1
    assert "\n-```python" in result.out
    assert result.err == "1 would be fixed in 1 file\n"
    assert file.read_bytes() == FENCED.encode()


def test_a_fix_keeps_encoding_and_line_ends_and_is_done_once(file: Path, directory: Directory) -> None:
    assert directory.run("check", "--fix", "alone.py").out == (
        "clean: no errors, no warnings in 1 file · 1 fixed\n"
    )
    assert file.read_bytes() == MENDED.encode()
    assert directory.run("check", "--fix", "alone.py").out == "clean: no errors, no warnings in 1 file\n"
    assert file.read_bytes() == MENDED.encode()


def test_a_fix_that_does_not_mend_is_left_and_said(file: Path, directory: Directory) -> None:
    broken = "```\nvalue = (\n```\n"
    file.write_text(broken)
    result = directory.run("check", "--fix", "alone.py")
    assert result.code == 1
    assert result.err == "not fixed: alone.py:1: code-fence-in-python: the file would not parse\n"
    assert file.read_text() == broken


def test_what_a_comment_silences_is_not_fixed(file: Path, directory: Directory) -> None:
    silenced = "# preflight: ignore[code-fence-in-python] -- shown as it is\n```\n"
    file.write_text(silenced)
    directory.run("check", "--fix", "alone.py")
    assert file.read_text() == silenced
