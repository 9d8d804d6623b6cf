"""Describes an exception: where it was raised, what is to blame, whether a made-up value can be the cause."""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from .records import UserCode
from .structs import texts

# What no made-up argument can cause: predictions are plain texts, numbers, lists and dictionaries.
_CERTAIN_TYPE_ERRORS = re.compile(
    r"is not JSON serializable|missing \d+ required|unexpected keyword argument|takes (no|\d+|from \d+)"
    r"|got multiple values for|'?\"?Output'?\"?( object)? (is not|object|found)|\(not \"Output\"\)"
    r"|Output.* and |and '?Output|not Output\b|expected str instance, Output"
)
MAX_TEXT = 400


def describe(error: BaseException, user: UserCode, made_up: set[str]) -> dict[str, Any]:
    """The fields of a failure record: exception, message, frames, certainty, the culprit and its place."""
    place = user.innermost(error.__traceback__)
    fields: dict[str, Any] = {
        "exception": type(error).__name__,
        "message": str(error)[:MAX_TEXT],
        "frames": user.traceback_frames(error.__traceback__),
        "certain": _is_certain(error),
        "made_up": place is not None and _holds_made_up(place.tb_frame, made_up),
        "culprit": None,
        "span": None,
    }
    if place is not None:
        fields["span"] = _statement_span(place)
        culprit = _culprit(place, error)
        if culprit is not None:
            fields["culprit"], fields["span"] = culprit
    return fields


def _is_certain(error: BaseException) -> bool:
    text = str(error)
    if isinstance(error, TypeError):
        return bool(_CERTAIN_TYPE_ERRORS.search(text))
    if isinstance(error, AttributeError):
        return text.startswith("module ") or "'Output' object" in text
    return type(error) is NameError or isinstance(error, ImportError)


def _holds_made_up(frame: FrameType, made_up: set[str]) -> bool:
    """Whether a made-up text stands in the frame's local values, two levels deep."""
    for value in list(frame.f_locals.values()):
        for text in texts(value if isinstance(value, (str, list, tuple, dict)) else None):
            if text in made_up or any(item in text for item in made_up):
                return True
    return False


def _statement_span(place: TracebackType) -> list[int] | None:
    """`[line, column, end line, end column]` of the failing expression where the interpreter knows it."""
    positions = getattr(place.tb_frame.f_code, "co_positions", None)
    if positions is None:
        return None
    found = list(positions())[place.tb_lasti // 2]
    if None in found:
        return None
    line, end_line, column, end_column = found
    filename = place.tb_frame.f_code.co_filename
    return [line, _characters(filename, line, column), end_line, _characters(filename, end_line, end_column)]


def _characters(filename: str, line: int, offset: int) -> int:
    """A UTF-8 byte offset as a column that counts characters from 1."""
    text = linecache.getline(filename, line).encode()
    return len(text[:offset].decode("utf-8", "replace")) + 1


def _culprit(place: TracebackType, error: BaseException) -> tuple[str, list[int]] | None:
    """The `a.b.c` in the failing expression that is an `Output`, with its span."""
    if "Output" not in str(error):
        return None
    filename = place.tb_frame.f_code.co_filename
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError, RecursionError):
        return None
    blamed = _blamed_object(error)
    first: ast.expr | None = None
    for node in _chains(tree, *_line_range(tree, place)):
        value = _evaluated(node, place.tb_frame)
        if type(value).__name__ != "Output":
            continue
        if blamed is not None and value is blamed:
            return _named(node, filename)
        first = first or node
    return _named(first, filename) if first is not None else None


def _blamed_object(error: BaseException) -> Any:
    """The object that `json` refused, from the encoder's own frame."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "default" and "o" in trace.tb_frame.f_locals:
            return trace.tb_frame.f_locals["o"]
        trace = trace.tb_next
    return None


def _line_range(tree: ast.AST, place: TracebackType) -> tuple[int, int]:
    """The lines of the failing expression: the widest call that starts on the failing line."""
    span = _statement_span(place)
    if span is not None:
        return span[0], span[2]
    ends = [
        node.end_lineno or node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.lineno == place.tb_lineno
    ]
    return place.tb_lineno, max(ends, default=place.tb_lineno)


def _chains(tree: ast.AST, first: int, last: int) -> Iterator[ast.expr]:
    """Names and attribute chains between two lines, outermost first, in reading order."""
    found: list[ast.expr] = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute))
        and first <= node.lineno <= last
        and isinstance(node.ctx, ast.Load)
    ]
    return iter(sorted(found, key=lambda node: (node.lineno, node.col_offset, -(node.end_col_offset or 0))))


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


def _named(node: ast.expr, filename: str) -> tuple[str, list[int]]:
    end_line = node.end_lineno or node.lineno
    span = [
        node.lineno,
        _characters(filename, node.lineno, node.col_offset),
        end_line,
        _characters(filename, end_line, node.end_col_offset or 0),
    ]
    return _source_text(node), span


def _source_text(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_source_text(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "…"
