"""The part of `preflight check` and `preflight plan` that runs programs: which stacks, with what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from policy_pack.catalog import Catalogs
from policy_pack.cli.deployed import Deployed
from policy_pack.cli.settings import Setting
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import Config, find_config
from policy_pack.linter.facts import catalogs_for
from policy_pack.simulator import Project, SimulationOptions, choose_stacks, default_cache
from policy_pack.simulator.sandbox.launching import GIGABYTE
from policy_pack.simulator.several import Job, Simulations


@dataclass(frozen=True)
class Target:
    """One stack of one program: the configuration nearest to it, the facts that hold there, how it is run."""

    project: Project
    stack: str
    config: Config
    catalogs: Catalogs
    options: SimulationOptions

    @property
    def name(self) -> str:
        """Project and stack, as states are told apart."""
        return f"{self.project.name}/{self.stack}"


def simulate(
    targets: Sequence[Target],
    deployed: Deployed,
    checker: Checker,
    meanwhile: Callable[[], None],
    also: Sequence[str] = (),
) -> None:
    """Run all stacks and check their plans; `meanwhile` is called while the first programs run.

    `also` names stacks that are checked elsewhere.

    Raises:
        UsageError: what is deployed is of a stack that is not checked.
        ProjectError: a program cannot be started.
    """
    deployed.reject_others([each.name for each in targets] + list(also))
    with simulations(targets, checker.working_directory) as done:
        # While the first programs run there is time to load the rules and to read the source.
        meanwhile()
        for target, each in done:
            checker.check(each.plan, each.run, target.config, target.catalogs, deployed.of(target.name))


def simulations(targets: Sequence[Target], working_directory: str) -> Simulations[Target]:
    """The runs of all targets, which start when this is entered."""
    jobs = [Job(each, each.project, each.stack, each.options) for each in targets]
    return Simulations(jobs, working_directory)


def simulation_options(
    time_limit: float, config: Config, variables: Mapping[str, str], values: Mapping[str, str]
) -> SimulationOptions:
    """How a program with a configuration is run; `time_limit` in seconds, `values` those of `--config`."""
    return SimulationOptions(
        time_limit=time_limit,
        config=values,
        environment=variables,
        cache=default_cache(variables),
        declared=config.simulated,
    )


def targets_of(
    projects: Sequence[Project],
    settings_of: Callable[[Config], Mapping[str, Setting]],
    variables: Mapping[str, str],
    values: Mapping[str, str],
) -> list[Target]:
    """Every stack of every project, each with the settings of its own configuration.

    Raises ProjectError when a project has none of the stacks, ConfigError for a broken configuration.
    """
    found: list[Target] = []
    for project in projects:
        config = find_config(project.directory)
        settings = settings_of(config)
        known = [target.catalogs for target in found]
        catalogs = catalogs_for(config, project.directory, variables, known)
        options = simulation_options(settings["time-limit"].value, config, variables, values)
        options = replace(options, memory=int(settings["memory-limit"].value * GIGABYTE))
        stacks = choose_stacks(project, settings["stacks"].value)
        found += [Target(project, stack, config, catalogs, options) for stack in stacks]
    return found
