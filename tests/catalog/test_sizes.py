"""Catalogs stay small enough to ship, and each is read in a moment."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from policy_pack.catalog.store import ROOT

FILES = sorted(ROOT.rglob("*.json"))
LARGE = [path for path in FILES if path.stat().st_size > 30_000]


def test_all_together_are_small() -> None:
    assert sum(path.stat().st_size for path in FILES) <= 2_500_000


@pytest.mark.parametrize("path", LARGE, ids=lambda path: path.stem)
def test_a_large_one_is_decoded_in_a_moment(path: Path) -> None:
    raw = path.read_bytes()
    seconds = []
    for _ in range(9):
        start = time.process_time()
        msgspec.json.decode(raw)
        seconds.append(time.process_time() - start)
    assert min(seconds) <= 0.005
