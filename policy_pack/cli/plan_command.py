"""`preflight plan`: show what a program would create, or change of what is deployed, without AWS."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from policy_pack.cli import BROKEN, CLEAN, NOTHING, UsageError
from policy_pack.cli.deployed import Deployed, read_deployed
from policy_pack.cli.given import config_values
from policy_pack.cli.reporting import wants_color
from policy_pack.cli.settings import Choice
from policy_pack.cli.simulating import Target, simulations, targets_of
from policy_pack.linter.config import ConfigError, find_config
from policy_pack.model.changes import Operation, creation, export_changes, steps_between
from policy_pack.report.plan_view import PlanView
from policy_pack.report.style import printable
from policy_pack.rules.version_change import is_identity
from policy_pack.simulator import Project, ProjectError, Simulation, find_project, project_directories
from policy_pack.source.replacement import Replacements


def run(options: argparse.Namespace) -> int:
    """Show the plans of everything that the command line names. Returns the exit code."""
    try:
        return _run(options)
    except (UsageError, ConfigError, ProjectError) as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN


def _run(options: argparse.Namespace) -> int:
    directories = _directories(options.paths)
    if not directories:
        sys.stderr.write(f"nothing to plan: no Pulumi.yaml at or below {', '.join(options.paths)}\n")
        return NOTHING
    projects = [find_project(directory) for directory in directories]
    configs = [find_config(project.directory) for project in projects]
    choice = Choice(configs, os.environ, options)
    targets = targets_of(projects, choice.settings, dict(os.environ), config_values(options.config))
    deployed = read_deployed(options.diff)
    deployed.reject_others([each.name for each in targets])
    with simulations(targets, os.getcwd()) as done:  # noqa: PTH109 - a text is what it is used as
        views = [_view(target, each, deployed) for target, each in done]
    _write(views, options)
    _remark(views)
    return _exit_code(views)


def _directories(paths: Sequence[str]) -> list[Path]:
    for path in paths:
        if not Path(path).is_dir():
            raise UsageError(f"`{path}` is no directory; give the one that holds the Pulumi.yaml")
    return list(dict.fromkeys(found for path in paths for found in project_directories(Path(path))))


def _view(target: Target, done: Simulation, deployed: Deployed) -> PlanView:
    plan, before = done.plan, deployed.of(target.name)
    working_directory = os.getcwd()  # noqa: PTH109 - a text is what it is used as
    if before is None:
        return PlanView(plan, done.run, creation(plan), working_directory=working_directory)
    steps = steps_between(plan, before, _Replaces(target.project))
    return PlanView(plan, done.run, steps, before, tuple(export_changes(plan, before)), working_directory)


class _Replaces:
    """What is known of the properties whose change replaces a resource."""

    def __init__(self, project: Project) -> None:
        self._documented = Replacements(project.environment(dict(os.environ)).search_path)

    def __call__(self, token: str, name: str) -> bool:
        """Whether our rules or the project's own provider package say so."""
        return is_identity(token, name) or self._documented(token, name)


def _write(views: Sequence[PlanView], options: argparse.Namespace) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper) and options.format:
        # JSON is UTF-8, whatever the terminal is; half a character is written as JSON escapes it.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(_rendered(views, options))


def _rendered(views: Sequence[PlanView], options: argparse.Namespace) -> str:
    if options.format == "json":
        from policy_pack.report.plan_json import render as render_json

        return render_json(views)
    if options.format in ("dot", "mermaid"):
        from policy_pack.report import plan_graph

        return plan_graph.dot(views) if options.format == "dot" else plan_graph.mermaid(views)
    from policy_pack.report.plan_tree import render

    color = wants_color(options)
    return "\n".join(render(view, color, inputs=options.inputs) for view in views)


def _remark(views: Sequence[PlanView]) -> None:
    """Say what a plan is lacking."""
    for view in views:
        name = f"{view.plan.project}/{view.plan.stack}"
        for line in _remarks(view):
            sys.stderr.write(printable(view.mask(f"{name}: {line}")) + "\n")


def _remarks(view: PlanView) -> Iterator[str]:
    for fault in view.plan.faults:
        where = f" ({os.path.relpath(fault.span.path)}:{fault.span.line})" if fault.span else ""
        yield f"the plan is not complete: {fault.message}{where}"
        if fault.help:
            yield fault.help
    if missing := view.missing_config():
        yield f"configuration that is not set was made up: {', '.join(f'`{key}`' for key in missing)}"
    if view.plan.complete and view.run.detail:
        yield view.run.detail
    number = len(view.plan.failures)
    if number:
        callbacks = "a callback raises" if number == 1 else f"{number} callbacks raise"
        yield f"{callbacks}, and what comes of it is missing here: `preflight check` shows where"
    if view.deployed is not None and any(item.remote for item in view.plan.resources):
        yield "what components of packages consist of is not compared: only their packages know"


def _exit_code(views: Sequence[PlanView]) -> int:
    if any(not view.plan.complete for view in views):
        return BROKEN
    return CLEAN if any(view.plan.resources or view.count(Operation.DELETE) for view in views) else NOTHING
