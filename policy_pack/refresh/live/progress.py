"""A bar on a terminal; nothing elsewhere."""

from __future__ import annotations

from typing import TextIO

_WIDTH = 30


class Progress:
    """Counts what is done, and draws over its own line."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream = stream
        self._total = total
        self._done = 0
        self._shown = stream.isatty()

    def step(self, what: str) -> None:
        """One more is done."""
        self._done += 1
        filled = _WIDTH * self._done // self._total
        self._draw(f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {self._done}/{self._total} {what}")

    def say(self, text: str) -> None:
        """Show a text instead of the bar."""
        self._draw(text)

    def clear(self) -> None:
        """Take the bar away."""
        self._draw("")

    def _draw(self, text: str) -> None:
        if self._shown:
            # Back to the start of the line, and clear it.
            self._stream.write(f"\r\x1b[K{text[:79]}")
            self._stream.flush()
