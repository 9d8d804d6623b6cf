"""Two passes into one value: the laws that keep a prediction from being taken for a fact."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from model.strategies import VALUES

from policy_pack.model import UNKNOWN, Predicted, Secret, Unknown, Value
from policy_pack.model.values import foreseen, leaves, settled, unwrapped
from policy_pack.simulator.assembly import merge
from policy_pack.simulator.made_up import MadeUp

NOTHING = MadeUp()


def secret_paths(value: Value, path: str = "") -> Iterator[str]:
    if isinstance(value, Secret):
        yield path
        yield from secret_paths(value.value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from secret_paths(item, f"{path}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from secret_paths(item, f"{path}/{index}")


@given(VALUES, VALUES)
def test_nothing_unknown_becomes_known(known: Value, other: Value) -> None:
    assert settled(merge(known, other, NOTHING)) == settled(known)


@given(VALUES, VALUES)
def test_what_is_known_stays_as_it_is(known: Value, other: Value) -> None:
    if not any(isinstance(leaf, Unknown) for _, leaf in leaves(known)):
        assert merge(known, other, NOTHING) == known


@given(VALUES, VALUES)
def test_secrets_stay_secret(known: Value, other: Value) -> None:
    assert set(secret_paths(known)) <= set(secret_paths(merge(known, other, NOTHING)))


@given(VALUES)
def test_the_unknown_takes_the_prediction_and_its_secrecy(other: Value) -> None:
    merged = merge(UNKNOWN, Secret(other), NOTHING)
    assert isinstance(merged, Secret)
    assert unwrapped(foreseen(merged)) == foreseen(other)
    assert settled(merged) is UNKNOWN


@given(VALUES)
def test_without_a_prediction_the_unknown_stays(known: Value) -> None:
    assert merge(known, UNKNOWN, NOTHING) == known


def test_lists_of_another_length_are_not_matched() -> None:
    assert merge([1, UNKNOWN], [1, 2, 3], NOTHING) == [1, UNKNOWN]
    assert merge([1, UNKNOWN], [1, 2], NOTHING) == [1, Predicted(2)]


def test_a_text_that_holds_made_up_text_is_predicted() -> None:
    made_up = MadeUp(frozenset({"123456789012"}))
    assert merge("arn:aws:iam::123456789012:root", "x", made_up) == Predicted(
        "arn:aws:iam::123456789012:root"
    )
    assert merge({"a": ["plain"]}, {}, made_up) == {"a": ["plain"]}
    assert merge(Secret("123456789012"), "", made_up) == Secret(Predicted("123456789012"))


@given(
    st.frozensets(st.text("abc", min_size=1, max_size=7), min_size=51, max_size=70),
    st.text("abcd", max_size=12),
)
def test_thousands_of_texts_are_found_as_few_are(texts: frozenset[str], value: str) -> None:
    assert MadeUp(texts).covers(value) is any(text in value for text in texts)


def test_a_scalar_that_was_made_up_is_predicted_where_it_stands_alone() -> None:
    made_up = MadeUp(scalars=frozenset({("int", 1), ("str", "2")}))
    assert merge([1, True, 1.0, "2", "12"], [], made_up) == [Predicted(1), True, 1.0, Predicted("2"), "12"]
