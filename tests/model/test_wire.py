"""Property values survive the way to Pulumi's JSON form and back."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policy_pack.model import UNKNOWN, Archive, Asset, Predicted, ResourceReference, Secret, Value
from policy_pack.model.values import foreseen, holds_unknown, leaves, secret_texts, settled, unwrapped
from policy_pack.model.wire import SENTINELS, SIGNATURE, UNKNOWN_TEXT, decode, encode

from .strategies import VALUES


@given(VALUES)
def test_a_value_without_predictions_survives_the_round_trip(value: Value) -> None:
    assert decode(json.loads(json.dumps(encode(value)))) == value


@given(VALUES)
def test_a_prediction_leaves_as_unknown(value: Value) -> None:
    assert encode(Predicted(value)) == UNKNOWN_TEXT


@given(VALUES)
def test_decoding_is_stable(value: Value) -> None:
    once = encode(value)
    assert encode(decode(once)) == once


@given(st.sampled_from(sorted(SENTINELS)))
def test_every_sentinel_is_unknown(sentinel: str) -> None:
    assert decode(sentinel) is UNKNOWN
    assert decode([{"a": sentinel}]) == [{"a": UNKNOWN}]


@given(st.integers(min_value=-(2**53), max_value=2**53))
def test_whole_numbers_come_back_whole(number: int) -> None:
    decoded = decode(float(number))
    assert decoded == number
    assert isinstance(decoded, int)


def test_an_output_value_is_what_it_holds() -> None:
    output = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "dependencies": ["urn:x"]}
    assert decode(output) is UNKNOWN
    assert decode({**output, "value": 1}) == 1
    assert decode({**output, "value": "x", "secret": True}) == Secret("x")


def test_an_unknown_signature_is_a_plain_mapping() -> None:
    strange: dict[str, Any] = {SIGNATURE: "no such thing", "a": 1}
    assert decode(strange) == strange


def test_markers_that_the_engine_completes_are_understood() -> None:
    asset = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "hi", "hash": "abc"}
    archive = {SIGNATURE: "0def7320c3a5731c473e5ecbe6d01bc7", "assets": {"a": asset}, "hash": "def"}
    reference = {SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:x", "id": ""}
    assert decode(archive) == Archive(assets={"a": Asset(text="hi")})
    assert decode(reference) == ResourceReference("urn:x", UNKNOWN)


@given(VALUES)
def test_the_views_of_a_value_agree(value: Value) -> None:
    assert unwrapped(unwrapped(value)) == unwrapped(value)
    assert settled(value) == settled(unwrapped(value))
    assert foreseen(Predicted(value)) == foreseen(value)
    assert settled(Predicted(value)) is UNKNOWN
    assert holds_unknown(Predicted(value))
    assert list(leaves(Secret(value))) == list(leaves(value))


@given(VALUES)
def test_everything_under_a_secret_is_secret(value: Value) -> None:
    plain = {text for _, text in leaves(value) if isinstance(text, str) and text}
    assert plain <= set(secret_texts(Secret(value)))


def test_a_secret_does_not_show_itself() -> None:
    assert "hunter2" not in repr(Secret({"password": ["hunter2"]}))
