"""The child's own codec between plain values and protobuf's `Struct`."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format, struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from .harness import child_module

structs = child_module("structs")

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_plain_values_survive_the_round_trip(values: dict[str, Any]) -> None:
    struct = struct_pb2.Struct()
    structs.fill(struct, values)
    assert structs.plain(struct) == values


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_what_is_written_is_what_protobuf_itself_writes(values: dict[str, Any]) -> None:
    ours, theirs = struct_pb2.Struct(), struct_pb2.Struct()
    structs.fill(ours, values)
    json_format.ParseDict(values, theirs)
    assert ours == theirs


def test_empty_containers_are_kept() -> None:
    struct = struct_pb2.Struct()
    structs.fill(struct, {"a": {}, "b": [], "c": None})
    assert structs.plain(struct) == {"a": {}, "b": [], "c": None}


def test_a_resource_becomes_its_id_and_one_without_an_id_unknown() -> None:
    reference = {structs.SIGNATURE: structs.RESOURCE, "urn": "urn:x"}
    given_values = {"a": [{**reference, "id": "i-1"}], "b": {**reference, "id": ""}, "c": reference}
    assert structs.without_references(given_values) == {"a": ["i-1"], "b": structs.UNKNOWN, "c": "urn:x"}


@given(JSON)
def test_a_secret_opens_to_what_it_holds(value: Any) -> None:
    secret = {structs.SIGNATURE: structs.SECRET, "value": value}
    assert structs.open_secret({structs.SIGNATURE: structs.SECRET, "value": secret}) == value
