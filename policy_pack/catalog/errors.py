"""What goes wrong with catalog files."""

from __future__ import annotations

from pathlib import Path


class CatalogError(Exception):
    """A catalog file is missing, cut off or wrongly shaped.

    `line` counts from 1 and is None when the file cannot be read at all.
    """

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        self.path = path
        self.line = line
        self.problem = problem
        super().__init__(f"{path}:{line}: {problem}" if line else f"{path}: {problem}")


class RefreshedError(CatalogError):
    """Facts that the user has refreshed cannot be read: theirs to mend, where a shipped catalog is ours."""
