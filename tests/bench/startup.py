"""What a process costs before it does anything, beside the interpreter's own start."""

from __future__ import annotations

import sys
from collections.abc import Callable

from .places import PREFLIGHT
from .timing import interleaved, run, table


def measure(rounds: int) -> None:
    """What a process costs before it does anything, beside the interpreter's own start."""
    cases: dict[str, Callable[[], None]] = {
        "python -c pass": lambda: run([sys.executable, "-c", "pass"]),
        "preflight --help": lambda: run([str(PREFLIGHT), "--help"]),
        "preflight rules": lambda: run([str(PREFLIGHT), "rules"]),
    }
    table(interleaved(cases, rounds).wall, "python -c pass")
    print()
