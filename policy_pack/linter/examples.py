"""Runs a rule's own examples: what its page shows is what its tests hold."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.linter.running import Outcome, run_rules
from policy_pack.model import Plan, Resource
from policy_pack.rules.rule import ANY_TYPE, Allowed, Flagged, ResourceRule, Rule, made

EXAMPLE_DAY = datetime.date(2026, 11, 22)


def run_example(rule: Rule, example: Flagged | Allowed, catalogs: Catalogs) -> Outcome:
    """What a rule says of one of its examples, on a fixed day."""
    plan = example_plan(rule, example)
    facts = Facts(
        catalogs=catalogs,
        today=EXAMPLE_DAY,
        stack=plan.stack,
        region=example.region,
        config=example.config,
        parameters={key: item.default for key, item in rule.parameters.items()} | dict(example.parameters),
        working_directory="/example",
        exists=lambda path: path in example.files,
    )
    return run_rules(plan, [rule], lambda _: facts)


def example_plan(rule: Rule, example: Flagged | Allowed) -> Plan:
    """The plan that an example stands for."""
    if isinstance(example.subject, Plan):
        return example.subject
    if isinstance(example.subject, Mapping):
        token = example.type or _first_type(rule)
        resources: tuple[Resource, ...] = (replace(made(token), inputs=example.subject),)
    else:
        resources = tuple(example.subject)
    placed = tuple(resource.placed(example.region) for resource in resources)
    return Plan("example", "dev", "/example", placed, example.region, example.config)


def _first_type(rule: Rule) -> str:
    if isinstance(rule, ResourceRule) and rule.resource_types[0] != ANY_TYPE:
        return rule.resource_types[0]
    return "aws:s3/bucket:Bucket"
