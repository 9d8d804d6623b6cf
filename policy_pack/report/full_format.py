"""The format for people: each finding with its line, reason, evidence and remedy."""

from __future__ import annotations

from policy_pack.linter.report import Report
from policy_pack.model import Finding, SourceSpan
from policy_pack.report.remarks import remarks
from policy_pack.report.style import BLUE, BOLD, COLORS, cells, painted, printable


def render(report: Report, color: bool) -> str:
    """Every finding that counts, with a blank line between."""
    return "\n".join(_finding(finding, report, color) for finding in report.active())


def _finding(finding: Finding, report: Report, color: bool) -> str:
    label = painted(f"{finding.severity.value}[{finding.rule}]", COLORS[finding.severity], color)
    lines = [f"{label}: {painted(printable(finding.message), BOLD, color)}"]
    width = len(str(finding.span.line)) if finding.span else 1
    if finding.span is not None:
        lines += _excerpt(finding, finding.span, report, width, color)
    bar = painted(f"{' ' * width} =", BLUE, color)
    lines += [f"{bar} {printable(part)}" for part in remarks(finding)]
    return "\n".join(lines) + "\n"


def _excerpt(finding: Finding, span: SourceSpan, report: Report, width: int, color: bool) -> list[str]:
    gutter = painted(f"{' ' * width} |", BLUE, color)
    arrow = painted(f"{' ' * width}-->", BLUE, color)
    lines = [f"{arrow} {printable(span.path)}:{span.line}:{span.column}"]
    original = report.source_line(finding)
    shown = report.mask(original)
    if shown.strip():
        number = painted(f"{span.line} |", BLUE, color)
        lines += [gutter, f"{number} {printable(shown.rstrip())}"]
        if shown == original:
            marks = painted(_marks(span, original), COLORS[finding.severity], color)
            lines.append(f"{gutter} {marks}")
        lines.append(gutter)
    return lines


def _marks(span: SourceSpan, line: str) -> str:
    """`^^^` under the span; a span of several lines is marked to the end of its first."""
    start = span.column - 1
    end = len(line.rstrip())
    if span.end_column is not None and span.end_line in (None, span.line):
        end = span.end_column - 1
    lead, marked = printable(line[:start]), printable(line[start:end])
    return " " * cells(lead) + "^" * max(cells(marked), 1)
