"""Property paths: what `leaves` writes, `Resource.at` reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policy_pack.model import ABSENT, UNKNOWN, Archive, Asset, Predicted, Resource, Secret, Value
from policy_pack.model.values import join_path, leaves, unwrapped

from .strategies import KEYS, VALUES


def having(inputs: dict[str, Value]) -> Resource:
    return Resource(urn="urn:x", type="aws:s3/bucket:Bucket", name="x", inputs=inputs)


@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_every_leaf_is_found_at_its_path(inputs: dict[str, Value]) -> None:
    resource = having(inputs)
    for key, value in inputs.items():
        for path, leaf in leaves(value, join_path("", key)):
            assert unwrapped(resource.at(path)) == leaf  # type: ignore[arg-type]


@given(KEYS, KEYS)
def test_keys_of_any_spelling_lead_to_their_value(outer: str, inner: str) -> None:
    path = join_path(join_path("", outer), inner)
    assert having({outer: {inner: 1}}).at(path) == 1


def test_pulumis_own_spelling() -> None:
    assert join_path("tags", "Name") == "tags.Name"
    assert join_path("tags", "a.b") == 'tags["a.b"]'
    assert join_path("tags", 'say "hi"') == 'tags["say \\"hi\\""]'


def test_an_element_of_the_unknown_is_unknown_and_of_the_predicted_predicted() -> None:
    resource = having({"a": UNKNOWN, "b": Predicted({"c": [1]}), "d": Secret({"e": 2})})
    assert resource.at("a.b[0].c") is UNKNOWN
    assert resource.at("b.c[0]") == Predicted(1)
    assert resource.at("b.x") is ABSENT
    assert resource.at("d.e") == 2


def test_what_is_not_there_is_absent() -> None:
    resource = having({"a": [1], "b": None, "code": Archive(assets={"x": Asset(text="y")})})
    assert resource.at("a[1]") is ABSENT
    assert resource.at("a.b") is ABSENT
    assert resource.at("b") is None
    assert resource.at("b.c") is ABSENT
    assert resource.at("code.x") == Asset(text="y")
    assert resource.at("zzz") is ABSENT
