"""What reading costs: one file and a thousand, beside how long other linters take for one."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .places import PREFLIGHT, STACK
from .timing import interleaved, run, table


def measure(rounds: int) -> None:
    """What reading costs: one file and a thousand, beside how long other linters take for one."""
    one = str(STACK / "fraud_detection" / "compute.py")
    checked: dict[str, Callable[[], None]] = {
        "python -c pass": lambda: run([sys.executable, "-c", "pass"]),
        "preflight check FILE": lambda: run([str(PREFLIGHT), "check", one]),
        "ruff check FILE": lambda: run([str(PREFLIGHT.parent / "ruff"), "check", "--no-cache", one]),
    }
    zizmor = shutil.which("zizmor")
    if zizmor is not None:
        checked["zizmor --version"] = lambda: run([zizmor, "--version"])
    table(interleaved(checked, rounds).wall, "python -c pass")
    with tempfile.TemporaryDirectory() as scratch:
        texts = [path.read_text() for path in sorted((STACK / "fraud_detection").glob("*.py"))]
        for number in range(1000):
            (Path(scratch) / f"module_{number}.py").write_text(texts[number % len(texts)])
        command = [str(PREFLIGHT), "check", scratch, "--only", "source", "--fail-on", "never"]
        before = os.times()
        run(command)
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        print(f"{'preflight check of 1,000 files':<38} {used:8.3f} s of CPU on one core\n")
