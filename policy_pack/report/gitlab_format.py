"""GitLab's code quality report, which a merge request shows beside its lines."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from policy_pack.linter.report import Report
from policy_pack.model import Finding, Severity
from policy_pack.report.repository import Repository, numbered
from policy_pack.report.style import printable

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(report: Report, color: bool) -> str:
    """A JSON array of what counts; `color` makes no difference."""
    repository = Repository(report)
    issues = [_issue(*item, repository) for item in numbered(report.active())]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issue(finding: Finding, fingerprint: str, number: int, repository: Repository) -> dict[str, Any]:
    place = repository.place(finding)
    described = (finding.message, *(part for part in (finding.help,) if part))
    return {
        "check_name": finding.rule,
        "description": printable("; ".join(described)),
        "severity": _SEVERITIES[finding.severity],
        # GitLab shows only one issue of a fingerprint.
        "fingerprint": fingerprint if number == 1 else _further(fingerprint, number),
        "location": {
            "path": repository.path(place.path),
            "lines": {"begin": place.line, "end": place.end_line or place.line},
        },
    }


def _further(fingerprint: str, number: int) -> str:
    return hashlib.sha256(f"{fingerprint}:{number}".encode()).hexdigest()[: len(fingerprint)]
