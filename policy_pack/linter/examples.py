"""Runs a rule's own examples: what its page shows is what its tests hold."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from policy_pack.catalog import Catalogs, Change, Overlay
from policy_pack.catalog.facts import Facts
from policy_pack.linter.running import Outcome, run_rules
from policy_pack.linter.source_examples import run_texts, texts_of
from policy_pack.model import Plan, Resource
from policy_pack.rules.rule import ANY_TYPE, Allowed, Flagged, ResourceRule, Rule, made
from policy_pack.rules.source_rule import ProgramRule, SourceRule

EXAMPLE_DAY = datetime.date(2026, 11, 22)


def run_example(rule: Rule, example: Flagged | Allowed, catalogs: Catalogs) -> Outcome:
    """What a rule says of one of its examples, on a fixed day."""
    if isinstance(rule, SourceRule | ProgramRule):
        facts = example_facts(rule, example, catalogs)
        return run_texts(rule, texts_of(rule, example.subject), facts)
    plan = example_plan(rule, example)
    facts = replace(example_facts(rule, example, catalogs), previous=_deployed(plan, example))
    return run_rules(plan, [rule], lambda _: facts)


def example_facts(rule: Rule, example: Flagged | Allowed, catalogs: Catalogs) -> Facts:
    """What a rule may know beside its example."""
    return Facts(
        catalogs=example_catalogs(example, catalogs),
        today=EXAMPLE_DAY,
        stack=example.subject.stack if isinstance(example.subject, Plan) else "dev",
        region=example.region,
        config=example.config,
        parameters={key: item.default for key, item in rule.parameters.items()} | dict(example.parameters),
        working_directory="/example",
        exists=lambda path: path in example.files,
    )


def example_catalogs(example: Flagged | Allowed, catalogs: Catalogs) -> Catalogs:
    """The facts that an example needs: those given, or with its own above those that are shipped."""
    if not example.facts:
        return catalogs
    changes = {
        name: {record: Change(fact, "an example") for record, fact in facts.items()}
        for name, facts in example.facts.items()
    }
    return Catalogs(overlay=Overlay(Path("example.toml"), changes))


def _deployed(plan: Plan, example: Flagged | Allowed) -> Plan | None:
    """What is deployed in an example: the first resource of its plan, made of other inputs."""
    if example.deployed is None:
        return None
    return replace(plan, resources=(replace(plan.resources[0], inputs=example.deployed),))


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
