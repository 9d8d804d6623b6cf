"""Assertions that only ask whether something is there."""

from __future__ import annotations

import ast

from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

_ASKING = frozenset({
    "builtins.hasattr", "builtins.callable", "inspect.isfunction", "inspect.ismodule", "inspect.isclass",
    "inspect.iscoroutinefunction", "os.path.exists", "os.path.isfile", "importlib.util.find_spec",
    "builtins.issubclass",
})  # fmt: skip
_LOOKING = ("builtins.", "importlib.", "inspect.", "os.", "sys.", "pathlib.", "pytest.")
_ASSERTING = frozenset({"assertTrue", "assertIsNotNone"})


def asks_existence(node: ast.AST, source: SourceView) -> bool:
    """Whether an assertion is met by anything of the right name."""
    match node:
        case ast.Assert(test=test):
            return _is_existence(test, source)
        case ast.Call(func=ast.Attribute(attr="assertIn"), args=[_, place, *_]):
            return _lists_names(place)
        case ast.Call(func=ast.Attribute(attr=name), args=[argument, *_]) if name in _ASSERTING:
            is_named = isinstance(argument, ast.Name | ast.Attribute)
            return _is_existence(argument, source) or (
                name == "assertIsNotNone" and _is_definition(argument, source) and is_named
            )
    return False


def runs_something(test: ast.AST, assertions: list[ast.AST], source: SourceView) -> bool:
    """Whether a test calls, outside of its assertions, more than what looks things up."""
    asserted = {item for assertion in assertions for item in walk(assertion)}
    return any(
        isinstance(item, ast.Call)
        and item not in asserted
        and not (source.qualified(item.func) or "").startswith(_LOOKING)
        for item in walk(test)
    )


def _is_existence(test: ast.expr, source: SourceView) -> bool:
    match test:
        case ast.Call(func=function):
            return source.qualified(function) in _ASKING or _is_path_question(function)
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return _is_definition(left, source)
        case ast.Compare(ops=[ast.In()], comparators=[place]):
            return _lists_names(place)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_is_existence(value, source) for value in values)
        case ast.Name() | ast.Attribute():
            return _is_definition(test, source)
    return False


def _is_path_question(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in ("exists", "is_file")


def _lists_names(place: ast.expr) -> bool:
    return (
        isinstance(place, ast.Call) and isinstance(place.func, ast.Name) and place.func.id in ("dir", "vars")
    )


def _is_definition(node: ast.expr, source: SourceView) -> bool:
    """Whether an expression is a module, class or function itself, which is there or its import fails."""
    kinds = source.kinds(node)
    names = ("ModuleKind", "ImportedKind", "FunctionKind", "ClassKind")
    return bool(kinds) and all(type(kind).__name__ in names for kind in kinds)
