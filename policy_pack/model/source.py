"""Places in the user's files."""

from __future__ import annotations

from msgspec import Struct


class SourceSpan(Struct, frozen=True, order=True):
    """A stretch of a file. Lines and columns count from 1, columns in characters; the end is exclusive."""

    path: str
    line: int
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None

    def covers(self, line: int) -> bool:
        """Whether a line lies inside the span."""
        return self.line <= line <= (self.end_line or self.line)


class Frame(Struct, frozen=True):
    """One call on the way to a resource or to an error: file, line, function, column (1 where not known)."""

    path: str
    line: int
    function: str = ""
    column: int = 1

    def span(self) -> SourceSpan:
        """The frame's line as a place."""
        return SourceSpan(self.path, self.line, self.column)
