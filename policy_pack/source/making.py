"""Which functions and modules of a project make resources, themselves or through what they call."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from policy_pack.source.kinds import ClassKind, FunctionKind
from policy_pack.source.program import Role, SourceFile, SourceProgram

if TYPE_CHECKING:
    from policy_pack.source.inference import Inference

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Makers(Struct, frozen=True):
    """The functions that make resources when they are called, and the files that do when they are imported.

    `functions` are definitions with the paths of their files, `files` paths; a file is among them for its
    own statements, not for those of the modules that it imports. Tests are not looked at.
    """

    functions: Mapping[ast.AST, str]
    files: frozenset[str]

    def first_in(self, file: SourceFile) -> ast.AST | None:
        """The first function of a file that makes resources."""
        found = [node for kind in _FUNCTIONS for node in file.nodes.get(kind, ()) if node in self.functions]
        return min(found, key=lambda node: getattr(node, "lineno", 0), default=None)


def makers_of(program: SourceProgram, inference: Inference) -> Makers:
    """Follow the calls of a project backwards from where resources are made."""
    callers: dict[ast.AST, list[tuple[SourceFile, ast.AST | None]]] = {}
    waiting: list[tuple[SourceFile, ast.AST | None]] = []
    for file in program.files:
        if file.role is not Role.TEST:
            for call in _calls(file):
                owner = (file, _owner(call, file))
                if inference.makes_resource(call):
                    waiting.append(owner)
                for node in called(call, inference):
                    callers.setdefault(node, []).append(owner)
    functions: dict[ast.AST, str] = {}
    files: set[str] = set()
    while waiting:
        file, function = waiting.pop()
        if function is None:
            files.add(file.path)
        elif function not in functions:
            functions[function] = file.path
            waiting += callers.get(function, ())
    return Makers(functions, frozenset(files))


def called(call: ast.Call, inference: Inference) -> Iterator[ast.AST]:
    """The definitions of the project that a call runs: a function, or the `__init__` of a class."""
    for kind in inference.kinds(call.func):
        if isinstance(kind, FunctionKind):
            yield kind.node
        elif isinstance(kind, ClassKind):
            yield from (
                item for item in kind.node.body if isinstance(item, _FUNCTIONS) and item.name == "__init__"
            )


def _calls(file: SourceFile) -> Iterator[ast.Call]:
    for node in file.nodes.get(ast.Call, ()):
        if isinstance(node, ast.Call) and not _is_script(node, file):
            yield node


def _owner(call: ast.Call, file: SourceFile) -> ast.AST | None:
    """The function in which a call is made, None where its module's import makes it."""
    return next((node for node in file.around(call) if isinstance(node, _FUNCTIONS)), None)


def _is_script(call: ast.Call, file: SourceFile) -> bool:
    """Whether a call stands below `if __name__ == "__main__"`."""
    return any(
        isinstance(node, ast.If) and "__name__" in {getattr(part, "id", "") for part in ast.walk(node.test)}
        for node in file.around(call)
    )
