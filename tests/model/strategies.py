"""Property values for hypothesis: everything but predictions."""

from __future__ import annotations

from hypothesis import strategies as st

from policy_pack.model import UNKNOWN, Archive, Asset, ResourceReference, Secret, Value

KEYS = st.text(max_size=8)
TEXTS = st.text(max_size=12)
PATHS = st.text("abc./", min_size=1, max_size=8)
FRACTIONS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())

SCALARS: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), FRACTIONS, TEXTS, st.just(UNKNOWN)
)
ASSETS: st.SearchStrategy[Value] = st.one_of(
    st.builds(lambda path: Asset(path=path), PATHS),
    st.builds(lambda text: Asset(text=text), PATHS),
    st.builds(lambda uri: Archive(uri=uri), PATHS),
    st.builds(lambda path: Archive(assets={"a": Asset(path=path)}), PATHS),
    st.builds(ResourceReference, st.just("urn:x"), st.one_of(st.just(UNKNOWN), PATHS)),
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS | ASSETS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3), st.builds(Secret, inner)
    ),
    max_leaves=8,
)
