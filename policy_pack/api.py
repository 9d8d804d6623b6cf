"""Preflight as a library: the checks of `preflight check` as functions that return a report."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from policy_pack.catalog import CatalogError
from policy_pack.cli import UsageError, parser
from policy_pack.cli.check_command import exit_code, nothing_in, open_session, reader_of
from policy_pack.cli.given import given
from policy_pack.linter.config import ConfigError, find_config
from policy_pack.linter.facts import catalogs_for
from policy_pack.linter.report import Report
from policy_pack.model import Plan

PathLike: TypeAlias = str | os.PathLike[str]


class CheckError(Exception):
    """Something cannot be checked: `preflight check` would exit with 2 or 3, for the same reason."""


def check_program(
    directory: PathLike = ".",
    *,
    stack: str | Iterable[str] | None = None,
    config: Mapping[str, str] | None = None,
    only: str | None = None,
    state: PathLike | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    time_limit: float | None = None,
) -> Report:
    """Read the source of a program, run it offline, and check every resource.

    Args:
        directory: Where its Pulumi.yaml is, or above several.
        stack: One or more to run as; by default as the project's configuration says, else the only one.
        config: Configuration values above those of the stack.
        only: `source` to run nothing, `program` to read nothing.
        state: A file of `pulumi stack export`, to compare with what is deployed.
        select: Only these rules.
        ignore: Not these rules.
        time_limit: Seconds for each run of the program.

    Raises:
        CheckError: there is no such program or stack, or a configuration is broken.
    """
    options = program_options(
        directory,
        stack=stack,
        config=config,
        only=only,
        state=state,
        select=select,
        ignore=ignore,
        time_limit=time_limit,
    )
    return checked(options)[0]


def check_files(*paths: PathLike, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Report:
    """Read Python files, or all below directories, and run nothing.

    Raises:
        CheckError: there is no such file, or a configuration is broken.
    """
    options = _options(select, ignore)
    options.paths, options.only = [os.fspath(path) for path in paths], "source"
    return checked(options)[0]


def check_exports(*files: PathLike, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Report:
    """Check what `pulumi preview --json` or `pulumi stack export` has written: files, or directories of them.

    Raises:
        CheckError: a file is neither, or a configuration is broken.
    """
    options = _options(select, ignore)
    options.paths, options.only = [os.fspath(file) for file in files], "program"
    return checked(options)[0]


def check_plan(
    plan: Plan, *, deployed: Plan | None = None, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> Report:
    """Check the resources of a plan, made by hand or by `plan_program`.

    Args:
        plan: Judged with the configuration nearest to its `directory`.
        deployed: What there is now, for the rules that compare.
        select: Only these rules.
        ignore: Not these rules.

    Raises:
        CheckError: a configuration is broken.
    """
    from policy_pack.cli.exported import Exported

    directory = Path(plan.directory).resolve()
    with _refusals():
        session = open_session([directory], _options(select, ignore))
        checker = session.new_checker(session.selected("program"))
        config = find_config(directory)
        catalogs = catalogs_for(config, directory, os.environ)
        checker.check(plan, Exported(plan.directory, plan).run(), config, catalogs, deployed)
        return checker.report()


def plan_program(
    directory: PathLike = ".",
    *,
    stack: str | None = None,
    config: Mapping[str, str] | None = None,
    time_limit: float = 60.0,
) -> Plan:
    """Run a program offline and return what it would create; nothing is judged.

    Args:
        directory: Where its Pulumi.yaml is.
        stack: The one to run as; by default the only one, else `dev`.
        config: Configuration values above those of the stack.
        time_limit: Seconds for each of the two runs. A program that is cut off has a plan that is not
            `complete`.

    Raises:
        CheckError: there is no such program or stack.
    """
    from policy_pack.cli.simulating import simulation_options
    from policy_pack.simulator import ProjectError, choose_stacks, find_project
    from policy_pack.simulator.several import Job, Simulations

    with _refusals():
        project = find_project(Path(directory))
        name, *others = choose_stacks(project, [stack] if stack else [])
        if others:
            raise ProjectError("a plan is of one stack")
        nearest = find_config(project.directory)
        options = simulation_options(time_limit, nearest, os.environ, config or {})
        with Simulations([Job(name, project, name, options)], os.fspath(directory)) as done:
            return next(iter(done))[1].plan


def program_options(
    directory: PathLike,
    *,
    stack: str | Iterable[str] | None = None,
    config: Mapping[str, str] | None = None,
    only: str | None = None,
    state: PathLike | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    time_limit: float | None = None,
) -> argparse.Namespace:
    """The arguments of `check_program` as options of `preflight check`."""
    if only not in (None, "source", "program"):
        raise CheckError(f"`only` is `{only}`; it must be `source` or `program`")
    options = _options(select, ignore)
    options.paths, options.only, options.time_limit = [os.fspath(directory)], only, time_limit
    options.stack = [stack] if isinstance(stack, str) else list(stack or ())
    options.config = [f"{key}={value}" for key, value in (config or {}).items()]
    options.state = [] if state is None else [os.fspath(state)]
    return options


def checked(options: argparse.Namespace) -> tuple[Report, int]:
    """The report that `preflight check` makes with some options, and the exit code that it ends with."""
    with _refusals():
        found = given(options.paths, all_source=options.only == "source")
        missing = nothing_in(found, options)
        if missing:
            raise CheckError(missing)
        session = open_session(found.starts(), options)
        report = session.report(reader_of(found), found.exports, options)
        return report, exit_code(report, session.settings["fail-on"].value)


def _options(select: Iterable[str], ignore: Iterable[str]) -> argparse.Namespace:
    """The options of `preflight check`, as if none were given but these."""
    options = parser().parse_args(["check"])
    options.select, options.ignore = list(select), list(ignore)
    return options


@contextmanager
def _refusals() -> Iterator[None]:
    from policy_pack.source.project import ProjectError

    try:
        yield
    except (UsageError, ConfigError, CatalogError, ProjectError) as error:
        raise CheckError(str(error)) from error
