"""The child runs in the project's interpreter, from Python 3.9 on, whatever runs Preflight."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy_pack.simulator.runner import BOOT

FILES = sorted(BOOT.parent.glob("*.py"))
# Names and keyword arguments that came after 3.9, by what they are looked up in or passed to.
NEWER_NAMES = {
    "aiter",
    "anext",
    "BaseExceptionGroup",
    "ExceptionGroup",
    "EncodingWarning",
    "Concatenate",
    "Never",
    "NotRequired",
    "ParamSpec",
    "Self",
    "TypeAlias",
    "TypeGuard",
    "Unpack",
    "assert_never",
    "override",
    "UTC",
    "StrEnum",
    "TaskGroup",
    "tomllib",
}
NEWER_ATTRIBUTES = {
    "add_note",
    "aclosing",
    "batched",
    "bit_count",
    "get_annotations",
    "hardlink_to",
    "pairwise",
    "stdlib_module_names",
    "timeout_at",
}
NEWER_KEYWORDS = {("zip", "strict"), ("dataclass", "slots"), ("dataclass", "kw_only"), ("field", "kw_only")}


def newer(tree: ast.Module) -> Iterator[str]:
    """What a tree uses that Python 3.9 does not have. Annotations are never evaluated."""
    annotations = {
        inner
        for node in ast.walk(tree)
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if annotation is not None
        for inner in ast.walk(annotation)
    }
    for node in ast.walk(tree):
        if node in annotations:
            continue
        if isinstance(node, ast.ImportFrom):
            yield from (f"import of {alias.name}" for alias in node.names if alias.name in NEWER_NAMES)
        elif isinstance(node, ast.Name) and node.id in NEWER_NAMES:
            yield node.id
        elif isinstance(node, ast.Attribute) and node.attr in NEWER_ATTRIBUTES | NEWER_NAMES:
            yield f".{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            yield from (f"{name}({key.arg}=)" for key in node.keywords if (name, key.arg) in NEWER_KEYWORDS)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            sides = (node.left, node.right)
            if any(isinstance(side, ast.Constant) and side.value is None for side in sides):
                yield "a union of types outside of an annotation"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_child_is_python_3_9(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    assert list(newer(tree)) == []
    first = next((node for node in tree.body if isinstance(node, ast.ImportFrom)), None)
    assert first is None or first.module == "__future__", "annotations must not be evaluated"


@pytest.mark.parametrize(
    "text",
    [
        "zip(a, b, strict=True)",
        "from typing import TypeAlias",
        "T = int | None",
        "dataclass(slots=True)",
        "x.bit_count()",
    ],
)
def test_what_is_newer_is_found(text: str) -> None:
    assert list(newer(ast.parse(text)))


def test_newer_syntax_is_no_python_3_9() -> None:
    with pytest.raises(SyntaxError):
        ast.parse("match a:\n    case 1: pass\n", feature_version=(3, 9))
