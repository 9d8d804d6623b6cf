from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .analyzer import CANARY, Analyzer, files_that_leak, running_pack


@pytest.fixture(autouse=True)
def nothing_leaks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """After every test the secret is searched for; in what a process answers, its driver searches."""
    yield
    out, err = capfd.readouterr()
    assert CANARY not in out + err + caplog.text
    assert files_that_leak(tmp_path) == []


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The directory of a program that is being previewed."""
    (tmp_path / "Pulumi.yaml").write_text("name: variety\nruntime: python\n")
    return tmp_path


@pytest.fixture
def analyzer(program: Path) -> Iterator[Analyzer]:
    with running_pack(program, AWS_REGION="eu-west-1") as running:
        yield running
