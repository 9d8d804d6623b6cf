"""The part of `preflight check` that runs programs: which stacks, and one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from policy_pack.catalog import Catalogs
from policy_pack.cli.deployed import Deployed
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import Config, find_config
from policy_pack.linter.facts import catalogs_for
from policy_pack.simulator import Project, SimulationOptions, Simulator, choose_stacks, default_cache


@dataclass(frozen=True)
class Target:
    """One stack of one program, with the configuration nearest to it and the facts that hold there."""

    project: Project
    stack: str
    config: Config
    catalogs: Catalogs

    @property
    def name(self) -> str:
        """Project and stack, as states are told apart."""
        return f"{self.project.name}/{self.stack}"


def simulate(
    projects: Sequence[Project],
    stacks: Sequence[str],
    deployed: Deployed,
    options: SimulationOptions,
    checker: Checker,
    meanwhile: Callable[[], None],
    also: Sequence[str] = (),
) -> None:
    """Run all stacks and check their plans; `meanwhile` is called while the first program runs.

    `also` names stacks that are checked elsewhere.

    Raises:
        UsageError: what is deployed is of a stack that is not checked.
        ProjectError: a project has none of the stacks, or cannot be started.
    """
    targets = _targets(projects, stacks, options.environment)
    deployed.reject_others([each.name for each in targets] + list(also))
    _check_all(targets, deployed, options, checker, meanwhile)


def simulation_options(
    time_limit: float, config: Mapping[str, str], variables: Mapping[str, str]
) -> SimulationOptions:
    """How programs are run; `time_limit` in seconds."""
    cache = default_cache(variables)
    return SimulationOptions(time_limit=time_limit, config=config, environment=variables, cache=cache)


def _targets(
    projects: Sequence[Project], stacks: Sequence[str], variables: Mapping[str, str]
) -> list[Target]:
    """Every stack of every project, each with its own configuration."""
    found: list[Target] = []
    for project in projects:
        config = find_config(project.directory)
        known = [target.catalogs for target in found]
        catalogs = catalogs_for(config, project.directory, variables, known)
        found += [Target(project, stack, config, catalogs) for stack in choose_stacks(project, stacks)]
    return found


def _check_all(
    waiting: list[Target],
    deployed: Deployed,
    options: SimulationOptions,
    checker: Checker,
    meanwhile: Callable[[], None],
) -> None:
    """Run one stack after the other; the next one's program starts before this one's plan is checked."""
    running: list[tuple[Target, Simulator]] = []

    def start_next() -> None:
        if waiting:
            target = waiting.pop(0)
            running.append((target, Simulator(target.project, target.stack, options)))

    try:
        start_next()
        # While the first program runs there is time to load the rules and to read the source.
        meanwhile()
        while running:
            target, simulator = running[0]
            done = simulator.finish(os.path.relpath(target.project.directory, checker.working_directory))
            running.clear()
            start_next()
            checker.check(done.plan, done.run, target.config, target.catalogs, deployed.of(target.name))
    finally:
        for _, simulator in running:
            simulator.cancel()
