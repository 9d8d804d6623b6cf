"""The part of `preflight check` and `preflight plan` that runs programs: which stacks, with what."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from policy_pack.catalog import Catalogs
from policy_pack.cli.deployed import Deployed
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import Config, find_config
from policy_pack.linter.facts import catalogs_for
from policy_pack.simulator import Project, SimulationOptions, choose_stacks, default_cache
from policy_pack.simulator.several import Job, Simulations


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
    """Run all stacks and check their plans; `meanwhile` is called while the first programs run.

    `also` names stacks that are checked elsewhere.

    Raises:
        UsageError: what is deployed is of a stack that is not checked.
        ProjectError: a project has none of the stacks, or cannot be started.
    """
    targets = targets_of(projects, stacks, options.environment)
    deployed.reject_others([each.name for each in targets] + list(also))
    with simulations(targets, options, checker.working_directory) as done:
        # While the first programs run there is time to load the rules and to read the source.
        meanwhile()
        for target, each in done:
            checker.check(each.plan, each.run, target.config, target.catalogs, deployed.of(target.name))


def simulations(
    targets: Sequence[Target], options: SimulationOptions, working_directory: str
) -> Simulations[Target]:
    """The runs of all targets, each as its own configuration says, which start when this is entered."""
    return Simulations(
        Job(
            each,
            each.project,
            each.stack,
            replace(options, declared=each.config.simulated),
            os.path.relpath(each.project.directory, working_directory),
        )
        for each in targets
    )


def simulation_options(
    time_limit: float, config: Mapping[str, str], variables: Mapping[str, str]
) -> SimulationOptions:
    """How programs are run; `time_limit` in seconds."""
    cache = default_cache(variables)
    return SimulationOptions(time_limit=time_limit, config=config, environment=variables, cache=cache)


def targets_of(
    projects: Sequence[Project], stacks: Sequence[str], variables: Mapping[str, str]
) -> list[Target]:
    """Every stack of every project, each with its own configuration.

    Raises ProjectError when a project has none of the stacks, ConfigError for a broken configuration.
    """
    found: list[Target] = []
    for project in projects:
        config = find_config(project.directory)
        known = [target.catalogs for target in found]
        catalogs = catalogs_for(config, project.directory, variables, known)
        found += [Target(project, stack, config, catalogs) for stack in choose_stacks(project, stacks)]
    return found
