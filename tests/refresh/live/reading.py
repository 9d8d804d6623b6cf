"""Which operations a client is asked for, as the source says, and which names those that only read have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

READING = re.compile(r"(Describe|Get|Head|List)[A-Z]\w*")
# The only one that asks nothing about a resource; it takes no permission.
IDENTITY = "get_caller_identity"


def called(tree: ast.AST) -> Iterator[str]:
    """Every operation that is called on a client, directly or by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "client":
            yield node.attr
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "items":
            assert isinstance(node.args[1], ast.Constant)
            yield str(node.args[1].value)


def hidden(files: Iterable[Path]) -> list[str]:
    """The files in which a client may go by another name, so that `called` does not see it."""
    return [path.name for path in files if any(map(_hides, ast.walk(ast.parse(path.read_text()))))]


def _hides(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in {"getattr", "eval", "exec"}
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func).endswith("client")
    )
