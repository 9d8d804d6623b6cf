"""SARIF 2.1.0, which GitHub's code scanning and many editors read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from policy_pack import __version__
from policy_pack.linter import diagnostics, registry
from policy_pack.linter.masking import MASK
from policy_pack.linter.report import Report
from policy_pack.model import Edit, Finding, Fix, Severity, SourceSpan, Suppression
from policy_pack.report.remarks import remarks
from policy_pack.report.repository import Repository, numbered
from policy_pack.report.rule_page import page, page_of

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}


def render(report: Report, color: bool) -> str:
    """A log of one run, silenced findings among its results; `color` makes no difference."""
    return json.dumps(as_object(report), indent=2, ensure_ascii=False) + "\n"


def as_object(report: Report) -> dict[str, Any]:
    """The log as plain values."""
    repository = Repository(report)
    names = sorted({finding.rule for finding in report.findings})
    indices = {name: index for index, name in enumerate(names)}
    driver = {
        "name": "Preflight",
        "semanticVersion": __version__,
        "rules": [_rule(name, report) for name in names],
    }
    run = {
        "tool": {"driver": driver},
        # Columns are counted in characters, by default SARIF takes UTF-16's units.
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "the root of the repository"}}},
        "invocations": [{"executionSuccessful": _is_whole(report)}],
        "results": [
            _result(finding, f"{key}:{number}", indices, repository)
            for finding, key, number in numbered(report.findings)
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _is_whole(report: Report) -> bool:
    broken = any(finding.rule in diagnostics.ALWAYS for finding in report.findings)
    return not (report.incomplete or broken)


def _rule(name: str, report: Report) -> dict[str, Any]:
    own = report.own.get(name)
    if own is None and name not in diagnostics.ALL and name not in registry.modules():
        return {"id": name}
    written = page(own) if own else page_of(name)
    rule = own or diagnostics.ALL.get(name) or registry.load(name)
    url = getattr(rule, "url", None)
    return {
        "id": name,
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": rule.documentation()},
        "help": {"text": written, "markdown": written},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": ["pulumi", "aws"], "problem.severity": _PROBLEMS[rule.severity]},
        **({"helpUri": url} if url else {}),
    }


def _result(
    finding: Finding, fingerprint: str, indices: Mapping[str, int], repository: Repository
) -> dict[str, Any]:
    fix = finding.fix
    return {
        "ruleId": finding.rule,
        "ruleIndex": indices[finding.rule],
        "level": finding.severity.value,
        "message": {"text": "\n".join((finding.message, *remarks(finding)))},
        "locations": [_location(finding, repository)],
        # The first is the one that GitHub goes by.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "preflight/v1": fingerprint},
        "suppressions": [_suppression(finding.suppressed)] if finding.suppressed else [],
        "fixes": [_fix(fix, repository)] if fix and _is_open(fix) else [],
        "properties": {
            "confidence": finding.confidence.value,
            "property": finding.property_path,
            "stacks": list(finding.stacks),
        },
    }


def _location(finding: Finding, repository: Repository) -> dict[str, Any]:
    place = repository.place(finding)
    physical = {"artifactLocation": _artifact(place.path, repository), "region": _region(place)}
    if finding.urn is None:
        return {"physicalLocation": physical}
    logical = {"fullyQualifiedName": finding.urn, "kind": "resource"}
    if finding.resource_name:
        logical["name"] = finding.resource_name
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _artifact(shown: str, repository: Repository) -> dict[str, Any]:
    path = repository.path(shown)
    uri = quote(path, errors="backslashreplace")
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": ROOT}


def _region(span: SourceSpan) -> dict[str, int]:
    region = {"startLine": span.line, "startColumn": span.column}
    if span.end_line is not None:
        region["endLine"] = span.end_line
    if span.end_column is not None:
        region["endColumn"] = span.end_column
    return region


def _suppression(suppressed: Suppression) -> dict[str, str]:
    until = f" (until {suppressed.until})" if suppressed.until else ""
    return {"kind": "inSource", "status": "accepted", "justification": suppressed.reason + until}


def _is_open(fix: Fix) -> bool:
    """Whether a fix can be written down: one with a masked secret in it would write the mask."""
    return not any(MASK in edit.text for edit in fix.edits)


def _fix(fix: Fix, repository: Repository) -> dict[str, Any]:
    by_path: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.span.path, []).append(edit)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path, repository),
                "replacements": [
                    {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
                    for edit in edits
                ],
            }
            for path, edits in by_path.items()
        ],
    }
