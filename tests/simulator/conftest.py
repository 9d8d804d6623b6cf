"""One cache of type indexes for all tests of a run."""

from __future__ import annotations

import pytest

from . import harness


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    base = tmp_path_factory.getbasetemp()
    harness.DEFAULTS["cache"] = (base if worker_id == "master" else base.parent) / "types"
