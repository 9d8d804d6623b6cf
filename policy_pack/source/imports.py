"""Where import statements lead, as Python's path finder would have it, without importing anything."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence

from policy_pack.source.files import Sources
from policy_pack.source.program import Import, SourceFile

Chain = list[tuple[str, str]]


def imports_of(file: SourceFile, roots: Sequence[str]) -> tuple[Import, ...]:
    """Every name that a file imports, wherever the statement stands, in the order of the lines."""
    nodes = [*file.nodes.get(ast.Import, ()), *file.nodes.get(ast.ImportFrom, ())]
    found = (item for node in nodes for item in _imports(node, file, roots))
    return tuple(sorted(found, key=lambda item: (item.node.lineno, item.node.col_offset)))


def _imports(node: ast.AST, file: SourceFile, roots: Sequence[str]) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            chain, whole = find_module(alias.name, roots, file.sources)
            last = _file_of(alias.name, chain)
            files = tuple(path for _, path in chain)
            yield Import(node, alias, alias.name, 0, None, last, None, files, bool(chain), whole)
    elif isinstance(node, ast.ImportFrom):
        places = [_above(file.path, node.level)] if node.level else roots
        module = node.module or ""
        for alias in node.names:
            yield _taken(node, alias, module, places, file.sources)


def _taken(
    node: ast.ImportFrom, alias: ast.alias, module: str, places: Sequence[str], sources: Sources
) -> Import:
    if module:
        chain, whole = find_module(module, places, sources)
        full = f"{module}.{alias.name}"
    else:
        package = f"{places[0]}/__init__.py"
        chain = [("", package)] if sources.is_file(package) else []
        whole, full = True, alias.name
    further, is_module = find_module(full, places, sources)
    submodule = _file_of(full, further) if is_module else None
    files = dict.fromkeys(path for _, path in (*chain, *(further if is_module else ())))
    return Import(
        node,
        alias,
        module,
        node.level,
        alias.name,
        _file_of(module, chain),
        submodule,
        tuple(files),
        # A bare directory does not count: `import docker` beside a folder of Dockerfiles.
        bool(node.level or files),
        whole,
    )


def find_module(name: str, places: Sequence[str], sources: Sources) -> tuple[Chain, bool]:
    """The files that importing a dotted name runs, outermost first, with their names; and whether all exist.

    Packages without an `__init__.py` run no file.
    """
    found: Chain = []
    dotted = ""
    for part in name.split("."):
        dotted = f"{dotted}.{part}" if dotted else part
        step = _step(part, places, sources)
        if step is None:
            return found, False
        file, places = step
        if file is not None:
            found.append((dotted, file))
    return found, True


def _step(part: str, places: Sequence[str], sources: Sources) -> tuple[str | None, list[str]] | None:
    portions = []
    for place in places:
        base = f"{place}/{part}"
        if sources.is_file(f"{base}/__init__.py"):
            return f"{base}/__init__.py", [base]
        if sources.is_file(f"{base}.py"):
            return f"{base}.py", []
        if sources.is_directory(base):
            portions.append(base)
    return (None, portions) if portions else None


def _above(path: str, level: int) -> str:
    """The directory that a relative import starts from."""
    directory = os.path.dirname(path)  # noqa: PTH120
    for _ in range(level - 1):
        directory = os.path.dirname(directory)  # noqa: PTH120
    return directory


def _file_of(name: str, chain: Chain) -> str | None:
    return next((path for dotted, path in chain if dotted == name), None)


def found_elsewhere(name: str, places: Sequence[str], sources: Sources) -> str | None:
    """The name that a module has from some places when it is in a folder there, None when it is in none."""
    for place in places:
        for folder in filter(str.isidentifier, sources.children(place)[0]):
            chain, whole = find_module(f"{folder}.{name}", [place], sources)
            if chain and whole:
                return f"{folder}.{name}"
    return None
