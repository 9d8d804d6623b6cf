from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .analyzer import Analyzer, running_pack


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The directory of a program that is being previewed."""
    (tmp_path / "Pulumi.yaml").write_text("name: variety\nruntime: python\n")
    return tmp_path


@pytest.fixture
def analyzer(program: Path) -> Iterator[Analyzer]:
    with running_pack(program, AWS_REGION="eu-west-1") as running:
        yield running
