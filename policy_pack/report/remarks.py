"""What formats for people say of a finding beside its message."""

from __future__ import annotations

from policy_pack.model import Evidence, Finding


def remarks(finding: Finding) -> list[str]:
    """What a finding says beside its message, each part with its name before it."""
    parts = []
    if finding.resource_type:
        where = f" in {', '.join(finding.stacks)}" if finding.stacks else ""
        prop = f", property `{finding.property_path}`" if finding.property_path else ""
        parts.append(f'resource: {finding.resource_type} "{finding.resource_name}"{prop}{where}')
    elif finding.stacks:
        parts.append(f"stack: {', '.join(finding.stacks)}")
    if finding.note:
        parts.append(f"note: {finding.note}")
    parts += [f"evidence: {_evidence(item)}" for item in finding.evidence]
    if finding.confidence.value != "certain":
        parts.append(f"confidence: {finding.confidence.value}")
    if finding.help:
        parts.append(f"help: {finding.help}")
    if finding.fix:
        parts.append(f"fix: {finding.fix.title} ({'--fix' if finding.fix.safe else '--fix=unsafe'})")
    return parts


def _evidence(evidence: Evidence) -> str:
    dated = f"data of {evidence.fetched}" if evidence.fetched else None
    parts = (evidence.source, dated, evidence.scope, evidence.url)
    return "; ".join(part for part in parts if part)
