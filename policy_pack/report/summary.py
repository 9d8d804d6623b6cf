"""The last line of every run, and with `-v` what could not be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from policy_pack.linter.report import Report
from policy_pack.model import ProgramRun, Severity
from policy_pack.report.style import printable

if TYPE_CHECKING:
    from policy_pack.catalog import Outdated


def summary_line(report: Report, *, verbose: bool = False) -> str:
    """What was found, in how much, and how old the facts are; before it, which of them are too old."""
    details = _details(report) if verbose else []
    return "\n".join([*details, *_outdated(report), " · ".join(_parts(report))])


def _parts(report: Report) -> list[str]:
    counts = [
        _counted(report.count(severity), severity.value) for severity in Severity if report.count(severity)
    ]
    clean = "clean: no errors, no warnings" if _has_subjects(report) else "nothing to check"
    verdict = ", ".join(counts) if counts else clean
    parts = [f"{verdict} in {_subjects(report)}"]
    if report.fixed:
        parts.append(f"{report.fixed} fixed")
    parts += _fixable(report)
    if report.ignored:
        parts.append(f"{report.ignored} ignored")
    if report.not_evaluated:
        parts.append(f"{len(report.not_evaluated)} not evaluated")
    if report.data_of:
        parts.append(f"data of {report.data_of}")
    if report.live:
        parts.append(printable(report.live))
    return parts


def _has_subjects(report: Report) -> bool:
    return bool(report.resources if report.programs else report.source_files)


def _subjects(report: Report) -> str:
    if not report.programs and report.source_files:
        return _counted(report.source_files, "file")
    return f"{_counted(report.resources, 'resource')} of {_stacks(report)}"


def _fixable(report: Report) -> Iterator[str]:
    safe, unsafe = report.fixable(safe=True), report.fixable(safe=False)
    if safe:
        yield f"{safe} fixable with `--fix`"
    if unsafe:
        yield f"{unsafe} with `--fix=unsafe`" if safe else f"{unsafe} fixable with `--fix=unsafe`"


def _outdated(report: Report) -> Iterator[str]:
    live = [each for each in report.outdated if each.live]
    shipped = [each for each in report.outdated if not each.live]
    remedies = []
    if live:
        command = " ".join(["preflight refresh", *(each.catalog for each in live)])
        remedies.append(f"{_named(live)}: renew with `{command}`")
    if shipped:
        remedies.append(f"{_named(shipped)}: upgrade Preflight")
    if remedies:
        yield f"facts past their age limit: {'; '.join(remedies)}"


def _named(catalogs: Sequence[Outdated]) -> str:
    shown = [f"{each.catalog} of {each.fetched} (good for {each.max_age_days} days)" for each in catalogs[:3]]
    more = [f"{len(catalogs) - 3} more"] if len(catalogs) > 3 else []
    return ", ".join(shown + more)


def _stacks(report: Report) -> str:
    named = [printable(f"{program.project}/{program.stack}") for program in report.programs]
    return ", ".join(named) if len(named) <= 4 else f"{len(named)} stacks"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _details(report: Report) -> list[str]:
    lines = [_program(program) for program in report.programs]
    missing = dict.fromkeys(layer for program in report.programs for layer in program.missing_layers)
    lines += [f"not in the sandbox on this machine: {layer}" for layer in missing]
    lines += [
        f"not evaluated: {item.rule}"
        + (f" on {item.urn}" if item.urn else "")
        + (f", `{item.property_path}`" if item.property_path else "")
        + f": {item.reason}"
        for item in report.not_evaluated
    ]
    traces = [line for trace in report.tracebacks for line in trace.splitlines()]
    return [*map(printable, (*lines, *traces)), ""]


def _program(program: ProgramRun) -> str:
    return (
        f"{program.path} ({program.stack}): {program.status}, {_counted(program.resources, 'resource')}, "
        f"{program.applies_run} of {_counted(program.applies, 'apply callback')} run, "
        f"{_counted(program.unknown_inputs, 'unknown input')}"
        + (f"; {program.detail}" if program.detail else "")
    )
