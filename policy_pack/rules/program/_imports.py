"""What rules about imports share: whether one may fail, and how it is written under another name."""

from __future__ import annotations

import ast
import re

from policy_pack.model import Edit, Fix, SourceSpan
from policy_pack.source.program import Import, Role, SourceFile, SourceProgram

# Modules that are named otherwise than the packages that bring them.
PACKAGES = {
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "jwt": "PyJWT",
    "yaml": "PyYAML",
}

_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def is_guarded(node: ast.AST, file: SourceFile) -> bool:
    """Whether an import may fail without harm, or is decided by a condition."""
    inside = node
    for outside in file.around(node):
        if isinstance(outside, ast.If | ast.With | ast.AsyncWith):
            return True
        if isinstance(outside, ast.Try) and inside in outside.body and any(map(_catches, outside.handlers)):
            return True
        inside = outside
    return False


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(getattr(kind, "id", getattr(kind, "attr", "")) in _CATCHING for kind in kinds)


def changes_path(program: SourceProgram, file: SourceFile) -> bool:
    """Whether `sys.path` is changed where a file, or what runs before it, could rely on it."""
    return file in program.changing_path or any(
        item.role is Role.PROGRAM or item.path.endswith("/conftest.py") for item in program.changing_path
    )


def leaves_packages(item: Import, file: SourceFile, program: SourceProgram) -> bool:
    """Whether a relative import of the program certainly starts above the packages that its file is in."""
    if not item.level or program.entry is None or file.role is not Role.PROGRAM:
        return False
    if file.path == program.entry:
        return True
    names = [file.module, *(name for name, path in program.aliases.items() if path == file.path)]
    own = 0 if file.path.endswith("/__init__.py") else 1
    deepest = max(len(name.split(".")) for name in names) - own
    return item.level > deepest and not changes_path(program, file)


def renamed(item: Import, wanted: str, file: SourceFile, *, safe: bool) -> Fix | None:
    """The change of an absolute import to another name of its module, binding the same names."""
    node, line = item.node, file.sources.line(file.path, item.node.lineno)
    indent = file.sources.column(file.path, node.lineno, node.col_offset) - 1
    package, _, last = wanted.rpartition(".")
    if isinstance(node, ast.ImportFrom):
        match = re.compile(r"from\s+([\w.]+)\s+import\b").match(line, indent)
        if match is None:
            return None
        return _fix(file, node.lineno, match.span(1), wanted, wanted, safe)
    if len(node.names) != 1 or (item.alias.asname is None and "." in item.module):
        return None
    match = re.compile(r"import\s+[\w.]+(\s+as\s+\w+)?").match(line, indent)
    if match is None:
        return None
    if item.alias.asname:
        text = f"import {wanted} as {item.alias.asname}"
    elif last != item.module:
        return None
    else:
        text = f"from {package} import {last}" if package else f"import {last}"
    return _fix(file, node.lineno, match.span(), text, wanted, safe)


def _fix(file: SourceFile, line: int, place: tuple[int, int], text: str, wanted: str, safe: bool) -> Fix:
    span = SourceSpan(file.path, line, place[0] + 1, line, place[1] + 1)
    return Fix(f"import `{wanted}`", (Edit(span, text),), safe)
