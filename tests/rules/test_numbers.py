from __future__ import annotations

import pytest

from policy_pack.model import Resource, Value
from policy_pack.rules.rule import View


@pytest.mark.parametrize(
    ("given", "number"),
    [("443", 443), (443, 443), (1.5, 1.5), ("9" * 19, int("9" * 19)), ("9" * 5000, None), ("٣", None)],
)
def test_a_text_that_no_provider_takes_for_a_number_is_none(given: Value, number: float | None) -> None:
    view = View(Resource("urn", "aws:x:Y", "it", {"port": given}), lambda *_: None)
    assert view.number("port") == number
