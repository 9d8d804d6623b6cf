"""What rules yield (problems), and the same once placed in the user's files (findings)."""

from __future__ import annotations

import enum
from pathlib import PurePath

from msgspec import Struct

from policy_pack.model.source import SourceSpan


class Severity(str, enum.Enum):
    """What happens: the deployment fails, probably fails or differs from what was written, or neither."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for an error, rising as it matters less."""
        return ("error", "warning", "note").index(self.value)


class Confidence(str, enum.Enum):
    """How we know: a verified fact, one source or an old list, or something that rests on a prediction."""

    CERTAIN = "certain"
    LIKELY = "likely"
    ASSUMED = "assumed"


class Evidence(Struct, frozen=True):
    """The fact a finding rests on: who says so, when it was read (ISO date), for where, and a page."""

    source: str
    fetched: str | None = None
    scope: str | None = None
    url: str | None = None


class Edit(Struct, frozen=True):
    """A stretch of a file and the text that takes its place; an empty stretch is an insertion."""

    span: SourceSpan
    text: str


class Fix(Struct, frozen=True):
    """A change that mends a problem. A safe one does not change what correct code around it does."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


class Problem(Struct, frozen=True):
    """What a rule says about its subject.

    `message` says what and names the value, `note` why, `help` what to write instead. `property_path` is a
    Pulumi property path; `urn` is needed only from rules that look at a whole plan. `severity` and
    `confidence` default to the rule's own. `raises` is the place where Python raises an exception because
    of the problem, which need not be where the mistake is.
    """

    message: str
    help: str | None = None
    note: str | None = None
    property_path: str | None = None
    urn: str | None = None
    severity: Severity | None = None
    confidence: Confidence = Confidence.CERTAIN
    evidence: tuple[Evidence, ...] = ()
    span: SourceSpan | None = None
    raises: SourceSpan | None = None
    element: str | None = None
    fix: Fix | None = None


class NotEvaluated(Struct, frozen=True):
    """A property that a rule could not judge, and why."""

    rule: str
    urn: str
    property_path: str | None
    reason: str


class Suppression(Struct, frozen=True):
    """Why a finding does not count: `kind` is `ignore` or `fixme`; `until` an ISO date."""

    kind: str
    reason: str
    until: str | None = None


class Finding(Struct, frozen=True):
    """A placed problem. `span.path` is relative to the working directory where it can be."""

    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    note: str | None = None
    help: str | None = None
    span: SourceSpan | None = None
    urn: str | None = None
    resource_type: str | None = None
    resource_name: str | None = None
    property_path: str | None = None
    stacks: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    suppressed: Suppression | None = None
    fix: Fix | None = None
    raises: SourceSpan | None = None

    @property
    def fingerprint(self) -> str:
        """Stable over runs, stacks, machines and moved lines.

        Made of rule, resource and property; of file and message where there is no resource.
        """
        import hashlib

        file = PurePath(self.span.path).name if self.span else ""
        subject = _without_stack(self.urn) if self.urn else f"{file}\0{self.message}"
        parts = (self.rule, subject, self.property_path or "")
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def sort_key(self) -> tuple[object, ...]:
        """Errors first, then by place."""
        span = self.span or SourceSpan("~", 0)
        place = (span.path, span.line, span.column)
        return (self.severity.rank, *place, self.rule, self.property_path or "", self.urn or "", self.message)


def _without_stack(urn: str) -> str:
    """`urn:pulumi:<stack>::<project>::…` without the stack."""
    return urn.partition("::")[2] or urn
