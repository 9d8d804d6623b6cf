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


@given(st.frozensets(st.text()), st.text())
def test_every_text_has_a_name_of_its_own_that_few_others_change(texts: frozenset[str], other: str) -> None:
    named = region_sets.names(texts)
    assert named.keys() == texts
    assert len(set(named.values())) == len(texts)
    assert all(name.startswith("#") and len(name) >= 5 for name in named.values())
    again = region_sets.names(texts | {other})
    assert all(again[text] == name for text, name in named.items() if len(again[text]) == len(name) == 5)


def test_a_name_that_is_taken_gets_longer() -> None:
    first, second = region_sets.names(_alike()).values()
    assert second.startswith(first)
    assert len(second) == len(first) + 1


def _alike() -> list[str]:
    """Two texts whose names would be the same."""
    seen: dict[str, str] = {}
    for number in range(10_000):
        text = str(number)
        name = region_sets.names([text])[text]
        if name in seen:
            return [seen[name], text]
        seen[name] = text
    raise AssertionError("no two texts are alike")
