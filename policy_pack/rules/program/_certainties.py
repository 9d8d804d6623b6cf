"""Assertions that hold by their form."""

from __future__ import annotations

import ast

from policy_pack.source.view import SourceView

CATCHING = frozenset({"Exception", "BaseException", "AssertionError"})


def always(test: ast.expr) -> str | None:
    """Why a condition is always true, None when it may be false."""
    match test:
        case ast.Constant(value=value) if value:
            return (
                f"`{ast.unparse(test)}` is always true"
                if not isinstance(value, str)
                else "a text is always true"
            )
        case ast.Tuple(elts=[_, *_]):
            return "a tuple is always true"
        case ast.BoolOp(op=ast.Or(), values=values) if any(map(always, values)):
            return "one side of `or` is always true"
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="len")), ops=[ast.GtE()], comparators=[ast.Constant(value=0)]
        ):
            return "no length is negative"
        case ast.Compare(left=ast.Name(id=left), ops=[ast.Eq()], comparators=[ast.Name(id=right)]) if (
            left == right
        ):
            return "it compares a value with itself"
    return None


def is_swallowed(node: ast.AST, source: SourceView) -> bool:
    """Whether the error of an assertion is caught around it and comes to nothing."""
    inside = node
    for outside in source.around(node):
        if isinstance(outside, ast.Try) and inside in outside.body:
            return any(_swallows(handler) for handler in outside.handlers)
        if isinstance(outside, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return False
        inside = outside
    return False


def _swallows(handler: ast.ExceptHandler) -> bool:
    catches = handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in CATCHING)
    return (
        catches
        and all(isinstance(item, ast.Pass | ast.Expr | ast.Continue) for item in handler.body)
        and not any("fail" in ast.unparse(item) or "skip" in ast.unparse(item) for item in handler.body)
    )
