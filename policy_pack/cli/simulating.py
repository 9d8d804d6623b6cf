"""The part of `preflight check` that runs programs: which stacks, and one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from policy_pack.catalog import Catalogs
from policy_pack.cli import UsageError
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import Config, find_config
from policy_pack.linter.facts import catalogs_for
from policy_pack.model import Plan
from policy_pack.simulator import Project, SimulationOptions, Simulator, choose_stacks, default_cache


@dataclass(frozen=True)
class Target:
    """One stack of one program, with the configuration nearest to it and the facts that hold there."""

    project: Project
    stack: str
    config: Config
    catalogs: Catalogs
    deployed: Plan | None = None


def simulate(
    projects: Sequence[Project],
    stacks: Sequence[str],
    states: Sequence[str],
    options: SimulationOptions,
    checker: Checker,
    meanwhile: Callable[[], None],
) -> None:
    """Run all stacks and check their plans; `meanwhile` is called while the first program runs.

    `states` are files that say what is deployed now.

    Raises:
        UsageError: a file is no state of one of the stacks.
        ProjectError: a project has none of the stacks, or cannot be started.
    """
    targets = _deployed(states, _targets(projects, stacks, options.environment))
    _check_all(targets, options, checker, meanwhile)


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


def _deployed(files: Sequence[str], targets: list[Target]) -> list[Target]:
    """The targets with what is deployed of each, which the files say. Raises UsageError for a strange one."""
    if not files:
        return targets
    from policy_pack.intake import StateError, read_state

    known: dict[str, Plan] = {}
    checked = [f"{target.project.name}/{target.stack}" for target in targets]
    for file in files:
        try:
            plan = read_state(Path(file))
        except StateError as error:
            raise UsageError(str(error)) from error
        name = f"{plan.project}/{plan.stack}"
        if plan.resources and (name not in checked or name in known):
            reason = "given twice" if name in known else f"not of {', '.join(checked)}"
            raise UsageError(f"`{file}` is the state of {name}, {reason}")
        known[name] = plan
    return [replace(each, deployed=known.get(name)) for each, name in zip(targets, checked, strict=True)]


def _check_all(
    waiting: list[Target], options: SimulationOptions, checker: Checker, meanwhile: Callable[[], None]
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
            checker.check(done.plan, done.run, target.config, target.catalogs, target.deployed)
    finally:
        for _, simulator in running:
            simulator.cancel()
