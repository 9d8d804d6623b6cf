from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs, RuntimeState
from policy_pack.model import Confidence

RUNTIMES = Catalogs().lambda_runtimes
TODAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("name", "today", "state", "confidence", "nearest"),
    [
        ("python3.13", TODAY, RuntimeState.SUPPORTED, Confidence.CERTAIN, "python3.14"),
        ("python3.14", TODAY, RuntimeState.SUPPORTED, Confidence.CERTAIN, None),
        ("python3.15", TODAY, RuntimeState.SUPPORTED, Confidence.CERTAIN, None),
        ("python3.9", TODAY, RuntimeState.DEPRECATED, Confidence.CERTAIN, "python3.14"),
        ("dotnet8", TODAY, RuntimeState.DEPRECATED, Confidence.LIKELY, "dotnet10"),
        ("python3.7", TODAY, RuntimeState.BLOCKED, Confidence.CERTAIN, "python3.14"),
        ("nodejs", TODAY, RuntimeState.BLOCKED, Confidence.CERTAIN, "nodejs24.x"),
        ("python3.9", datetime.date(2027, 2, 1), RuntimeState.BLOCKED, Confidence.LIKELY, "python3.14"),
        ("python3.9", datetime.date(2027, 1, 31), RuntimeState.DEPRECATED, Confidence.CERTAIN, "python3.14"),
        ("python3.99", TODAY, RuntimeState.NEWER, Confidence.LIKELY, "python3.15"),
        ("python3.1", TODAY, RuntimeState.NOT_LISTED, Confidence.LIKELY, "python3.15"),
        ("nodejs99.x", TODAY, RuntimeState.NEWER, Confidence.LIKELY, "nodejs26.x"),
        ("pyton3.13", TODAY, RuntimeState.NOT_LISTED, Confidence.LIKELY, "python3.13"),
        ("", TODAY, RuntimeState.NOT_LISTED, Confidence.LIKELY, None),
    ],
)
def test_states(
    name: str, today: datetime.date, state: RuntimeState, confidence: Confidence, nearest: str | None
) -> None:
    found = RUNTIMES.judge(name, today=today)
    assert (found.state, found.confidence) == (state, confidence)
    assert found.nearest == nearest


@given(st.one_of(st.sampled_from(RUNTIMES.names()), st.text()), st.dates())
def test_a_suggestion_is_always_supported(name: str, today: datetime.date) -> None:
    found = RUNTIMES.judge(name, today=today)
    if found.nearest:
        assert RUNTIMES.judge(found.nearest, today=today).state is RuntimeState.SUPPORTED


@given(st.sampled_from(RUNTIMES.names()), st.dates(), st.dates())
def test_a_runtime_never_comes_back(name: str, one: datetime.date, other: datetime.date) -> None:
    order = list(RuntimeState)
    before, after = (RUNTIMES.judge(name, today=day).state for day in sorted((one, other)))
    assert order.index(before) <= order.index(after)
