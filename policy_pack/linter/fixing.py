"""Applies the fixes of findings to texts, and keeps only what mends without breaking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from policy_pack.model import Edit, SourceSpan


def applied(text: str, edits: Iterable[Edit]) -> str:
    """A text with some of its stretches replaced; the line ends are those that the text has.

    Raises ValueError when two edits overlap, or one reaches out of the text.
    """
    starts = _line_starts(text)
    end_of_line = _line_end(text)
    parts: list[str] = []
    done = 0
    for start, end, new in sorted((*_offsets(edit.span, starts, text), edit.text) for edit in edits):
        if start < done:
            raise ValueError("edits overlap")
        parts += [text[done:start], new.replace("\n", end_of_line)]
        done = end
    return "".join([*parts, text[done:]])


def overlap(one: Sequence[Edit], other: Sequence[Edit]) -> bool:
    """Whether two fixes touch the same stretch of a file, or insert at the same place."""
    return any(_touch(first.span, second.span) for first in one for second in other)


def _touch(one: SourceSpan, other: SourceSpan) -> bool:
    if one.path != other.path:
        return False
    return one == other or (_start(one) < _end(other) and _start(other) < _end(one))


def _start(span: SourceSpan) -> tuple[int, int]:
    return span.line, span.column


def _end(span: SourceSpan) -> tuple[int, int]:
    return span.end_line or span.line, span.end_column or span.column


def _line_starts(text: str) -> list[int]:
    """Where the lines of a text begin, and its end: to Python, a carriage return ends a line too."""
    starts = [0]
    starts += [match.end() for match in re.finditer(r"\r\n|\r|\n", text)]
    return [*starts, len(text)]


def _line_end(text: str) -> str:
    """The line end that a text uses most."""
    windows, old = text.count("\r\n"), text.count("\r")
    unix = text.count("\n") - windows
    if windows > unix:
        return "\r\n"
    return "\r" if old - windows > unix else "\n"


def _offsets(span: SourceSpan, starts: Sequence[int], text: str) -> tuple[int, int]:
    (line, column), (end_line, end_column) = _start(span), _end(span)
    if not 0 < line <= end_line <= len(starts):
        raise ValueError(f"line {end_line} is not in the text")
    start, end = starts[line - 1] + column - 1, starts[end_line - 1] + end_column - 1
    if not 0 <= start <= end <= len(text):
        raise ValueError(f"column {end_column} is not in the text")
    return start, end
