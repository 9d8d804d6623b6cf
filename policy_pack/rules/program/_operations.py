"""Which operations need a value now, and what an output in them cannot do."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from policy_pack.source.kinds import AnyKind, InstanceKind, PlainKind
from policy_pack.source.view import SourceView

# What these builtins do with their first argument; each raises TypeError for an output.
BUILTINS = {
    "len": "has no length", "int": "is no number", "float": "is no number", "range": "is no number",
    "sum": "cannot be iterated", "sorted": "cannot be iterated", "list": "cannot be iterated",
    "tuple": "cannot be iterated", "set": "cannot be iterated", "dict": "cannot be iterated",
    "enumerate": "cannot be iterated", "any": "cannot be iterated", "all": "cannot be iterated",
    "min": "cannot be iterated", "max": "cannot be iterated",
}  # fmt: skip
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def misused(node: ast.AST, source: SourceView) -> Iterator[tuple[ast.expr, str]]:
    """The outputs that an operation cannot work with, each with the reason."""
    match node:
        case ast.BinOp():
            yield from _operands(node, source)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand) if source.is_output(
            operand
        ):
            yield operand, "is no number"
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if source.is_output(iterated):
            yield iterated, "cannot be iterated"
        case ast.Starred(value=value) if source.is_output(value):
            yield value, "cannot be iterated"
        case ast.Compare():
            yield from _ordered(node, source)
        case ast.Call():
            yield from _arguments(node, source)


def _operands(node: ast.BinOp, source: SourceView) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node.op, ast.Mod) and any(isinstance(kind, PlainKind) for kind in source.kinds(node.left)):
        return
    symbol = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/"}.get(type(node.op).__name__, "this operator")
    for culprit, other in ((node.left, node.right), (node.right, node.left)):
        # An object of the project's own may define the operator for outputs.
        open_ended = any(isinstance(kind, AnyKind | InstanceKind) for kind in source.kinds(other))
        if source.is_output(culprit) and not open_ended:
            yield (
                culprit,
                f"`{symbol}` cannot be applied to" if symbol != "this operator" else "has no operators",
            )


def _ordered(node: ast.Compare, source: SourceView) -> Iterator[tuple[ast.expr, str]]:
    sides = [node.left, *node.comparators]
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        if isinstance(operator, ast.In | ast.NotIn) and source.is_output(right):
            yield right, "cannot be searched with `in`"
        elif isinstance(operator, ORDER):
            yield from ((side, "cannot be ordered") for side in (left, right) if source.is_output(side))


def _arguments(node: ast.Call, source: SourceView) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "join" and len(node.args) == 1:
        if any(isinstance(kind, PlainKind) for kind in source.kinds(node.func.value)):
            yield from ((item, "`join` cannot join") for item in _joined(node.args[0], source))
        return
    name = source.qualified(node.func) or ""
    what = BUILTINS.get(name.removeprefix("builtins.")) if name.startswith("builtins.") else None
    if what and node.args and source.is_output(node.args[0]):
        yield node.args[0], what


def _joined(argument: ast.expr, source: SourceView) -> Iterator[ast.expr]:
    items = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
    if isinstance(argument, ast.ListComp | ast.GeneratorExp):
        items = [argument.elt]
    yield from (item for item in items if source.is_output(item))
