"""Keeps secrets out of everything that is printed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from policy_pack.model import Finding, Fix, NotEvaluated, Plan, Problem, ProgramRun, Resource
from policy_pack.model.values import secret_texts

MASK = "[secret]"
# Hidden wherever they stand; a secret of two characters only where it stands alone, one of one never.
SHORTEST = 3
_QUOTE = re.compile("`([^`]+)`")

Mask = Callable[[str], str]


def secrets_of(plan: Plan) -> set[str]:
    """Every secret text in a plan."""
    resources = (holder for each in plan.resources for holder in (each.inputs, each.outputs))
    holders = (plan.config, plan.exports, *resources)
    return {text for holder in holders for text in secret_texts(dict(holder))}


def masker(secrets: Iterable[str]) -> Mask:
    """Hides every secret in a text, whatever its case, the longest first."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret) if len(spelling) > 1}
    if not spellings:
        return str
    hidden = sorted(spellings, key=lambda text: (-len(text), text))
    pattern = re.compile("|".join(map(_pattern, hidden)), re.IGNORECASE)
    return lambda text: pattern.sub(MASK, text)


def _pattern(secret: str) -> str:
    escaped = re.escape(secret)
    return escaped if len(secret) >= SHORTEST else rf"(?<!\w){escaped}(?!\w)"


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it may stand in a text: itself, one of its lines, and as Python and JSON write it."""
    for text in (secret, *secret.splitlines()):
        yield text.strip()
        yield repr(text)[1:-1].strip()
        yield json.dumps(text)[1:-1].strip()


def masked_finding(finding: Finding, mask: Mask) -> Finding:
    """A finding without secrets; what its types and places are made of holds none."""
    return replace(
        finding,
        message=mask(finding.message),
        note=_optional(finding.note, mask),
        help=_optional(finding.help, mask),
        urn=_optional(finding.urn, mask),
        resource_name=_optional(finding.resource_name, mask),
        property_path=_optional(finding.property_path, mask),
        fix=finding.fix and _masked_fix(finding.fix, mask),
        suppressed=finding.suppressed and replace(finding.suppressed, reason=mask(finding.suppressed.reason)),
    )


def _masked_fix(fix: Fix, mask: Mask) -> Fix:
    edits = tuple(replace(edit, text=mask(edit.text)) for edit in fix.edits)
    return replace(fix, title=mask(fix.title), edits=edits)


def masked_missed(missed: NotEvaluated, mask: Mask) -> NotEvaluated:
    """The same for what was not evaluated."""
    path = _optional(missed.property_path, mask)
    return replace(missed, urn=mask(missed.urn), property_path=path, reason=mask(missed.reason))


def masked_run(run: ProgramRun, mask: Mask) -> ProgramRun:
    """The same for a program's run."""
    return replace(run, detail=_optional(run.detail, mask))


def quotes_hidden(problem: Problem, resource: Resource | None) -> Problem:
    """The problem without quotes of a part of the secret that it is about, or of what was made of one."""
    key = (problem.property_path or "").partition("[")[0].partition(".")[0]
    inputs = resource.inputs if resource else {}
    secrets = set(map(_letters, secret_texts(inputs[key] if key in inputs else dict(inputs))))
    if not secrets - {""}:
        return problem

    def hidden(match: re.Match[str]) -> str:
        quote = _letters(match[1])
        is_part = quote and any(quote in secret for secret in secrets)
        is_made = any(len(secret) >= SHORTEST and secret in quote for secret in secrets)
        return f"`{MASK}`" if is_part or is_made else match[0]

    def mask(text: str) -> str:
        return _QUOTE.sub(hidden, text)

    note, help_ = _optional(problem.note, mask), _optional(problem.help, mask)
    return replace(problem, message=mask(problem.message), note=note, help=help_)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _optional(text: str | None, mask: Mask) -> str | None:
    return mask(text) if text else text
