"""Makes the program importable, and runs it for tests that look at every environment."""

from __future__ import annotations

import sys

import pytest

from .harness import ENVIRONMENTS, STACK, Program, run

sys.path.insert(0, str(STACK))


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def program(environment: str) -> Program:
    return run(environment)
