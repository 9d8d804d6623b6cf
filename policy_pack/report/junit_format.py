"""JUnit's XML, which the test reporters of CI services read: a test case for each program and finding."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from policy_pack.linter import diagnostics
from policy_pack.linter.report import Report
from policy_pack.model import Finding, ProgramRun, Severity
from policy_pack.report.remarks import remarks
from policy_pack.report.repository import Repository
from policy_pack.report.style import printable

# XML has no way to write these, not even escaped.
_IMPOSSIBLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def render(report: Report, color: bool) -> str:
    """One test suite: errors and warnings fail, notes pass, what is silenced is skipped. No `color`."""
    repository = Repository(report)
    suite = ET.Element("testsuite", name="preflight")
    suite.extend(map(_program, report.programs))
    if report.source_files:
        ET.SubElement(suite, "testcase", classname="preflight", name=f"{report.source_files} source files")
    suite.extend(_case(finding, repository) for finding in report.findings)
    counts = {"tests": len(suite)} | {
        f"{kind}s" if kind != "skipped" else kind: len(suite.findall(f"testcase/{kind}"))
        for kind in ("failure", "error", "skipped")
    }
    root = ET.Element("testsuites", {"name": "preflight"} | {key: str(item) for key, item in counts.items()})
    root.append(suite)
    for key, item in counts.items():
        suite.set(key, str(item))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _program(run: ProgramRun) -> ET.Element:
    """Passes even when the program did not end well: a finding says that."""
    return ET.Element("testcase", classname="preflight", name=_line(f"{run.project}/{run.stack}"))


def _case(finding: Finding, repository: Repository) -> ET.Element:
    place = repository.place(finding)
    path = repository.path(place.path)
    subject = finding.urn or f"{path}:{place.line}:{place.column}"
    case = ET.Element(
        "testcase",
        classname=finding.rule,
        name=_line(f"{finding.rule}: {subject}"),
        file=_line(path),
        line=str(place.line),
    )
    outcome = ET.SubElement(case, _outcome(finding))
    if finding.suppressed is not None:
        outcome.set("message", _line(finding.suppressed.reason))
        return case
    if outcome.tag != "system-out":
        outcome.set("message", _line(finding.message))
        outcome.set("type", finding.severity.value)
    outcome.text = "\n".join(map(_line, (finding.message, *remarks(finding))))
    return case


def _outcome(finding: Finding) -> str:
    if finding.suppressed is not None:
        return "skipped"
    if finding.rule in diagnostics.ALWAYS:
        return "error"
    return "system-out" if finding.severity is Severity.NOTE else "failure"


def _line(text: str) -> str:
    return _IMPOSSIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", printable(text))
