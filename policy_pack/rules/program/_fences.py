"""Finds Markdown code fences in the text of a file that does not parse."""

from __future__ import annotations

import re

FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*[\w+.-]*[ \t]*$")

# What ends the search for three quotes in a line, or has to be passed over on the way.
OPENING = re.compile(r"""\\.|\"{3}|'{3}|#|"[^"]*"|'[^']*'""")


def fence_lines(lines: list[str]) -> list[int]:
    """The numbers of lines that are fences and stand in no string of three quotes."""
    found = []
    quote = ""
    for number, line in enumerate(lines, start=1):
        if not quote and FENCE.match(line):
            found.append(number)
            continue
        quote = _quote_after(line, quote)
    return found


def _quote_after(line: str, quote: str) -> str:
    """The three quotes that are open at the end of a line, empty when none are."""
    rest = line
    while True:
        match = re.search(rf"\\.|{quote}" if quote else OPENING, rest)
        if match is None or match[0] == "#":
            return quote
        rest = rest[match.end() :]
        if match[0] in ('"""', "'''"):
            quote = "" if quote else match[0]
