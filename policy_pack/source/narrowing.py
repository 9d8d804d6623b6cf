"""What a condition says of the names in it: after `isinstance(x, Output)`, nothing is certain without it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from policy_pack.source.kinds import ANY, Kind
from policy_pack.source.walking import walk

_ASKING = frozenset({"isinstance", "hasattr", "callable", "type", "issubclass"})


def narrowed(names: Mapping[str, Kind], test: ast.expr, *, positive: bool) -> dict[str, Kind]:
    """The names after a condition held (`positive`) or did not.

    A name whose type the condition asks for is unknown from there on: which way is taken depends on it.
    One that is compared with None, or tested for truth, and may be None is unknown too.
    """
    asked = set(_asked(test))
    if not asked:
        return dict(names)
    return {name: ANY if name in asked else kind for name, kind in names.items()}


def _asked(test: ast.expr) -> Iterator[str]:
    for node in walk(test):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ASKING:
            yield from (item.id for item in node.args if isinstance(item, ast.Name))
