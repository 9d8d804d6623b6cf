"""Colours for terminals, and nothing where there is none."""

from __future__ import annotations

from policy_pack.model import Severity

RESET = "\x1b[0m"
BOLD = "\x1b[1m"
FAINT = "\x1b[2m"
BLUE = "\x1b[1;34m"
COLORS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.NOTE: "\x1b[1;36m"}

# A file's line may hold anything; what a terminal would obey is shown as it is written in Python.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(0x80, 0xA0)) if code != 9}


def painted(text: str, style: str, color: bool) -> str:
    """The text in a style, if colours are wanted."""
    return f"{style}{text}{RESET}" if color else text


def printable(text: str) -> str:
    """A single line that cannot command a terminal; tabs become four spaces."""
    return text.translate(_CONTROLS).replace("\t", "    ")
