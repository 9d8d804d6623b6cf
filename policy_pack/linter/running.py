"""Runs rules over one plan. A rule that raises becomes a problem of its own; the others still run."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct, field

from policy_pack.catalog.errors import RefreshedError
from policy_pack.catalog.facts import Facts
from policy_pack.linter.masking import quotes_hidden
from policy_pack.model import NotEvaluated, Plan, Problem, Resource, Severity
from policy_pack.rules.rule import ANY_TYPE, PlanRule, PlanView, ResourceRule, Rule, View

# No rule has more to say, of a whole stack either.
MOST = 100_000

FactsFor = Callable[[Rule], Facts]


class Hit(Struct, frozen=True):
    """A rule's problem with the resource it is about; None for a problem of the program itself."""

    rule: str
    problem: Problem
    resource: Resource | None


class Outcome(Struct):
    """What the rules said of a plan.

    `crashes` maps a rule to its traceback, `unreadable` one to the user's facts that it cannot read.
    """

    hits: list[Hit] = field(default_factory=list)
    not_evaluated: list[NotEvaluated] = field(default_factory=list)
    crashes: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, RefreshedError] = field(default_factory=dict)


def run_rules(plan: Plan, rules: Sequence[Rule], facts_for: FactsFor) -> Outcome:
    """Run every rule over every resource it asks for, and the plan rules once, if the plan is whole."""
    outcome = Outcome()
    by_type = _by_type(rules)
    general = by_type.get(ANY_TYPE, [])
    facts = {rule.name: facts_for(rule) for rule in rules}
    for resource in plan.resources:
        for rule in (*general, *by_type.get(resource.type, ())):
            note = _Missed(rule.name)
            problems = partial(rule.check, View(resource, note), facts[rule.name])
            _collect(problems, note, outcome, resource)
    for plan_rule in rules:
        if not isinstance(plan_rule, PlanRule):
            continue
        if plan.partial is not None:
            outcome.not_evaluated.append(NotEvaluated(plan_rule.name, "", None, plan.partial))
        else:
            note = _Missed(plan_rule.name)
            problems = partial(plan_rule.check, PlanView(plan, note), facts[plan_rule.name])
            _collect(problems, note, outcome, plan)
    outcome.hits = without_echoes(outcome.hits, plan)
    return outcome


def _by_type(rules: Iterable[Rule]) -> Mapping[str, list[ResourceRule]]:
    groups: dict[str, list[ResourceRule]] = defaultdict(list)
    for rule in rules:
        if isinstance(rule, ResourceRule):
            for token in rule.resource_types:
                groups[token].append(rule)
    return groups


class _Missed:
    """Notes what a rule could not judge, each property once."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.noted: dict[tuple[str, str], NotEvaluated] = {}

    def __call__(self, urn: str, path: str, reason: str) -> None:
        self.noted.setdefault((urn, path), NotEvaluated(self.rule, urn, path or None, reason))


def _collect(
    problems: Callable[[], Iterable[Problem]], note: _Missed, outcome: Outcome, subject: Resource | Plan
) -> None:
    try:
        for number, problem in enumerate(problems()):
            if number == MOST:
                raise OverflowError(f"more than {MOST} problems")
            check_problem(problem)
            about = subject.by_urn.get(problem.urn or "") if isinstance(subject, Plan) else subject
            outcome.hits.append(Hit(note.rule, quotes_hidden(problem, about), about))
    except RefreshedError as error:
        outcome.unreadable.setdefault(note.rule, error)
    except (Exception, SystemExit):
        outcome.crashes.setdefault(note.rule, traceback.format_exc())
    outcome.not_evaluated.extend(note.noted.values())


def check_problem(problem: object) -> None:
    """Raise TypeError for what a rule yields that is no problem, or not made of what one is made of."""
    if not isinstance(problem, Problem):
        raise TypeError(f"a rule yields problems, not {type(problem).__name__}")
    texts = (problem.message, problem.help or "", problem.note or "", problem.property_path or "")
    if not all(isinstance(text, str) for text in (*texts, problem.urn or "")):
        raise TypeError("the texts, the path and the URN of a problem are texts")
    if not isinstance(problem.severity or Severity.NOTE, Severity):
        raise TypeError("the severity of a problem is a `Severity`")


def without_echoes(hits: list[Hit], plan: Plan) -> list[Hit]:
    """Leave out a problem whose value came from another resource's output that shows the same problem."""
    values = {
        (hit.rule, hit.resource.urn, repr(hit.resource.at(hit.problem.property_path)))
        for hit in hits
        if hit.resource is not None and hit.problem.property_path
    }

    def is_echo(hit: Hit) -> bool:
        path = hit.problem.property_path
        if hit.resource is None or not path:
            return False
        key = path.partition("[")[0].partition(".")[0]
        value = repr(hit.resource.at(path))
        sources = hit.resource.property_dependencies.get(key, ())
        return any((hit.rule, urn, value) in values for urn in sources if urn != hit.resource.urn)

    return [hit for hit in hits if not is_echo(hit)]
