"""Runs several stacks at once, as many as there are cores for, and gives their plans in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from policy_pack.simulator import Simulation, SimulationOptions, Simulator
from policy_pack.simulator.siblings import Run, Siblings
from policy_pack.source.project import Project

Key = TypeVar("Key")
# Both passes of a stack run at the same time.
PASSES = 2


@dataclass(frozen=True)
class Job(Generic[Key]):
    """One stack to run; `key` is the caller's own."""

    key: Key
    project: Project
    stack: str
    options: SimulationOptions


class Simulations(Generic[Key]):
    """The stacks under way. Use as a context manager: whatever happens, no process is left behind.

    A stack that one of them refers to is simulated once, whether it is one of them or not.
    """

    def __init__(self, jobs: Iterable[Job[Key]], working_directory: str, at_once: int | None = None) -> None:
        """Nothing is started yet; `at_once` limits how many stacks run at the same time."""
        self._siblings = Siblings(Simulator, working_directory)
        self._waiting = deque(jobs)
        for job in self._waiting:
            self._siblings.expect(job.project, job.stack, job.options)
        self._running: deque[tuple[Job[Key], Run]] = deque()
        self._at_once = at_once or max(1, cores() // PASSES)

    def __enter__(self) -> Simulations[Key]:
        """Start the first ones. Raises ProjectError for what cannot be started."""
        self._start()
        return self

    def __exit__(self, *ignored: object) -> None:
        self._siblings.close()

    def __iter__(self) -> Iterator[tuple[Key, Simulation]]:
        """The simulations in the order of their jobs; the next ones start before one is given out.

        Raises ProjectError for what cannot be started.
        """
        while self._running:
            job, run = self._running[0]
            done = run.take()
            self._running.popleft()
            self._start()
            yield job.key, done

    def _start(self) -> None:
        try:
            while self._waiting and len(self._running) < self._at_once:
                job = self._waiting.popleft()
                self._running.append((job, self._siblings.run(job.project, job.stack, job.options)))
        except BaseException:
            self._siblings.close()
            raise


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
