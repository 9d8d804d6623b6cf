"""Walks syntax trees, leaving out what no rule asks for: contexts and operators, two fifths of all nodes."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator

# Fields that hold no node, or one that no rule asks for.
_PASSED_OVER = frozenset(
    {"ctx", "op", "ops", "kind", "type_comment", "type_ignores", "id", "attr", "arg", "asname", "level"}
)
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {ast.Constant: ()}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below another, in the order of the text as far as `ast` keeps it."""
    found: list[ast.AST] = []
    kind = type(node)
    for name in _FIELDS[kind] if kind in _FIELDS else _fields(kind):
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a kind of node that may hold others."""
    _FIELDS[kind] = tuple(name for name in kind._fields if name not in _PASSED_OVER)
    return _FIELDS[kind]


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
    found = [tree]
    # What is appended meanwhile is iterated over too.
    for node in found:
        nodes.setdefault(type(node), []).append(node)
        below = children(node)
        parents.update(dict.fromkeys(below, node))
        found += below
    return nodes, parents
