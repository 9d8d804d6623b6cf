"""The questions of the fuzz tests: what our handlers cost where something is wrong, and the worst of all."""

from __future__ import annotations

from tests.crossguard import fuzzing

from .previews import spent

REQUESTS = 10_000


def measure(_rounds: int) -> None:
    """Ask each once, and the slowest once more: it may have loaded facts for others."""
    requests = [fuzzing.request_of(number) for number in range(REQUESTS)]
    asked = [(item.type, item.SerializeToString()) for item in requests]
    times = list(spent(asked))
    slow = sorted(range(REQUESTS), key=times.__getitem__)[-20:]
    warm = [asked[number] for number in slow]
    again = dict(zip(slow, list(spent(warm + warm))[len(slow) :], strict=True))
    worst = max(again, key=lambda number: min(times[number], again[number]))
    longest = min(times[worst], again[worst])
    print(f"{REQUESTS} strange requests: {sum(times) / REQUESTS * 1000:.2f} ms of CPU each; ", end="")
    kind, size = asked[worst][0] or "no type", len(asked[worst][1])
    print(f"the slowest is number {worst}, {kind} of {size} bytes: {longest * 1000:.0f} ms\n")
