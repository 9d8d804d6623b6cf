"""Runs rules and says of each problem what a policy reports: the text, and whether it blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policy_pack.catalog.errors import RefreshedError
from policy_pack.crossguard.preview import Preview
from policy_pack.linter.masking import Mask, masker, secrets_of
from policy_pack.linter.running import Hit, run_rules
from policy_pack.linter.weighing import weighed
from policy_pack.model import Evidence, Plan, Problem, Severity
from policy_pack.rules.rule import Rule

FAIL_ON = "failOn"
Given = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Violation:
    """One problem as a policy reports it. One that does not block is advisory whatever the policy's level."""

    rule: str
    text: str
    severity: Severity
    blocks: bool
    urn: str | None = None


def gravest(rule: Rule, preview: Preview) -> Severity:
    """The gravest severity that a rule's problems can have; its examples show the ones beside its own."""
    level = preview.level(rule)
    if level in list(Severity):
        return Severity(level)
    shown = (example.severity for example in rule.flagged if example.severity)
    return min((rule.severity, *shown), key=lambda severity: severity.rank)


def judge(rules: Sequence[Rule], plan: Plan, preview: Preview, given: Given) -> list[Violation]:
    """What some rules say of a plan; `given` holds the configuration of each policy by name."""
    wanted = [rule for rule in rules if preview.wants(rule)]
    outcome = run_rules(plan, wanted, lambda rule: preview.facts(rule, given.get(rule.name, {})))
    if not (outcome.hits or outcome.crashes or outcome.unreadable):
        return []
    mask = masker(secrets_of(replace(plan, config=preview.config)))
    by_name = {rule.name: rule for rule in wanted}
    found = [
        _violation(hit, mask, *_weight(by_name[hit.rule], hit.problem, preview, given))
        for hit in outcome.hits
    ]
    crashed = [_crash(by_name[name], trace, mask) for name, trace in outcome.crashes.items()]
    return found + crashed + [_unread(*each) for each in outcome.unreadable.items()]


def _violation(hit: Hit, mask: Mask, severity: Severity, blocks: bool) -> Violation:
    return Violation(
        rule=hit.rule,
        text=mask("\n".join(_lines(hit.problem))),
        severity=severity,
        blocks=blocks,
        urn=hit.problem.urn or (hit.resource.urn if hit.resource else None),
    )


def _weight(rule: Rule, problem: Problem, preview: Preview, given: Given) -> tuple[Severity, bool]:
    """The problem's severity, and whether it blocks; only what is certain is an error by default."""
    severity = weighed(rule, problem, preview.level(rule))
    return severity, severity.rank <= _threshold(rule, preview, given).rank


def _threshold(rule: Rule, preview: Preview, given: Given) -> Severity:
    wanted = given.get(rule.name, {}).get(FAIL_ON)
    return Severity(wanted) if wanted in list(Severity) else gravest(rule, preview)


def _lines(problem: Problem) -> Iterator[str]:
    yield problem.message
    if problem.note:
        yield f"note: {problem.note}"
    if problem.help:
        yield f"help: {problem.help}"
    for evidence in problem.evidence:
        yield f"source: {_source(evidence)}"


def _source(evidence: Evidence) -> str:
    when = ", ".join(filter(None, (evidence.fetched, evidence.scope)))
    return " ".join(filter(None, (evidence.source, f"({when})" if when else None, evidence.url)))


def _unread(rule: str, error: RefreshedError) -> Violation:
    text = f"the rule `{rule}` has judged nothing more here: it cannot read its facts\nnote: {error}"
    return Violation(rule, text, Severity.WARNING, blocks=False)


def _crash(rule: Rule, trace: str, mask: Mask) -> Violation:
    reason = mask(trace.strip().rpartition("\n")[2])
    text = (
        f"the rule `{rule.name}` raised an exception, so it has judged nothing more here: {reason}\n"
        "note: the fault is in Preflight, not in the program; every other rule was run\n"
        f'help: report it; until it is mended, set `"{rule.name}": "disabled"` in the pack\'s configuration'
    )
    return Violation(rule.name, text, Severity.WARNING, blocks=False)
