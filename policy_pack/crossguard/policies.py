"""Rules as policies of `pulumi_policy`, which work in any pack."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ResourceValidationPolicy,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PolicySeverity

from policy_pack.crossguard.adapter import from_arguments, plan_of, plan_of_arguments
from policy_pack.crossguard.judging import FAIL_ON, gravest, judge
from policy_pack.crossguard.preview import Preview
from policy_pack.linter import registry
from policy_pack.model import Severity
from policy_pack.rules.rule import ANY_TYPE, Parameter, PlanRule, ResourceRule, Rule

SEVERITIES = {
    Severity.ERROR: PolicySeverity.HIGH,
    Severity.WARNING: PolicySeverity.MEDIUM,
    Severity.NOTE: PolicySeverity.LOW,
}
Validate = Callable[[Any, Callable[..., None]], None]


def policies(rules: Iterable[Rule], preview: Preview) -> list[Policy]:
    """A policy for every rule that judges a resource or a plan."""
    found = []
    for rule in rules:
        if isinstance(rule, ResourceRule):
            found.append(
                ResourceValidationPolicy(validate=_of_resource(rule, preview), **_described(rule, preview))
            )
        elif isinstance(rule, PlanRule):
            found.append(StackValidationPolicy(validate=_of_plan(rule, preview), **_described(rule, preview)))
    return found


def _of_resource(rule: ResourceRule, preview: Preview) -> Validate:
    """Under the SDK's own servicer every violation has the policy's level: it knows no other."""

    def validate(args: Any, report_violation: Callable[..., None]) -> None:
        if not {ANY_TYPE, args.resource_type}.isdisjoint(rule.resource_types):
            plan = plan_of([from_arguments(args, preview)], preview, {})
            for violation in judge([rule], plan, preview, {rule.name: args.get_config()}):
                report_violation(violation.text, violation.urn)

    return validate


def _of_plan(rule: PlanRule, preview: Preview) -> Validate:
    def validate(args: Any, report_violation: Callable[..., None]) -> None:
        plan = plan_of_arguments(args, preview)
        for violation in judge([rule], plan, preview, {rule.name: args.get_config()}):
            report_violation(violation.text, violation.urn)

    return validate


def _described(rule: Rule, preview: Preview) -> dict[str, Any]:
    worst = gravest(rule, preview)
    return {
        "name": rule.name,
        "description": rule.summary(),
        "enforcement_level": (
            EnforcementLevel.MANDATORY if worst is Severity.ERROR else EnforcementLevel.ADVISORY
        ),
        "config_schema": PolicyConfigSchema(_settings(rule, worst)),
        "severity": SEVERITIES[worst],
        "tags": [registry.modules()[rule.name].split(".")[-2]],
        "remediation_steps": rule.section("What to do instead"),
        "url": rule.url,
    }


def _settings(rule: Rule, worst: Severity) -> dict[str, dict[str, Any]]:
    """The JSON schema of every setting of the policy: the rule's parameters, and where it blocks."""
    fail_on = {
        "description": "The least severity that gets the policy's level; what is below it is advisory.",
        "enum": [severity.value for severity in Severity],
        "default": worst.value,
    }
    return {FAIL_ON: fail_on} | {key: _schema(item) for key, item in rule.parameters.items()}


def _schema(parameter: Parameter) -> dict[str, Any]:
    """The parameter's schema. A default in it would be sent by the engine, over the project's own value."""
    schema = msgspec.to_builtins(msgspec.json.schema(parameter.type))
    whole: dict[str, Any] = _inlined(schema, schema.pop("$defs", {}))
    return whole | {"description": parameter.description}


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema without references, which would lead nowhere inside the policy's own schema."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return {key: _inlined(item, definitions) for key, item in schema.items()}
    return [_inlined(item, definitions) for item in schema] if isinstance(schema, list) else schema
