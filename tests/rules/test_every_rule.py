"""Every rule keeps the same contract: its examples hold, and its page says what, why and what to do."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs
from policy_pack.linter import registry
from policy_pack.linter.examples import run_example
from policy_pack.model import UNKNOWN, Predicted, Secret, Severity, Unknown
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, Rule
from policy_pack.rules.source_rule import ProgramRule, SourceRule
from policy_pack.testing.contract import (
    check_allowed,
    check_flagged,
    check_gaps,
    check_page,
    check_strange_values,
)

RULES = registry.load_all()
ABOUT_SOURCE = [rule for rule in RULES if isinstance(rule, SourceRule | ProgramRule)]
ABOUT_RESOURCES = [rule for rule in RULES if rule not in ABOUT_SOURCE]
CATALOGS = Catalogs()
FLAGGED = [
    pytest.param(rule, example, id=f"{rule.name}-{n}")
    for rule in RULES
    for n, example in enumerate(rule.flagged)
]
ALLOWED = [
    pytest.param(rule, example, id=f"{rule.name}-{example.because.replace(' ', '-')}")
    for rule in RULES
    for example in rule.allowed
]


@pytest.mark.parametrize(("rule", "example"), FLAGGED)
def test_a_flagged_example_yields_exactly_one_problem(rule: Rule, example: Flagged) -> None:
    check_flagged(rule, example, CATALOGS)


@pytest.mark.parametrize(("rule", "example"), ALLOWED)
def test_an_allowed_example_yields_nothing(rule: Rule, example: Allowed) -> None:
    check_allowed(rule, example, CATALOGS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_documents_itself(rule: Rule) -> None:
    check_page(rule)
    assert Path(inspect.getfile(type(rule))).stem == rule.name.replace("-", "_")
    assert len(inspect.getsource(inspect.getmodule(type(rule))).splitlines()) <= 120


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if isinstance(rule, ResourceRule)], ids=lambda r: r.name
)
def test_a_resource_rule_shows_the_unknown_and_the_absent_value(rule: ResourceRule) -> None:
    check_gaps(rule)
    check_strange_values(rule, CATALOGS)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just(UNKNOWN),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        | inner.map(Secret)
        | inner.map(Predicted)
    ),
    max_leaves=6,
)


def property_names(rule: Rule) -> list[str]:
    names = {key for example in (*rule.flagged, *rule.allowed) for key in _keys(example.subject)}
    return sorted(names) or ["name"]


def _keys(subject: object) -> set[str]:
    if isinstance(subject, dict):
        return set(subject)
    return (
        {key for resource in subject for key in resource.inputs}
        if isinstance(subject, tuple | list)
        else set()
    )


@pytest.mark.parametrize("rule", ABOUT_RESOURCES, ids=lambda rule: rule.name)
@given(data=st.data())
def test_a_rule_never_raises_and_never_flags_an_unknown(rule: Rule, data: st.DataObject) -> None:
    keys = st.sampled_from(property_names(rule))
    inputs = data.draw(st.dictionaries(keys, VALUES, max_size=6))
    example = next(iter(rule.flagged))
    random = Allowed(inputs, "random", example.type, deployed=example.deployed, facts=example.facts)
    outcome = run_example(rule, random, CATALOGS)
    assert not outcome.crashes, outcome.crashes
    for hit in outcome.hits:
        if hit.problem.property_path and hit.resource is not None:
            assert not isinstance(hit.resource.at(hit.problem.property_path), Unknown)


def test_rule_names_are_unique_and_all_files_hold_one() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) == len(registry.modules())
    assert {rule.severity for rule in RULES} <= set(Severity)
