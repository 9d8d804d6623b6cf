"""Gives each test a directory of its own to run commands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import Directory


@pytest.fixture
def directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Directory:
    # The search for a configuration file ends at a repository's root.
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for variable in (
        "GITHUB_ACTIONS",
        "PREFLIGHT_OUTPUT_FORMAT",
        "FORCE_COLOR",
        "NO_COLOR",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(variable, raising=False)
    return Directory(tmp_path, capsys)
