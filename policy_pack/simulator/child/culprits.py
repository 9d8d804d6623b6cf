"""Finds the expression in the user's files that put an `Output` where a plain value was needed."""

from __future__ import annotations

import ast
import gc
import linecache
import sys
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from .records import UserCode, module_file

Span = list[int]


def statement_span(place: TracebackType) -> Span | None:
    """`[line, column, end line, end column]` of the failing expression, counted in characters."""
    found = _positions(place)
    if found is None:
        return None
    line, end_line, column, end_column = found
    filename = place.tb_frame.f_code.co_filename
    return [line, _characters(filename, line, column), end_line, _characters(filename, end_line, end_column)]


def _positions(place: TracebackType) -> tuple[int, int, int, int] | None:
    """Line, end line, column and end column of the failing expression, where the interpreter knows them."""
    positions = getattr(place.tb_frame.f_code, "co_positions", None)
    if positions is None:
        return None
    found: tuple[int, int, int, int] = list(positions())[place.tb_lasti // 2]
    return None if None in found else found


def find_culprit(place: TracebackType, error: BaseException, user: UserCode) -> dict[str, Any] | None:
    """`{"text", "path", "span"}` of the `a.b.c` that is the `Output`, None where it cannot be told.

    It stands in the failing expression; or, when the document was built before, under the key at which
    the object lies in it, if only one place in the program writes that key.
    """
    if "Output" not in str(error):
        return None
    filename = place.tb_frame.f_code.co_filename
    document, blamed = _refused(error)
    chains = list(_outputs_in(filename, place))
    for node, value in chains:
        if value is blamed:
            return _named(node, filename)
    key = _key_of(blamed, document) if blamed is not None else None
    found = list(_written_under(key, filename, user)) if key is not None else []
    if len(found) == 1:
        return found[0]
    if chains:
        return _named(chains[0][0], filename)
    owner = _owner(blamed) if blamed is not None else None
    if owner is None:
        return None
    return {"text": owner, "path": filename, "span": statement_span(place) or [place.tb_lineno]}


def _owner(output: Any) -> str | None:
    """`endpoint of database` for an output that is an attribute of the resource `database`."""
    from pulumi import Resource

    for thing in gc.get_objects():
        # Not `isinstance`, which asks the object itself: a module that is not loaded yet would be.
        if issubclass(type(thing), Resource):
            for attribute, value in list(thing.__dict__.items()):
                if value is output:
                    return f"{attribute} of {getattr(thing, '_name', '?')}"
    return None


def _refused(error: BaseException) -> tuple[Any, Any]:
    """The document given to `json`, and the object in it that was refused, from the encoder's own frames."""
    document, blamed = None, None
    trace = error.__traceback__
    while trace is not None:
        code, names = trace.tb_frame.f_code, trace.tb_frame.f_locals
        if code.co_name == "encode" and "o" in names:
            document = names["o"]
        elif code.co_name == "default" and "o" in names:
            blamed = names["o"]
        trace = trace.tb_next
    return document, blamed


def _key_of(wanted: Any, document: Any, key: str | None = None) -> str | None:
    """The nearest text key above an object in nested lists and dictionaries."""
    if document is wanted:
        return key
    items: list[tuple[str | None, Any]] = []
    if isinstance(document, dict):
        items = [(name if isinstance(name, str) else key, item) for name, item in document.items()]
    elif isinstance(document, (list, tuple)):
        items = [(key, item) for item in document]
    for name, item in items:
        found = _key_of(wanted, item, name)
        if found is not None:
            return found
    return None


def _written_under(key: str, filename: str, user: UserCode) -> Iterator[dict[str, Any]]:
    """Every name or attribute chain that the program writes under a dictionary key."""
    loaded = map(module_file, list(sys.modules.values()))
    for path in sorted({filename, *(file for file in loaded if file and user.owns(file))}):
        tree = _tree(path)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Dict):
                for name, value in zip(node.keys, node.values):
                    if isinstance(name, ast.Constant) and name.value == key and _is_chain(value):
                        yield _named(value, path)


def _is_chain(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _outputs_in(filename: str, place: TracebackType) -> Iterator[tuple[ast.expr, Any]]:
    """The chains in the failing expression that are an `Output`, in reading order."""
    tree = _tree(filename)
    if tree is None:
        return
    first, last = _extent(tree, place)
    nodes = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute))
        and first <= (node.lineno, node.col_offset)
        and (node.end_lineno or node.lineno, node.end_col_offset or 0) <= last
        and isinstance(node.ctx, ast.Load)
    ]
    for node in sorted(nodes, key=lambda item: (item.lineno, item.col_offset, -(item.end_col_offset or 0))):
        value = _evaluated(node, place.tb_frame)
        if type(value).__name__ == "Output":
            yield node, value


def _extent(tree: ast.AST, place: TracebackType) -> tuple[tuple[int, int], tuple[int, float]]:
    """From where to where the failing expression goes: without positions, the widest call on its line."""
    found = _positions(place)
    if found is not None:
        line, end_line, column, end_column = found
        return (line, column), (end_line, end_column)
    code, line = place.tb_frame.f_code, place.tb_lineno
    on_line = [node for node in ast.walk(tree) if getattr(node, "lineno", 0) == line]
    ends = [node.end_lineno or line for node in on_line if isinstance(node, ast.Call)]
    lambdas = [node.col_offset for node in on_line if isinstance(node, ast.Lambda)]
    starts_here = code.co_name == "<lambda>" and code.co_firstlineno == line
    column = min(lambdas, default=0) if starts_here else 0
    return (line, column), (max(ends, default=line), float("inf"))


def _evaluated(node: ast.expr, frame: FrameType) -> Any:
    """The value of a name or attribute chain in a frame, None where it cannot be had."""
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if isinstance(node, ast.Attribute):
        owner = _evaluated(node.value, frame)
        if owner is None or type(owner).__name__ == "Output":
            return None
        try:
            return getattr(owner, node.attr, None)
        except Exception:
            return None
    return None


def _tree(path: str) -> ast.Module | None:
    try:
        return ast.parse("".join(linecache.getlines(path)))
    except (SyntaxError, ValueError, RecursionError):
        return None


def _named(node: ast.expr, path: str) -> dict[str, Any]:
    end_line = node.end_lineno or node.lineno
    span = [
        node.lineno,
        _characters(path, node.lineno, node.col_offset),
        end_line,
        _characters(path, end_line, node.end_col_offset or 0),
    ]
    return {"text": _source_text(node), "path": path, "span": span}


def _characters(path: str, line: int, offset: int) -> int:
    """A UTF-8 byte offset as a column that counts characters from 1."""
    text = linecache.getline(path, line).encode()
    return len(text[:offset].decode("utf-8", "replace")) + 1


def _source_text(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_source_text(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "…"
