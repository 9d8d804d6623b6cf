"""Colours for terminals, and nothing where there is none."""

from __future__ import annotations

import unicodedata

from policy_pack.model import Severity

RESET = "\x1b[0m"
BOLD = "\x1b[1m"
FAINT = "\x1b[2m"
BLUE = "\x1b[1;34m"
COLORS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.NOTE: "\x1b[1;36m"}

# A file's line may hold anything; what a terminal would obey is shown as it is written in Python.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(0x80, 0xA0)) if code != 9}
_DIRECTIONS = {
    code: f"\\u{code:04x}" for code in (*range(0x2028, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)
}


def painted(text: str, style: str, color: bool) -> str:
    """The text in a style, if colours are wanted."""
    return f"{style}{text}{RESET}" if color else text


def printable(text: str) -> str:
    """A single line that cannot command a terminal; tabs become four spaces."""
    return text.translate(_CONTROLS | _DIRECTIONS).replace("\t", "    ")


def cells(text: str) -> int:
    """How many columns of a terminal a printable text takes."""
    return sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
