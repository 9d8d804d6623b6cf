"""Takes times and prints them: medians of interleaved rounds."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

# Megabytes, by the name of what was run.
PEAKS: dict[str, float] = {}


class Times(NamedTuple):
    """Seconds of each case in each round: those that passed, and those of CPU, ended children's too."""

    wall: dict[str, list[float]]
    cpu: dict[str, list[float]]


def interleaved(cases: dict[str, Callable[[], None]], rounds: int) -> Times:
    """Run the cases in turn; one round before is not counted."""
    times = Times({name: [] for name in cases}, {name: [] for name in cases})
    for number in range(rounds + 1):
        for name, case in cases.items():
            start, used = time.perf_counter(), _cpu()
            case()
            if number:
                times.wall[name].append(time.perf_counter() - start)
                times.cpu[name].append(_cpu() - used)
    return times


def _cpu() -> float:
    return sum(os.times()[:4])


def table(times: dict[str, list[float]], base: str, of: str = "") -> None:
    """Median, range and the median of the paired ratios to one case; `of` says what kind of seconds."""
    for name, taken in times.items():
        paired = statistics.median(one / other for one, other in zip(taken, times[base], strict=True))
        low, high = min(taken), max(taken)
        print(f"{name:<38} {statistics.median(taken):8.3f} s{of}  ({low:.3f}-{high:.3f})  {paired:5.2f} x")


def ratio(label: str, times: dict[str, list[float]], first: str, second: str) -> None:
    """The median of the paired ratios of two cases."""
    paired = [one / other for one, other in zip(times[first], times[second], strict=True)]
    print(f"{label:<38} {statistics.median(paired):5.2f} x")


def run(command: Iterable[str], environment: dict[str, str] | None = None) -> None:
    """Run a command to its end, and keep its peak memory; its output is shown only when it fails."""
    words = list(command)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(words, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        name = f"{Path(words[0]).name} {words[1]}"
        PEAKS[name] = max(PEAKS.get(name, 0), usage.ru_maxrss / 1024)
        if process.returncode != 0:
            output.seek(0)
            sys.exit(f"{' '.join(words)} failed:\n{output.read().decode()[-4000:]}")
