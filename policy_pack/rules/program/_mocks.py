"""Pulumi's mocks in tests: where they are set, and what needs them."""

from __future__ import annotations

import ast

from policy_pack.rules.program._testing import TestNode, is_skipped
from policy_pack.source.making import called
from policy_pack.source.program import Role, SourceFile, SourceProgram
from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

# Pulumi's mocks by their names.
SETTING = "set_mocks"
MOCKS = frozenset({SETTING, "Mocks", "MockMonitor", "MockSettings"})
# What else may stand in for the engine: the Automation API, a simulator, patches, a process of its own.
STAND_INS = frozenset({
    "automation", "simulator", "Simulator", "run_in_stack", "monkeypatch", "mocker", "patch", "MagicMock",
    "Mock", "subprocess", "pytest_plugins", "configure",
})  # fmt: skip


def sets_for_all(program: SourceProgram) -> bool:
    """Whether any test file sets mocks as it is imported, which serves what is run after it too."""
    return any(setting_statement(file) is not None for file in program.files if file.role is not Role.PROGRAM)


def setting_statement(file: SourceFile) -> ast.stmt | None:
    """The first statement of a file that sets mocks as the file is imported."""
    if SETTING not in file.text:
        return None
    for statement in file.tree.body:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and sets_mocks(statement):
            return statement
    return None


def sets_mocks(node: ast.AST) -> bool:
    """Whether a piece of code names `set_mocks`, other than by importing it."""
    return any(
        (isinstance(item, ast.Attribute) and item.attr == SETTING)
        or (isinstance(item, ast.Name) and item.id == SETTING)
        for item in walk(node)
    )


def run_makers(source: SourceView) -> set[str]:
    """The files whose resource-making functions a test file calls, but where it expects them to fail."""
    functions = source.inference.makers.functions
    return {
        functions[node]
        for call in source.file.nodes.get(ast.Call, ())
        if isinstance(call, ast.Call) and not _expects_error(call, source)
        for node in called(call, source.inference)
        if node in functions
    }


def _expects_error(call: ast.Call, source: SourceView) -> bool:
    """Whether a call stands in a skipped test or below `with pytest.raises(…)`."""
    for node in source.around(call):
        if isinstance(node, ast.With | ast.AsyncWith):
            texts = [source.text(item.context_expr) for item in node.items]
            if any("raises" in text.lower() for text in texts):
                return True
        if isinstance(node, TestNode) and is_skipped(node):
            return True
    return False
