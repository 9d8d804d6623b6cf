"""Measures `preflight refresh` of 30 regions: answers of AWS's size, 20 ms late, on two cores.

Run as a script; the stand-in for AWS shares the two cores with what is measured.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from live import answers
from live.conftest import Machine
from live.server import World, serving

CODE = """
import resource, sys
from policy_pack.cli import main
code = main()
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
cpu = resource.getrusage(resource.RUSAGE_SELF)
sys.stderr.write(f"{int(peak) / 1024} {cpu.ru_utime + cpu.ru_stime}")
sys.exit(code)
"""
LATENCY = 0.02


@dataclass(frozen=True)
class Figure:
    """One run: seconds, seconds of CPU, megabytes at the peak, requests, and whether a file changed."""

    seconds: float
    cpu: float
    megabytes: float
    requests: int
    changed: bool


def measure(*names: str) -> list[Figure]:
    """Refresh catalogs twice in all regions; the second time nothing must change."""
    world = World(answers.large, latency=LATENCY, variant=lambda region: "alike")
    with tempfile.TemporaryDirectory() as home, serving(world) as url:
        machine = Machine(Path(home), url)
        return [_run(machine, world, names) for _ in range(2)]


def _run(machine: Machine, world: World, names: tuple[str, ...]) -> Figure:
    before, requests = machine.contents(), world.calls.total()
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", CODE, "refresh", *names, "--all-regions"],
        env=machine.environment,
        cwd=machine.home,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.monotonic() - began
    megabytes, cpu = map(float, done.stderr.split())
    changed = machine.contents() != before
    return Figure(seconds, cpu, megabytes, world.calls.total() - requests, changed)


def main() -> None:
    """Print a table."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    sys.stdout.write("Goals: 90 s, 200 MB at the peak, and a second run on the same day changes no byte\n")
    sys.stdout.write(f"{'refresh, 30 regions':<22}{'s':>8}{'CPU s':>8}{'MB':>7}{'calls':>7}  changed\n")
    for title, names in (("versions/rds", ("versions/rds",)), ("everything", ())):
        for run, each in zip(("first", "second"), measure(*names), strict=True):
            row = f"{each.seconds:>8.1f}{each.cpu:>8.1f}{each.megabytes:>7.0f}{each.requests:>7}"
            sys.stdout.write(f"{f'{title}, {run}':<22}{row}  {'yes' if each.changed else 'no'}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
