"""The report as one JSON object, version 1: every key is there, null where there is nothing to say."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import asdict

from policy_pack.linter.report import Report
from policy_pack.model import Finding, Fix, ProgramRun, Severity

VERSION = 1


def render(report: Report, color: bool) -> str:
    """Indented JSON with a final newline; `color` makes no difference."""
    return json.dumps(as_object(report), indent=2, ensure_ascii=False) + "\n"


def as_object(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    return {
        "version": VERSION,
        "findings": [_finding(finding) for finding in report.findings],
        "not_evaluated": [
            {"rule": item.rule, "urn": item.urn, "property": item.property_path, "reason": item.reason}
            for item in report.not_evaluated
        ],
        "programs": [_program(program) for program in report.programs],
        "summary": {
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "notes": report.count(Severity.NOTE),
            "ignored": report.ignored,
            "baselined": 0,
            "files": report.files,
            "resources": report.resources,
            "data_of": report.data_of,
        },
    }


def _program(program: ProgramRun) -> dict[str, Any]:
    row = asdict(program)
    # Of this machine, not of the program.
    del row["missing_layers"]
    return row


def _finding(finding: Finding) -> dict[str, Any]:
    span = finding.span
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "message": finding.message,
        "note": finding.note,
        "help": finding.help,
        "path": span.path if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
        "urn": finding.urn,
        "resource_type": finding.resource_type,
        "resource_name": finding.resource_name,
        "property": finding.property_path,
        "stacks": list(finding.stacks),
        "evidence": [asdict(item) for item in finding.evidence],
        "fix": _fix(finding.fix) if finding.fix else None,
        "fingerprint": finding.fingerprint,
        "suppressed": asdict(finding.suppressed) if finding.suppressed else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "safe": fix.safe,
        "edits": [asdict(edit.span) | {"text": edit.text} for edit in fix.edits],
    }
