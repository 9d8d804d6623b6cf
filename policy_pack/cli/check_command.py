"""`preflight check`: simulate the programs, run the rules, print the report."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from policy_pack.catalog import CatalogError, Catalogs
from policy_pack.cli import BROKEN, CLEAN, FOUND, NOTHING
from policy_pack.cli.reporting import UsageError, write
from policy_pack.cli.settings import Setting, effective
from policy_pack.linter import diagnostics, registry
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import Config, ConfigError, find_config, unknown_name
from policy_pack.linter.facts import catalogs_for
from policy_pack.linter.report import Report
from policy_pack.model import Plan, Severity
from policy_pack.rules.rule import Rule
from policy_pack.simulator import (
    Project,
    ProjectError,
    SimulationOptions,
    Simulator,
    choose_stacks,
    default_cache,
    find_project,
    project_directories,
)

if TYPE_CHECKING:
    from policy_pack.live.reviewing import LiveReview


@dataclass(frozen=True)
class Target:
    """One stack of one program, with the configuration nearest to it and the facts that hold there."""

    project: Project
    stack: str
    config: Config
    catalogs: Catalogs
    deployed: Plan | None = None


def run(options: argparse.Namespace) -> int:
    """Check everything the command line names. Returns the exit code."""
    try:
        return _run(options)
    except (UsageError, ConfigError, ProjectError, CatalogError) as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN


def _run(options: argparse.Namespace) -> int:
    environment = dict(os.environ)
    directories = _directories(options.paths)
    if not directories:
        sys.stderr.write(f"nothing to check: no Pulumi.yaml at or below {', '.join(options.paths)}\n")
        return NOTHING
    config = find_config(directories[0].resolve())
    settings = effective(config, environment, options)
    targets = _deployed(options.state, _targets(directories, settings["stacks"].value, environment))
    today = datetime.datetime.now(tz=datetime.timezone.utc).date()
    review = _review(options, today)
    simulation = SimulationOptions(
        time_limit=settings["time-limit"].value,
        config=_config_values(options.config),
        environment=environment,
        cache=default_cache(environment),
    )
    checker = Checker(
        rules=[],
        known_rules=frozenset({*registry.modules(), *diagnostics.ALL}),
        catalogs=Catalogs(),
        today=today,
        working_directory=os.getcwd(),  # noqa: PTH109 - a text is what it is used as
        silent=_silent(settings),
        review=review,
    )
    _check_all(targets, simulation, checker, settings)
    report = replace(checker.report(), live=review.summary() if review else None)
    write(report, options, settings["output-format"].value)
    return _exit_code(report, settings["fail-on"].value)


def _review(options: argparse.Namespace, today: datetime.date) -> LiveReview | None:
    if not options.live:
        if options.profile:
            raise UsageError("`--profile` is of use with `--live` only")
        return None
    try:
        from policy_pack.live.asking import CONFIG
        from policy_pack.live.reviewing import LiveReview
        from policy_pack.refresh.live.aws import Aws, CredentialsError
    except ImportError as error:
        raise UsageError(f"{error.name} is not installed: pip install 'iac-preflight[live]'") from error
    try:
        aws = Aws(options.profile, os.environ.get("AWS_REGION"), CONFIG)
        return LiveReview(aws, options.profile, today)
    except CredentialsError as error:
        raise UsageError(str(error)) from error


def _directories(paths: Iterable[str]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise UsageError(f"`{path}` does not exist")
        if not path.is_dir():
            raise UsageError(f"`{path}` is a file; give the directory that holds the Pulumi.yaml")
        found += [directory for directory in project_directories(path) if directory not in found]
    return found


def _targets(
    directories: Sequence[Path], stacks: Sequence[str], environment: Mapping[str, str]
) -> list[Target]:
    found: list[Target] = []
    for directory in directories:
        project = find_project(directory)
        config = find_config(project.directory)
        known = [target.catalogs for target in found]
        catalogs = catalogs_for(config, project.directory, environment, known)
        found += [Target(project, stack, config, catalogs) for stack in choose_stacks(project, stacks)]
    return found


def _deployed(files: Sequence[str], targets: Sequence[Target]) -> Sequence[Target]:
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


def _config_values(given: Iterable[str]) -> dict[str, str]:
    values = {}
    for item in given:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise UsageError(f"`--config {item}` is not of the form KEY=VALUE")
        values[key] = value
    return values


def _check_all(
    targets: Sequence[Target],
    simulation: SimulationOptions,
    checker: Checker,
    settings: Mapping[str, Setting],
) -> None:
    """Run one stack after the other; the next one's program starts before this one's plan is checked."""
    waiting = list(targets)
    running: list[tuple[Target, Simulator]] = []

    def start_next() -> None:
        if waiting:
            target = waiting.pop(0)
            running.append((target, Simulator(target.project, target.stack, simulation)))

    try:
        start_next()
        # While the first program runs there is time to load the rules.
        checker.rules = _selected(settings)
        while running:
            target, simulator = running[0]
            done = simulator.finish(os.path.relpath(target.project.directory, checker.working_directory))
            running.clear()
            start_next()
            checker.check(done.plan, done.run, target.config, target.catalogs, target.deployed)
    finally:
        for _, simulator in running:
            simulator.cancel()


def _selected(settings: Mapping[str, Setting]) -> list[Rule]:
    select, ignore = settings["select"].value, settings["ignore"].value
    known = registry.modules()
    for name in (*select, *ignore):
        if name not in known and name not in diagnostics.OPTIONAL:
            raise UsageError(unknown_name("rule", name, [*known, *diagnostics.OPTIONAL]))
    names = [name for name in known if (not select or name in select) and name not in ignore]
    return registry.load_all(names)


def _silent(settings: Mapping[str, Setting]) -> frozenset[str]:
    """The diagnostics that are not wanted: of comments, as with rules, those ignored or not selected."""
    select, ignore = settings["select"].value, settings["ignore"].value
    unselected = diagnostics.OPTIONAL.difference(select) if select else frozenset()
    return diagnostics.OPTIONAL.intersection(ignore) | unselected


def _exit_code(report: Report, fail_on: str) -> int:
    if any(finding.rule in diagnostics.ALWAYS for finding in report.findings):
        return BROKEN
    if report.resources == 0:
        return NOTHING
    if fail_on == "never":
        return CLEAN
    limit = Severity(fail_on).rank
    return FOUND if any(finding.severity.rank <= limit for finding in report.active()) else CLEAN
