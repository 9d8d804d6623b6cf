"""Loads the modules of a program as Python's import system does, names only, to see what is there when."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from policy_pack.rules.program._imports import is_guarded
from policy_pack.source.program import Import, SourceFile, SourceProgram


class Failure(Struct, frozen=True):
    """An import in a file of a name that a module does not have yet."""

    file: SourceFile
    node: ast.ImportFrom
    module: SourceFile
    name: str


class _Module(Struct):
    names: set[str] = field(default_factory=set)
    complete: bool = False
    open: bool = False


def load(program: SourceProgram, first: SourceFile) -> Failure | None:
    """What fails when a file is loaded before any other of the program; None when nothing does."""
    return _Loading(program).load(first.path)


class _Loading:
    def __init__(self, program: SourceProgram) -> None:
        self.program = program
        self.modules: dict[str, _Module] = {}

    def load(self, path: str) -> Failure | None:
        file = self.program.by_path.get(path)
        if path in self.modules or file is None:
            return None
        module = self.modules[path] = _Module()
        imports: dict[ast.AST, list[Import]] = {}
        for item in self.program.imports.get(path, ()):
            imports.setdefault(item.node, []).append(item)
        module.open = "__getattr__" in file.text
        for statement in _statements(file.tree.body):
            for item in imports.get(statement, ()):
                failure = self._import(item, file, module)
                if failure is not None:
                    return failure
            module.names |= _bound(statement)
        module.complete = True
        return None

    def _import(self, item: Import, file: SourceFile, importing: _Module) -> Failure | None:
        for path in item.files:
            failure = self.load(path)
            if failure is not None:
                return failure
        importing.open |= item.name == "*"
        module = self.modules.get(item.file or "")
        target = self.program.by_path.get(item.file or "")
        if module is None or target is None or target is file or not isinstance(item.node, ast.ImportFrom):
            return None
        missing = not (module.complete or module.open or item.name in module.names or item.submodule)
        if not missing or item.name in (None, "*") or is_guarded(item.node, file):
            return None
        return Failure(file, item.node, target, str(item.name))


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that are run when a module is loaded, those of all branches, in order."""
    waiting = list(reversed(body))
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test):
            waiting += reversed(statement.orelse)
            continue
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting += reversed(list(_inner(statement)))


def _inner(statement: ast.stmt) -> Iterator[ast.stmt]:
    for part in ("body", "orelse", "handlers", "finalbody", "cases"):
        for item in getattr(statement, part, ()):
            if isinstance(item, ast.stmt):
                yield item
            else:
                yield from item.body


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives to its module."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}
