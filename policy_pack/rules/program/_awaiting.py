"""Whether a test waits for the outputs whose callbacks assert something."""

from __future__ import annotations

import ast
from pathlib import Path

from policy_pack.rules.program._suites import surroundings
from policy_pack.rules.program._testing import TestNode
from policy_pack.source.kinds import ANY, FunctionKind
from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

# What lets an event loop run, or blocks until something else has.
_WAITING = frozenset({
    "run_until_complete", "run_forever", "sync_await", "_sync_await", "run_in_stack", "run_pulumi_func",
    "wait_for_rpcs", "future", "wait", "wait_for", "gather", "sleep", "automation", "simulator",
})  # fmt: skip
_HARMLESS = frozenset({
    "pytest.mark.parametrize", "pytest.mark.usefixtures", "unittest.mock.patch",
    "unittest.mock.patch.object", "unittest.mock.patch.dict",
})  # fmt: skip
_FRAMES = frozenset({"pandas", "polars", "geopandas", "dask", "pyspark"})


def waits_itself(test: TestNode, source: SourceView) -> bool:
    """Whether a test, its decorators or what serves its file may wait for outputs in a way of their own."""
    if any(isinstance(item, ast.Await | ast.AsyncFor | ast.AsyncWith) for item in walk(test)):
        return True
    if any(file.names & _WAITING for file in surroundings(source)):
        return True
    others = [item for item in test.decorator_list if not is_pulumi_test_decorator(item, source)]
    return any(_name(item, source) not in _HARMLESS for item in others)


def is_pulumi_test_decorator(node: ast.expr, source: SourceView) -> bool:
    """Whether a decorator is `@pulumi.runtime.test`."""
    return source.qualified(node) == "pulumi.runtime.test"


def _name(decorator: ast.expr, source: SourceView) -> str:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return source.qualified(target) or source.text(target)


def sdk_waits(source: SourceView) -> bool | None:
    """Whether the project's SDK lets a decorated test wait for outputs that it does not return.

    Told from the installed package, which then keeps track of outputs; None where there is none to read.
    """
    for directory in source.program.environment.search_path:
        stack = Path(directory) / "pulumi" / "runtime" / "stack.py"
        if stack.is_file():
            return "SETTINGS.outputs" in stack.read_text(encoding="utf-8", errors="replace")
    return None


def callback_of(call: ast.Call, source: SourceView) -> ast.expr | None:
    """The callback of a call of an output's `apply`; None for any other call."""
    match call:
        case ast.Call(func=ast.Attribute(attr="apply", value=owner), args=[callback, *_]):
            if source.is_output(owner):
                return callback
            known = any(kind != ANY for kind in source.kinds(owner))
            names = source.file.names
            is_likely = not known and "pulumi" in names and not names & _FRAMES
            return callback if is_likely and len(call.args) == 1 and not call.keywords else None
    return None


def asserts(callback: ast.expr, source: SourceView) -> bool:
    """Whether a callback certainly asserts something itself."""
    bodies: list[ast.AST] = [callback] if isinstance(callback, ast.Lambda) else []
    bodies += [kind.node for kind in source.kinds(callback) if isinstance(kind, FunctionKind)]
    return any(
        isinstance(item, ast.Assert)
        or (
            isinstance(item, ast.Call)
            and isinstance(item.func, ast.Attribute)
            and item.func.attr.startswith("assert")
        )
        for body in bodies
        for item in walk(body)
    )


def is_dropped(call: ast.Call, test: TestNode, source: SourceView, is_decorated: bool) -> bool:
    """Whether a test does nothing with the output of a call that it makes itself."""
    if next((item for item in source.around(call) if isinstance(item, _FUNCTION)), None) is not test:
        return False
    match source.parent(call):
        case ast.Expr():
            return True
        case ast.Return():
            return not is_decorated
        case ast.Assign(targets=[ast.Name(id=name)]):
            return not any(
                isinstance(item, ast.Name) and item.id == name and isinstance(item.ctx, ast.Load)
                for item in walk(test)
            )
    return False


_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
