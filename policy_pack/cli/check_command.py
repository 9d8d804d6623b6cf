"""`preflight check`: simulate the programs, run the rules, print the report."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from policy_pack.catalog import CatalogError, Catalogs
from policy_pack.cli import BROKEN, CLEAN, FOUND, NOTHING, UsageError
from policy_pack.cli.given import Given, config_values, given
from policy_pack.cli.reporting import write
from policy_pack.cli.settings import Choice, Setting
from policy_pack.linter import diagnostics, registry
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import ConfigError, find_config
from policy_pack.linter.report import Report
from policy_pack.model import Severity
from policy_pack.rules.rule import Rule

if TYPE_CHECKING:
    from policy_pack.cli.deployed import Deployed
    from policy_pack.cli.exported import Exported
    from policy_pack.cli.reading import Reader
    from policy_pack.linter.mending import Mended
    from policy_pack.live.reviewing import LiveReview
    from policy_pack.source.files import Sources
    from policy_pack.source.project import Project


def run(options: argparse.Namespace) -> int:
    """Check everything the command line names. Returns the exit code."""
    try:
        with _without_collector():
            if options.watch:
                from policy_pack.cli.watching import watch

                watch(options, partial(_watched_run, options))
            return _run(options, set())
    except (UsageError, ConfigError, CatalogError) as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Hold the collector of cyclic garbage: of the millions of nodes of syntax trees none is garbage.

    Looking through them again and again takes a third of the time of a thousand files.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _watched_run(options: argparse.Namespace) -> tuple[int, set[str]]:
    """One of many runs: what is wrong with it is said, and mended before the next."""
    read: set[str] = set()
    try:
        return _run(options, read), read
    except (UsageError, ConfigError, CatalogError) as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN, read


def _run(options: argparse.Namespace, read: set[str]) -> int:
    """Check, and add to `read` the files that it took."""
    found = given(options.paths, all_source=options.only == "source")
    missing = nothing_in(found, options)
    if missing:
        sys.stderr.write(f"{missing}\n")
        return NOTHING
    session = open_session(found.starts(), options)
    reader = reader_of(found)
    mended = None
    if options.fix or options.diff:
        rules = session.selected("source")
        mended = _mended(reader, partial(session.new_checker, rules), options)
        if options.diff:
            return _show_diff(mended)
    report = replace(session.report(reader, found.exports, options), fixed=mended.fixed if mended else 0)
    read.update(report.sources.files())
    write(report, options, session.settings["output-format"])
    return exit_code(report, session.settings["fail-on"].value)


def nothing_in(found: Given, options: argparse.Namespace) -> str | None:
    """Say that there is nothing to check, None when there is something."""
    has_plans = options.only != "source" and bool(found.directories or found.exports)
    has_source = options.only != "program" and bool(found.directories or found.files)
    if has_plans or has_source:
        return None
    wanted = "Pulumi.yaml or Python file" if options.only == "source" else "Pulumi.yaml"
    return f"nothing to check: no {wanted} at or below {', '.join(options.paths)}"


class Session(Struct, frozen=True):
    """What a check works with: settings, which rules they want, what makes a checker, and AWS if it is asked.

    `settings` are those of the first program, which decide on the output; `choice` knows those of each.
    """

    settings: Mapping[str, Setting]
    choice: Choice
    new_checker: Callable[..., Checker]
    review: LiveReview | None

    def selected(self, only: str | None) -> list[Rule]:
        """Our rules that are wanted: all, or only those about `source` or about the `program` that is run."""
        known = registry.modules()
        wanted = {"source": registry.about_source(), "program": known.keys() - registry.about_source()}
        return registry.load_all(filter(self.choice.is_wanted_anywhere, wanted.get(only or "", known)))

    def report(self, reader: Reader, exports: Sequence[str], options: argparse.Namespace) -> Report:
        """Check everything that is given.

        Raises UsageError for options that cannot be, ConfigError and CatalogError for broken files.
        """
        checker = self.new_checker([])
        _check(self, reader, exports, checker, options)
        return replace(checker.report(), live=self.review.summary() if self.review else None)


def open_session(starts: Sequence[Path], options: argparse.Namespace) -> Session:
    """Read the settings that hold from some directories on, the first of which decides on the output.

    Raises:
        UsageError: options that cannot be.
        ConfigError: a configuration is broken.
    """
    choice = Choice([find_config(start) for start in starts], os.environ, options)
    choice.reject_unknown_names()
    today = datetime.datetime.now(tz=datetime.timezone.utc).date()
    review = _review(options, today)
    new_checker = partial(
        Checker,
        known_rules=frozenset({*choice.known_names(), *diagnostics.ALL}),
        catalogs=Catalogs(),
        today=today,
        working_directory=os.getcwd(),  # noqa: PTH109 - a text is what it is used as
        review=review,
        wants=choice.wants,
    )
    return Session(choice.settings(choice.configs[0]), choice, new_checker, review)


def reader_of(found: Given) -> Reader:
    """What reads the source of everything that is given. Raises UsageError for a broken project file."""
    from policy_pack.cli.reading import Reader

    return Reader(_projects(found.directories), found.files, dict(os.environ))


def _projects(directories: Sequence[Path]) -> list[Project]:
    if not directories:
        return []
    from policy_pack.source.project import ProjectError, find_project

    try:
        return [find_project(directory) for directory in directories]
    except ProjectError as error:
        raise UsageError(str(error)) from error


def _check(
    session: Session, reader: Reader, exports: Sequence[str], checker: Checker, options: argparse.Namespace
) -> None:
    def read() -> None:
        checker.rules = session.selected(options.only if reader.projects or exports else "source")
        if options.only != "program":
            reader.check(checker)

    if options.only == "source" or not (reader.projects or exports):
        read()
        return
    from policy_pack.cli.deployed import read_deployed

    deployed = read_deployed(options.state)
    exported = _exported(exports)
    names = [each.stack for each in exported]
    if reader.projects:
        _simulate(reader, names, deployed, checker, session.choice, options, read)
    else:
        deployed.reject_others(names)
        read()
    if exported:
        from policy_pack.cli.exported import check_exported

        check_exported(exported, deployed, reader.variables, checker)


def _exported(names: Sequence[str]) -> list[Exported]:
    if not names:
        return []
    from policy_pack.cli.exported import read_exported

    return read_exported(names)


def _simulate(
    reader: Reader,
    also: Sequence[str],
    deployed: Deployed,
    checker: Checker,
    choice: Choice,
    options: argparse.Namespace,
    meanwhile: Callable[[], None],
) -> None:
    from policy_pack.cli.simulating import simulate, targets_of
    from policy_pack.simulator import ProjectError

    values = config_values(options.config)
    try:
        targets = targets_of(reader.projects, choice.settings, reader.variables, values)
        simulate(targets, deployed, checker, meanwhile, also)
    except ProjectError as error:
        raise UsageError(str(error)) from error


def _mended(reader: Reader, new_checker: Callable[..., Checker], options: argparse.Namespace) -> Mended:
    """Fix what can be fixed, before anything is run; with `--diff` only in memory."""
    from policy_pack.linter.mending import MendingError, mend

    def look(sources: Sources) -> Report:
        checker = new_checker(sources=sources)
        reader.check(checker)
        return checker.report()

    mended = mend(look, unsafe=options.fix == "unsafe")
    for finding, reason in mended.left:
        place = f"{finding.span.path}:{finding.span.line}: " if finding.span else ""
        sys.stderr.write(f"not fixed: {place}{finding.rule}: {reason}\n")
    if not options.diff:
        try:
            mended.write()
        except MendingError as error:
            raise UsageError(str(error)) from error
    return mended


def _show_diff(mended: Mended) -> int:
    sys.stdout.write(mended.diff(os.getcwd()))  # noqa: PTH109
    number = len(mended.texts)
    sys.stderr.write(f"{mended.fixed} would be fixed in {number} file{'' if number == 1 else 's'}\n")
    return FOUND if mended.texts else CLEAN


def _review(options: argparse.Namespace, today: datetime.date) -> LiveReview | None:
    if options.live and options.only == "source":
        raise UsageError("`--live` asks about resources, which `--only source` does not look at")
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


def exit_code(report: Report, fail_on: str) -> int:
    """What a report means for a gate that fails from a severity on."""
    if report.incomplete or any(finding.rule in diagnostics.ALWAYS for finding in report.findings):
        return BROKEN
    if not (report.resources if report.programs else report.source_files):
        return NOTHING
    if fail_on == "never":
        return CLEAN
    limit = Severity(fail_on).rank
    return FOUND if any(finding.severity.rank <= limit for finding in report.active()) else CLEAN
