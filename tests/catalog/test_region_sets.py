from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import region_sets

names = st.sampled_from(["eu-west-1", "eu-west-2", "us-east-1", "us-east-2", "cn-north-1"])


@pytest.mark.parametrize(
    ("regions", "text"),
    [
        ("abcde", "all"),
        ("abcd", "all but e"),
        ("abc", "all but d, e"),
        ("ab", "a, b"),
        ("", ""),
    ],
)
def test_the_shorter_form_is_written(regions: str, text: str) -> None:
    assert region_sets.text(set(regions), set("abcde")) == text


@given(st.frozensets(names), st.frozensets(names))
def test_what_is_written_can_be_read(some: frozenset[str], others: frozenset[str]) -> None:
    known = some | others
    assert region_sets.regions(region_sets.text(some, known), known) == some


def test_one_more_region_changes_nothing_where_the_fact_holds_too() -> None:
    assert region_sets.regions("all but a", set("abc")) == {"b", "c"}
    assert region_sets.text({"b", "c", "d"}, set("abcd")) == "all but a"


def test_regions_that_are_not_known_do_not_count() -> None:
    assert region_sets.regions("a, z", set("abc")) == {"a"}
