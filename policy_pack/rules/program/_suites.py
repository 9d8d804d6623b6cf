"""What belongs to a test file: its fixtures and helpers, its tests, and what it reaches of the program."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from policy_pack.rules.program._existence import asks_existence, runs_something
from policy_pack.rules.program._testing import TestNode, assertions, is_skipped, is_test
from policy_pack.source.program import Import, Role, SourceFile, SourceProgram
from policy_pack.source.view import SourceView

SUPPORT = "conftest.py"


def surroundings(source: SourceView, *roles: Role) -> list[SourceFile]:
    """A test's file first, then the `conftest.py` files loaded for it and what all these import.

    Files of the given roles only, by default all but the program's.
    """
    path, program = source.file.path, source.program
    supports = [
        file.path
        for file in program.files
        if file.path.endswith(f"/{SUPPORT}") and path.startswith(file.path.removesuffix(SUPPORT))
    ]
    return reached([path, *supports], program, *(roles or (Role.TEST, Role.OTHER)))


def reached(paths: list[str], program: SourceProgram, *roles: Role) -> list[SourceFile]:
    """Some files and all of the project that they import, through files of some roles."""
    found: dict[str, SourceFile] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        file = program.by_path.get(path)
        if file is not None and path not in found and file.role in roles:
            found[path] = file
            waiting += [below for item in program.imports.get(path, ()) for below in item.files]
    return list(found.values())


def tests_in(source: SourceView) -> list[TestNode]:
    """The tests of a file that are not skipped."""
    nodes = [
        node for kind in (ast.FunctionDef, ast.AsyncFunctionDef) for node in source.file.nodes.get(kind, ())
    ]
    return [
        node
        for node in nodes
        if isinstance(node, TestNode) and is_test(node, source) and not is_skipped(node)
    ]


def program_imports(source: SourceView) -> Iterator[tuple[Import, list[SourceFile]]]:
    """The imports of a test file that lead to the program, with the program's files that they run."""
    for item in source.program.imports.get(source.file.path, ()):
        # In a test, `__main__` is the runner.
        if item.module != "__main__" or item.level:
            files = reached(list(item.files), source.program, Role.PROGRAM, Role.OTHER)
            if files:
                yield item, files


def importing(source: SourceView, paths: Collection[str]) -> tuple[Import, SourceFile] | None:
    """The import that leads to one of some files of the program, the most direct one, and that file."""
    found = [
        (index, item, file)
        for item, files in program_imports(source)
        for index, file in enumerate(files)
        if file.path in paths
    ]
    best = min(found, key=lambda each: (each[0], each[1].node.lineno), default=None)
    return best[1:] if best is not None else None


def exists_only(source: SourceView) -> bool:
    """Whether a file has tests, and all of them only ask whether something exists."""
    tests = tests_in(source)
    asked = [list(assertions(test, source)) for test in tests]
    return bool(tests) and all(
        found
        and all(asks_existence(item, source) for item in found)
        and not runs_something(test, found, source)
        for test, found in zip(tests, asked, strict=True)
    )
