"""Changes the stack in thousands of small ways and counts what its tests miss. Run by `make mutation`.

Prints the score and every change that no test noticed; fails below `LEAST`. A time-out counts as missed. With
names, mutmut's patterns, only those mutants are tried: `'*mutmut_*7'` is a tenth of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from mutmut.__main__ import collect_source_file_mutation_data
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parent.parent
WORKSPACE = ROOT / "build" / "mutation"
LEAST = 85.0
UNTRIED = ("not checked", "skipped", "caught by type check")


def main() -> None:
    """Try the mutants and print what became of them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="mutmut's patterns; without any, all mutants are tried")
    options.add_argument("--workers", type=int, default=os.cpu_count())
    options.add_argument("--resume", action="store_true", help="go on where the last run was ended")
    given = options.parse_args()
    if not given.resume:
        prepare()
    mutmut = Path(sys.executable).parent / "mutmut"
    started = time.monotonic()
    command = [mutmut, "run", "--max-children", str(given.workers), *given.names]
    subprocess.run(command, cwd=WORKSPACE, check=True)
    score = report(time.monotonic() - started)
    sys.exit(score < LEAST)


def prepare() -> None:
    """Lay out a copy of the tree in which mutmut finds the stack's package where it looks for one."""
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "stack", WORKSPACE / "src", ignore=ignored)
    shutil.copytree(ROOT / "tests" / "stack", WORKSPACE / "tests" / "stack", ignore=ignored)
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / name, WORKSPACE / name)
    mutants = WORKSPACE / "mutants"
    mutants.mkdir()
    # The tests look for the stack under its own name.
    (mutants / "stack").symlink_to("src")


def report(seconds: float) -> float:
    """Print the survivors by kind and the score in per cent, and hand it back."""
    os.chdir(WORKSPACE)
    mutants, _ = collect_source_file_mutation_data(mutant_names=())
    statuses = {name: status_by_exit_code[exit_code] for _, name, exit_code in mutants}
    tried = {name: status for name, status in statuses.items() if status not in UNTRIED}
    missed = {name: changed_lines(name) for name, status in tried.items() if status != "killed"}
    for name, (before, after) in missed.items():
        print(f"{name} ({tried[name]})\n  - {before}\n  + {after}")
    score = 100 * (len(tried) - len(missed)) / len(tried)
    results = dict(Counter(tried.values()))
    print(f"\n{len(statuses)} mutants, {len(tried)} tried in {seconds:.0f} s: {results}")
    print(f"missed, by kind: {dict(Counter(kind(*lines) for lines in missed.values()))}")
    print(f"score: {score:.1f} %, at least {LEAST:.0f} % is asked for")
    return score


def changed_lines(name: str) -> tuple[str, str]:
    """What a mutant takes away and what it puts there."""
    lines = get_diff_for_mutant(name).splitlines()[3:]
    before, after = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in ("-", "+")
    )
    return before, after


def kind(before: str, after: str) -> str:
    """What sort of change a mutant makes."""
    if len(after) < len(before) and "None" not in after:
        return "left out"
    if after.count("None") > before.count("None"):
        return "None instead"
    if "XX" in after or before.lower() == after.lower():
        return "another text"
    return "another operator or number"


if __name__ == "__main__":
    main()
