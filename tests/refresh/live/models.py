"""Answers that fit a service's model, for hypothesis."""

from __future__ import annotations

import datetime
from typing import Any

from botocore.model import Shape
from hypothesis import strategies as st

# What XML can carry: no control characters, and no line ends, which it normalises.
TEXT = st.text(
    st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    max_size=8,
)
_MOMENTS = st.integers(0, 4_000_000_000).map(
    lambda seconds: datetime.datetime.fromtimestamp(seconds, tz=datetime.timezone.utc)
)
_SIMPLE = {
    "string": TEXT,
    "character": TEXT,
    "integer": st.integers(0, 2**31 - 1),
    "long": st.integers(0, 2**63 - 1),
    "float": st.integers(-1000, 1000).map(float),
    "double": st.integers(-1000, 1000).map(float),
    "boolean": st.booleans(),
    "timestamp": _MOMENTS,
    "blob": st.binary(max_size=8),
}


def outputs(shape: Shape, depth: int = 6) -> st.SearchStrategy[Any]:
    """Values of a shape: any member may be absent, and a text may be one that the model does not list."""
    if shape.type_name == "structure":
        members = shape.members.items() if depth else ()
        return st.fixed_dictionaries({}, optional={key: outputs(each, depth - 1) for key, each in members})
    if shape.type_name == "list":
        return st.lists(outputs(shape.member, depth - 1), max_size=3)
    if shape.type_name == "map":
        return st.dictionaries(outputs(shape.key), outputs(shape.value, depth - 1), max_size=2)
    if shape.type_name == "string" and shape.enum:
        return st.sampled_from(shape.enum) | TEXT
    return _SIMPLE[shape.type_name]
