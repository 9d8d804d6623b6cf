"""Annotations of GitHub Actions: workflow commands, which stand beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from policy_pack.linter.report import Report
from policy_pack.model import Finding, Severity, SourceSpan
from policy_pack.report.remarks import remarks
from policy_pack.report.repository import Repository
from policy_pack.report.style import printable

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, color: bool) -> str:
    """A command a line, errors first: GitHub shows ten of a kind for each step. `color` is not used."""
    repository = Repository(report)
    ordered = sorted(report.active(), key=lambda finding: finding.severity.rank)
    return "".join(_command(finding, repository) + "\n" for finding in ordered)


def _command(finding: Finding, repository: Repository) -> str:
    places = _place(finding.span, repository) if finding.span else ()
    properties = (*places, ("title", finding.rule))
    given = ",".join(f"{key}={_property(value)}" for key, value in properties)
    text = "\n".join(map(printable, (finding.message, *remarks(finding))))
    return f"::{_COMMANDS[finding.severity]} {given}::{_data(text)}"


def _place(span: SourceSpan, repository: Repository) -> Iterator[tuple[str, str]]:
    yield "file", repository.path(span.path)
    yield "line", str(span.line)
    if span.end_line is None:
        return
    yield "endLine", str(span.end_line)
    # GitHub takes columns only within one line.
    if span.end_line == span.line and span.end_column is not None:
        yield "col", str(span.column)
        yield "endColumn", str(span.end_column)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
