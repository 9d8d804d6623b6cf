"""What a test is, and what in it asserts something. The project's own helpers are looked into."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from policy_pack.source.kinds import FunctionKind
from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

TestNode = ast.FunctionDef | ast.AsyncFunctionDef
_CHECKING = re.compile(
    r"assert|raises|warns|verify|check|expect|approx|should|must|validate|fail", re.IGNORECASE
)
_DEPTH = 3


def is_test(node: ast.AST, source: SourceView) -> bool:
    """Whether a function is one that pytest or unittest runs."""
    if not isinstance(node, TestNode) or not node.name.startswith("test"):
        return False
    if "fixture" in _decorators(node):
        return False
    around = source.parent(node)
    return isinstance(around, ast.Module | ast.ClassDef | ast.If)


def is_skipped(node: TestNode) -> bool:
    """Whether a decorator keeps the test from being run always."""
    return bool(_decorators(node) & {"skip", "skipif", "skipIf", "xfail", "expectedFailure"})


def is_pulumi_test(node: ast.AST, source: SourceView) -> bool:
    """Whether a test waits for outputs: `@pulumi.runtime.test`."""
    decorators = getattr(node, "decorator_list", [])
    return any(source.qualified(item) == "pulumi.runtime.test" for item in decorators)


def _decorators(node: TestNode) -> set[str]:
    found = set()
    for item in node.decorator_list:
        target = item.func if isinstance(item, ast.Call) else item
        found.add(target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", ""))
    return found


def assertions(node: ast.AST, source: SourceView, depth: int = 0) -> Iterator[ast.AST]:
    """What in a function can make its test fail on purpose, in the project's helpers too."""
    own, called = source.remembered(node, _own_assertions)
    yield from own
    if depth < _DEPTH:
        for call in called:
            # A helper is called here, or given to something that calls it, such as `apply`.
            for helper in (call.func, *call.args, *(keyword.value for keyword in call.keywords)):
                for kind in source.kinds(helper):
                    if isinstance(kind, FunctionKind) and kind.node is not node:
                        yield from assertions(kind.node, source, depth + 1)


def _own_assertions(node: ast.AST) -> tuple[list[ast.AST], list[ast.Call]]:
    """The assertions within a function, and its other calls."""
    own: list[ast.AST] = []
    called: list[ast.Call] = []
    for item in walk(node):
        if isinstance(item, ast.Assert | ast.Raise):
            own.append(item)
        elif isinstance(item, ast.Call):
            (own if _CHECKING.search(_name(item.func)) else called).append(item)
    return own, called


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_imports(source: SourceView) -> Iterator[tuple[ast.stmt, str]]:
    """The import statements of a file with the modules of the project's program that they name."""
    for item in source.file.nodes.get(ast.Import, ()):
        if isinstance(item, ast.Import):
            yield from ((item, alias.name) for alias in item.names)
    for item in source.file.nodes.get(ast.ImportFrom, ()):
        if isinstance(item, ast.ImportFrom):
            module = source.inference.followed.absolute(item, source.file)
            yield item, module
            yield from ((item, f"{module}.{alias.name}") for alias in item.names)
