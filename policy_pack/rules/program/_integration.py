"""Which tests are integration tests by their names, and whether they ask anything that is deployed."""

from __future__ import annotations

import ast
import re
import sys

from policy_pack.rules.program._mocks import MOCKS
from policy_pack.rules.program._suites import surroundings, tests_in
from policy_pack.source.program import Role, SourceFile
from policy_pack.source.view import SourceView

_KIND = r"(?:integration|e2e|end_to_end|acceptance)"
_FOLDER = re.compile(rf"{_KIND}(?:_?tests?)?|(?:tests?_){_KIND}")
_FILE = re.compile(rf"(?:.*_)?{_KIND}(?:_.*)?\.py|(?:test_)?.*_it\.py")
_MARK = re.compile(rf"\bmark\.{_KIND}\b")
_ASKING_MODULES = frozenset({
    "boto3", "botocore", "requests", "httpx", "aiohttp", "urllib", "urllib3", "http", "socket",
    "subprocess", "automation", "aioboto3", "psycopg", "psycopg2",
})  # fmt: skip
# Standard modules that can ask for something outside, or lead to code that does.
_OPEN_STANDARD = frozenset({
    "urllib", "http", "socket", "ssl", "subprocess", "smtplib", "ftplib", "xmlrpc", "multiprocessing",
    "ctypes", "importlib", "runpy", "shelve", "sqlite3",
})  # fmt: skip
_ASKING_NAMES = frozenset({
    "open", "read_text", "read_bytes", "load", "environ", "getenv", "system", "popen", "StackReference",
    "getfixturevalue", "create_subprocess_exec", "pytest_plugins", "open_connection", "__import__",
    "check_output",
})  # fmt: skip
_FIXTURES = frozenset({
    "self", "cls", "request", "tmp_path", "tmpdir", "monkeypatch", "capsys", "capfd", "caplog", "recwarn",
    "subtests",
})  # fmt: skip


def is_integration(source: SourceView) -> bool:
    """Whether a test file calls itself an integration test: by its folder, its name, or its `pytestmark`."""
    path, directory = source.file.path, source.program.directory
    parts = path.removeprefix(f"{directory}/").split("/") if path.startswith(f"{directory}/") else []
    folders = parts[:-1] or path.split("/")[-3:-1]
    if any(_FOLDER.fullmatch(folder) for folder in folders) or _FILE.fullmatch(path.rpartition("/")[2]):
        return True
    return any(
        isinstance(item, ast.Assign)
        and [source.text(target) for target in item.targets] == ["pytestmark"]
        and _MARK.search(source.text(item.value)) is not None
        for item in source.file.tree.body
    )


def asks_outside(source: SourceView) -> bool:
    """Whether a test file, what serves it or the program's code that it imports may ask the outside."""
    around = surroundings(source)
    reached = surroundings(source, Role.TEST, Role.OTHER, Role.PROGRAM)
    return any(file.names & _ASKING_NAMES for file in around) or any(
        file.names & _ASKING_MODULES for file in reached
    )


def is_closed(source: SourceView) -> bool:
    """Whether a test file certainly asks nothing outside: all that it uses is known, and none of it does."""
    around = surroundings(source)
    if asks_outside(source) or any(file.names & MOCKS for file in around):
        return False
    return all(_is_known(name, source) for file in around for name in _roots(file, source)) and (
        _parameters(source) <= _FIXTURES | {name for file in around for name in _functions(file)}
    )


def _roots(file: SourceFile, source: SourceView) -> set[str]:
    return {
        (item.module or item.name or "").partition(".")[0]
        for item in source.program.imports.get(file.path, ())
        if not item.local
    } | {
        alias.name.partition(".")[0]
        for alias in file.nodes.get(ast.alias, ())
        if isinstance(alias, ast.alias) and isinstance(file.parents.get(alias), ast.Import)
    }


def _is_known(root: str, source: SourceView) -> bool:
    """Whether a library is known to ask nothing outside."""
    if root in ("pytest", "hypothesis", "pulumi") or root.startswith("pulumi_"):
        return True
    own = {file.module.partition(".")[0] for file in source.program.files}
    return root in own or (root in sys.stdlib_module_names and root not in _OPEN_STANDARD)


def _parameters(source: SourceView) -> set[str]:
    """The fixtures that the tests of a file ask for, as far as no `parametrize` gives them."""
    return {
        item.arg
        for test in tests_in(source)
        for item in (*test.args.args, *test.args.kwonlyargs)
        if not any(item.arg in source.text(decorator) for decorator in test.decorator_list)
    }


def _functions(file: SourceFile) -> set[str]:
    nodes = (*file.nodes.get(ast.FunctionDef, ()), *file.nodes.get(ast.AsyncFunctionDef, ()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
