"""One finding for one mistake: what a program's run and its source both show is named by the source rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from policy_pack.linter import diagnostics
from policy_pack.model import Finding, Severity, SourceSpan

# Findings of a run that a source rule makes at a better place; an exception is any source error's.
_SAME = {
    "stringified-output": frozenset({"output-in-string"}),
    "duplicate-urn": frozenset({"name-not-unique"}),
    "export-shows-secret": frozenset({"secret-exported"}),
    "resource-created-in-apply": frozenset({"resource-in-apply"}),
}
_RAISED = frozenset({"apply-raises", diagnostics.PROGRAM_FAILED.name})


def joined(
    ran: Iterable[Finding], read: Iterable[Finding], extent: Callable[[SourceSpan], SourceSpan | None]
) -> tuple[list[Finding], list[Finding]]:
    """The findings of runs that stay, and those of the source with what they take over.

    The run may have met the mistake where it is made or where it raises. `extent` gives the statement around
    a place: it raises once, whichever of its parts is to blame. It gives None for a file without a syntax
    tree: whatever is wrong there is why it cannot be run.
    """
    staying: list[Finding] = []
    sources = list(read)
    for finding in ran:
        number = _same(finding, sources, extent)
        if number is None:
            staying.append(finding)
        else:
            sources[number] = _taking_over(sources[number], finding)
    return staying, sources


def _same(
    finding: Finding, sources: Sequence[Finding], extent: Callable[[SourceSpan], SourceSpan | None]
) -> int | None:
    for number, source in enumerate(sources):
        places = dict.fromkeys((source.span, source.raises))
        if _is_of_kind(finding, source) and any(_meets(finding, place, extent) for place in places):
            return number
    return None


def _meets(
    finding: Finding, place: SourceSpan | None, extent: Callable[[SourceSpan], SourceSpan | None]
) -> bool:
    if finding.span is None or place is None or place.path != finding.span.path:
        return False
    around = extent(place)
    return around is None or _overlap(around, finding.span)


def _is_of_kind(finding: Finding, source: Finding) -> bool:
    if finding.rule == diagnostics.PROGRAM_FAILED.name and source.suppressed is not None:
        # A comment cannot silence that a program does not run.
        return False
    if finding.rule in _RAISED and (source.raises is not None or source.severity is Severity.ERROR):
        return True
    return source.rule in _SAME.get(finding.rule, ())


def _overlap(one: SourceSpan, other: SourceSpan) -> bool:
    return one.covers(other.line) or other.covers(one.line)


def _taking_over(source: Finding, ran: Finding) -> Finding:
    more = {
        key: getattr(source, key) or getattr(ran, key)
        for key in ("urn", "resource_type", "resource_name", "suppressed", "evidence")
    }
    if ran.severity.rank < source.severity.rank:
        more |= {"severity": ran.severity, "confidence": ran.confidence}
    return replace(source, stacks=tuple(dict.fromkeys((*source.stacks, *ran.stacks))), **more)
