"""`preflight refresh` of 30 regions against a local AWS, in a process of its own, on two cores."""

from __future__ import annotations

import subprocess
import sys

from .places import ROOT


def measure(_rounds: int) -> None:
    """`preflight refresh` of 30 regions against a local AWS, in a process of its own, on two cores."""
    print(flush=True)
    subprocess.run([sys.executable, ROOT / "tests" / "refresh" / "live" / "bench.py"], check=True)
