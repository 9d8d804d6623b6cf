"""One line a finding, as editors and `grep` like it."""

from __future__ import annotations

from policy_pack.linter.report import Report
from policy_pack.model import Finding
from policy_pack.report.style import COLORS, painted, printable


def render(report: Report, color: bool) -> str:
    """`path:line:column: severity[rule] message (stacks)`."""
    return "".join(_line(finding, color) + "\n" for finding in report.active())


def _line(finding: Finding, color: bool) -> str:
    span = finding.span
    place = f"{printable(span.path)}:{span.line}:{span.column}: " if span else ""
    label = painted(f"{finding.severity.value}[{finding.rule}]", COLORS[finding.severity], color)
    stacks = f" ({', '.join(finding.stacks)})" if finding.stacks else ""
    return f"{place}{label} {printable(finding.message)}{stacks}"
