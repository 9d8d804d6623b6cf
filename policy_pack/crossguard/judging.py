"""Runs rules and says of each problem what a policy reports: the text, and whether it blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from policy_pack.catalog.errors import RefreshedError
from policy_pack.crossguard.configuring import FAIL_ON
from policy_pack.crossguard.descriptions import gravest
from policy_pack.crossguard.preview import Preview
from policy_pack.crossguard.watchdog import watched
from policy_pack.linter.diagnostics import ALL, INTERNAL_ERROR
from policy_pack.linter.masking import Mask, masker, secrets_of
from policy_pack.linter.running import Hit, run_rules
from policy_pack.linter.weighing import weighed
from policy_pack.model import Evidence, Finding, Plan, Problem, Severity, SourceSpan
from policy_pack.rules.rule import Rule


@dataclass(frozen=True)
class Violation:
    """One problem as a policy reports it. One that does not block is advisory whatever the policy's level.

    `path` is the property's; `span` where the program says it, when the rule knows.
    """

    policy: str
    text: str
    severity: Severity
    blocks: bool
    urn: str | None = None
    path: str | None = None
    span: SourceSpan | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """The same for what is found in a preview and in a simulation."""
        return self.policy, self.urn or self.text.partition("\n")[0], self.path or ""


@dataclass(frozen=True)
class Verdict:
    """What rules say of a plan; `missed` are rule and URN where something unknown was in the way."""

    violations: tuple[Violation, ...] = ()
    missed: frozenset[tuple[str, str]] = frozenset()


def judge(rules: Sequence[Rule], plan: Plan, preview: Preview) -> Verdict:
    """What some rules say of a plan."""
    wanted = [rule for rule in rules if preview.wants(rule)]
    with watched():
        outcome = run_rules(plan, wanted, preview.facts)
    missed = frozenset((each.rule, each.urn) for each in outcome.not_evaluated)
    if not (outcome.hits or outcome.crashes or outcome.unreadable):
        return Verdict(missed=missed)
    mask = masker(secrets_of(replace(plan, config=preview.stack.config)))
    by_name = {rule.name: rule for rule in wanted}
    found = [_violation(hit, by_name[hit.rule], mask, preview) for hit in outcome.hits]
    found += [crash(name, trace, mask) for name, trace in outcome.crashes.items()]
    found += [_unread(*each) for each in outcome.unreadable.items()]
    return Verdict(tuple(found), missed)


def of_finding(finding: Finding, rule: Rule | None, preview: Preview, mask: Mask) -> Violation:
    """What a policy reports of a finding of the simulation, which knows where the program says it."""
    own = ALL.get(finding.rule)
    limit = threshold(rule, preview) if rule else (own.severity if own else Severity.ERROR)
    place = f"at {finding.span.path}:{finding.span.line}:{finding.span.column}" if finding.span else None
    lines = _lines(finding, place)
    return Violation(
        policy=finding.rule,
        text=mask("\n".join(lines)),
        severity=finding.severity,
        blocks=finding.severity.rank <= limit.rank and own is None,
        urn=finding.urn,
        path=finding.property_path,
        span=finding.span,
    )


def threshold(rule: Rule, preview: Preview) -> Severity:
    """The least severity that gets the level of a rule's policy."""
    wanted = preview.given.get(rule.name, {}).get(FAIL_ON)
    return Severity(wanted) if wanted in list(Severity) else gravest(rule, preview)


def crash(rule: str, trace: str, mask: Mask = str) -> Violation:
    """What is reported in place of what a rule would have found."""
    reason = mask(trace.strip().rpartition("\n")[2])
    text = (
        f"the rule `{rule}` raised an exception, so it has judged nothing more here: {reason}\n"
        "note: the fault is in Preflight, not in the program; every other rule was run\n"
        f'help: report it; until it is mended, set `"{rule}": "disabled"` in the pack\'s configuration'
    )
    return Violation(INTERNAL_ERROR.name, text, INTERNAL_ERROR.severity, blocks=False)


def breakdown(error: Exception) -> Violation:
    """What is reported when Preflight itself fails. The text of the error may hold anything, a secret too."""
    text = (
        f"Preflight raised {type(error).__name__}, so it has judged nothing more here\n"
        "note: the fault is in Preflight, not in the program\n"
        "help: report it"
    )
    return Violation(INTERNAL_ERROR.name, text, INTERNAL_ERROR.severity, blocks=False)


def _violation(hit: Hit, rule: Rule, mask: Mask, preview: Preview) -> Violation:
    """Only what is certain is an error by default, and only what is grave enough blocks."""
    severity = weighed(rule, hit.problem, preview.level(rule))
    return Violation(
        policy=hit.rule,
        text=mask("\n".join(_lines(hit.problem))),
        severity=severity,
        blocks=severity.rank <= threshold(rule, preview).rank,
        urn=hit.problem.urn or (hit.resource.urn if hit.resource else None),
        path=hit.problem.property_path,
        span=hit.problem.span,
    )


def _lines(found: Problem | Finding, place: str | None = None) -> Iterator[str]:
    yield found.message
    if place:
        yield place
    if found.note:
        yield f"note: {found.note}"
    if found.help:
        yield f"help: {found.help}"
    for evidence in found.evidence:
        yield f"source: {_source(evidence)}"


def _source(evidence: Evidence) -> str:
    when = ", ".join(filter(None, (evidence.fetched, evidence.scope)))
    return " ".join(filter(None, (evidence.source, f"({when})" if when else None, evidence.url)))


def _unread(rule: str, error: RefreshedError) -> Violation:
    text = f"the rule `{rule}` has judged nothing more here: it cannot read its facts\nnote: {error}"
    return Violation(rule, text, Severity.WARNING, blocks=False)
