"""Runs a rule's own examples: what its page shows is what its tests hold."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.linter.running import Outcome, run_rules
from policy_pack.linter.source_examples import run_texts, texts_of
from policy_pack.model import Plan, Resource
from policy_pack.rules.rule import ANY_TYPE, Allowed, Flagged, ResourceRule, Rule, made
from policy_pack.rules.source_rule import ProgramRule, SourceRule

EXAMPLE_DAY = datetime.date(2026, 11, 22)


def run_example(rule: Rule, example: Flagged | Allowed, catalogs: Catalogs) -> Outcome:
    """What a rule says of one of its examples, on a fixed day."""
    facts = example_facts(rule, example, catalogs)
    if isinstance(rule, SourceRule | ProgramRule):
        return run_texts(rule, texts_of(rule, example.subject), facts)
    return run_rules(example_plan(rule, example), [rule], lambda _: facts)


def example_facts(rule: Rule, example: Flagged | Allowed, catalogs: Catalogs) -> Facts:
    """What a rule may know beside its example."""
    return Facts(
        catalogs=catalogs,
        today=EXAMPLE_DAY,
        stack=example.subject.stack if isinstance(example.subject, Plan) else "dev",
        region=example.region,
        config=example.config,
        parameters={key: item.default for key, item in rule.parameters.items()} | dict(example.parameters),
        working_directory="/example",
        exists=lambda path: path in example.files,
    )


def example_plan(rule: Rule, example: Flagged | Allowed) -> Plan:
    """The plan that an example stands for."""
    if isinstance(example.subject, Plan):
        return example.subject
    if isinstance(example.subject, Mapping):
        token = example.type or _first_type(rule)
        resources: tuple[Resource, ...] = (replace(made(token), inputs=example.subject),)
    else:
        resources = () if isinstance(example.subject, str) else tuple(example.subject)
    placed = tuple(resource.placed(example.region) for resource in resources)
    return Plan("example", "dev", "/example", placed, example.region, example.config)


def _first_type(rule: Rule) -> str:
    if isinstance(rule, ResourceRule) and rule.resource_types[0] != ANY_TYPE:
        return rule.resource_types[0]
    return "aws:s3/bucket:Bucket"
