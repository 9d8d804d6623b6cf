"""The contract of a rule, by its own examples: what our rules are held to, and those of others can be."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from policy_pack.catalog import Catalogs
from policy_pack.linter.examples import example_facts, example_plan, run_example
from policy_pack.linter.own_rules import rules_of
from policy_pack.linter.remedies import remedy
from policy_pack.linter.source_examples import DIRECTORY, Texts, fixed_texts, run_texts, texts_of
from policy_pack.linter.source_running import is_about_source
from policy_pack.model import UNKNOWN, Fix, Problem, Secret, SourceSpan, Value
from policy_pack.model.values import holds_unknown
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, ResourceRule, Rule, View

LONGEST_SUMMARY = 90
# One of each kind of value, for a property of which a rule expects another.
STRANGE: tuple[Value, ...] = (None, True, 7, 1.5, "", "text", [], [None], {}, {"key": []}, Secret("text"))


class ContractError(AssertionError):
    """A rule does not keep its contract; the message says of which example, and what came instead."""


@dataclass(frozen=True)
class Case:
    """One thing that a rule must keep; its text is the name of a test."""

    rule: Rule
    title: str
    run: Callable[[], None] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.rule.name}-{self.title}"

    def check(self) -> None:
        """Raise ContractError when the rule does not keep it."""
        self.run()


def rule_cases(*given: str | Rule | type[Rule]) -> Iterator[Case]:
    """Everything that some rules must keep: rules, or modules of them by name.

    Raises:
        OwnRuleError: a module holds no rule, or one that is incomplete or has the name of one of ours.
    """
    catalogs = Catalogs()
    for rule in _rules(given):
        yield Case(rule, "page", partial(check_page, rule))
        for number, flagged in enumerate(rule.flagged):
            yield Case(rule, f"flagged-{number}", partial(check_flagged, rule, flagged, catalogs))
        for allowed in rule.allowed:
            title = f"allowed-{allowed.because.replace(' ', '-')}"
            yield Case(rule, title, partial(check_allowed, rule, allowed, catalogs))
        if isinstance(rule, ResourceRule):
            yield Case(rule, "gaps", partial(check_gaps, rule))
            yield Case(rule, "strange-values", partial(check_strange_values, rule, catalogs))
        if isinstance(rule, ResourceRule | PlanRule):
            for host in ("pulumi-policy", "engine"):
                yield Case(rule, f"policy-{host}", partial(check_policy, rule, host, catalogs))


def rule_params(*given: str | Rule | type[Rule]) -> list[Any]:
    """The cases of some rules for `pytest.mark.parametrize`, each named after its rule and example."""
    import pytest

    return [pytest.param(case, id=str(case)) for case in rule_cases(*given)]


def check_rules(*given: str | Rule | type[Rule]) -> int:
    """Check everything that some rules must keep, and return how much that was.

    Raises:
        ContractError: names every case that is not kept.
    """
    cases = list(rule_cases(*given))
    broken = [f"{case}: {wrong}" for case in cases if (wrong := _wrong(case)) is not None]
    if broken:
        raise ContractError("\n".join(broken))
    return len(cases)


def check_page(rule: Rule) -> None:
    """A rule documents itself: what, why, what to do, and examples of both kinds."""
    _demand(bool(rule.flagged), "there is no `flagged` example")
    _demand(bool(rule.allowed), "there is no `allowed` example")
    summary = rule.summary()
    _demand(summary.endswith("."), "the docstring does not start with a sentence and a full stop")
    _demand(len(summary) <= LONGEST_SUMMARY, f"its first line is longer than {LONGEST_SUMMARY} characters")
    for title in ("Why this fails", "What to do instead"):
        _demand(bool(rule.section(title)), f"the docstring has no text under `## {title}`")
    reads_wrong = rule.name.startswith(("no-", "check-", "ensure-"))
    _demand(not reads_wrong, "the name must be the bad thing, so that `ignore[name]` reads well")


def check_flagged(rule: Rule, example: Flagged, catalogs: Catalogs) -> None:
    """A flagged example yields exactly one problem, which says what it must and is mended by its fix."""
    problem = _only_problem(rule, example, catalogs)
    _demand(example.says in problem.message, f"the message is {problem.message!r}, without {example.says!r}")
    _demand(not problem.message.endswith(".") and "\n" not in problem.message, "the message is no phrase")
    _demand(bool(problem.help), "the problem has no `help`: what to write instead")
    wrong_place = f"the problem is at {problem.property_path!r}, not at {example.at!r}"
    _demand(example.at is None or problem.property_path == example.at, wrong_place)
    severity = problem.severity or rule.severity
    _demand(example.severity in (None, severity), f"the problem is of severity `{severity.value}`")
    if is_about_source(rule):
        texts = texts_of(rule, example.subject)
        _check_span(problem.span, texts)
        _check_fix(rule, example, texts, problem.fix, catalogs)
    elif isinstance(rule, ResourceRule):
        _check_remedy(rule, example, catalogs)


def check_allowed(rule: Rule, example: Allowed, catalogs: Catalogs) -> None:
    """An allowed example yields nothing."""
    found = _problems(rule, example, catalogs)
    _demand(not found, f"expected nothing; found: {_quoted(found)}")


def check_gaps(rule: ResourceRule) -> None:
    """The allowed examples of a rule on one resource show the unknown and the absent value."""
    subjects = [example.subject for example in rule.allowed if isinstance(example.subject, Mapping)]
    unknown = any(holds_unknown(subject) for subject in subjects)
    _demand(unknown, "no allowed example has an unknown value: `UNKNOWN`")
    read = {
        key for example in rule.flagged if isinstance(example.subject, Mapping) for key in example.subject
    }
    absent = any(read - subject.keys() for subject in subjects)
    _demand(absent, "no allowed example lacks a property that is flagged")


def check_strange_values(rule: ResourceRule, catalogs: Catalogs) -> None:
    """No value of a property makes a rule raise, and an unknown one is never flagged."""
    for example in rule.flagged:
        if not isinstance(example.subject, Mapping):
            continue
        for key in example.subject:
            for value in STRANGE:
                changed = _changed(example, key, value)
                _problems(rule, changed, catalogs)
                _remedy(rule, changed, catalogs)
            for problem in _problems(rule, _changed(example, key, UNKNOWN), catalogs):
                _demand(problem.property_path != key, f"`{key}` is flagged while it is unknown")


def check_policy(rule: Rule, host: str, catalogs: Catalogs) -> None:
    """As a policy of a preview, in one of `HOSTS`, a rule says what it says of its examples in the linter."""
    # The SDK takes half a second to load, which the other cases need not wait for.
    from policy_pack.testing.hosts import HOSTS, can_be_previewed

    examples: tuple[Flagged | Allowed, ...] = (*rule.flagged, *rule.allowed)
    for example in examples:
        if can_be_previewed(rule, example):
            expected = sorted(problem.message for problem in _problems(rule, example, catalogs))
            found = sorted(text.partition("\n")[0] for text in HOSTS[host](rule, example, catalogs))
            _demand(found == expected, f"of {example.subject!r} the policy says {found}, not {expected}")


def _wrong(case: Case) -> str | None:
    try:
        case.check()
    except ContractError as error:
        return str(error)
    return None


def _rules(given: Iterable[str | Rule | type[Rule]]) -> Iterator[Rule]:
    for item in given:
        if isinstance(item, str):
            yield from rules_of(importlib.import_module(item))
        else:
            yield item if isinstance(item, Rule) else item()


def _changed(example: Flagged, key: str, value: Value) -> Allowed:
    inputs = {**dict(example.subject), key: value}  # type: ignore[arg-type]
    return Allowed(
        inputs,
        "changed",
        example.type,
        example.region,
        example.parameters,
        example.config,
        example.files,
        example.deployed,
        example.facts,
    )


def _problems(rule: Rule, example: Flagged | Allowed, catalogs: Catalogs) -> list[Problem]:
    outcome = run_example(rule, example, catalogs)
    for trace in outcome.crashes.values():
        _fail(f"the rule raises on {example.subject!r}:\n{trace}")
    return [hit.problem for hit in outcome.hits]


def _only_problem(rule: Rule, example: Flagged, catalogs: Catalogs) -> Problem:
    found = _problems(rule, example, catalogs)
    _demand(len(found) == 1, f"expected one problem; found: {_quoted(found) or 'none'}")
    return found[0]


def _quoted(problems: Iterable[Problem]) -> str:
    return ", ".join(repr(problem.message) for problem in problems)


def _check_span(span: SourceSpan | None, texts: Texts) -> None:
    """A problem in source lies inside its file."""
    if span is None:
        _fail("the problem has no `span`")
    lines = texts[span.path.removeprefix(f"{DIRECTORY}/")].split("\n")
    start = (span.line, span.column)
    end = (span.end_line or span.line, span.end_column or span.column)
    inside = all(
        1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1 for line, column in (start, end)
    )
    _demand(inside and start <= end, f"the problem lies outside of the file: {span}")


def _check_fix(rule: Rule, example: Flagged, texts: Texts, fix: Fix | None, catalogs: Catalogs) -> None:
    """A fix gives what the example shows, which is Python and clean."""
    shown = "an example shows by `fixed` what the fix makes of it, if there is one"
    _demand((fix is None) == (example.fixed is None), shown)
    if fix is None or example.fixed is None:
        return
    changed = fixed_texts(texts, fix)
    wanted = {next(iter(changed)): example.fixed} if isinstance(example.fixed, str) else dict(example.fixed)
    _demand(changed == wanted, f"the fix gives {changed!r}")
    for text in changed.values():
        ast.parse(text)
    again = run_texts(rule, {**texts, **changed}, example_facts(rule, example, catalogs))
    _demand(not again.hits and not again.crashes, "what the fix gives is flagged again")


def _check_remedy(rule: ResourceRule, example: Flagged, catalogs: Catalogs) -> None:
    """A remedy gives what the example shows, with which nothing is flagged any more."""
    changed = _remedy(rule, example, catalogs)
    for resource in example_plan(rule, example).resources if not changed else ():
        given = rule.remedy(View(resource, lambda *_: None), example_facts(rule, example, catalogs))
        _demand(not given, "what the remedy gives is flagged again")
    shown = "the remedy gives {}, and the example shows {} by `remedied`"
    wanted = None if example.remedied is None else dict(example.remedied)
    _demand((dict(changed) or None) == wanted, shown.format(dict(changed) or None, wanted))


def _remedy(rule: ResourceRule, example: Flagged | Allowed, catalogs: Catalogs) -> Mapping[str, Value]:
    plan = example_plan(rule, example)
    if len(plan.resources) != 1:
        return {}
    try:
        return remedy(rule, plan, example_facts(rule, example, catalogs))
    except Exception as error:
        _fail(f"the remedy raises on {example.subject!r}: {error!r}")


def _demand(kept: bool, wrong: str) -> None:
    if not kept:
        _fail(wrong)


def _fail(wrong: str) -> NoReturn:
    raise ContractError(wrong)
