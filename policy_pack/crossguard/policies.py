"""Rules as policies of `pulumi_policy`, which work in any pack."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ResourceValidationPolicy,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PolicySeverity

from policy_pack.crossguard.adapter import plan_of
from policy_pack.crossguard.arguments import from_arguments, plan_of_arguments
from policy_pack.crossguard.caller import Caller
from policy_pack.crossguard.descriptions import description
from policy_pack.crossguard.judging import judge
from policy_pack.crossguard.preview import Preview, Stack
from policy_pack.crossguard.remediation import changed_by
from policy_pack.linter.config import unknown_name
from policy_pack.model import Plan, Severity, Value
from policy_pack.model.wire import decode, encode
from policy_pack.rules.rule import ANY_TYPE, PlanRule, ResourceRule, Rule

SEVERITIES = {
    Severity.ERROR: PolicySeverity.HIGH,
    Severity.WARNING: PolicySeverity.MEDIUM,
    Severity.NOTE: PolicySeverity.LOW,
}
Validate = Callable[[Any, Callable[..., None]], None]
Remediate = Callable[[Any], Any]


def policies(*names: str) -> list[Policy]:
    """The policies of some rules, by default of all that judge resources.

    They work in any `PolicyPack(…)`. Rules that read source need the program, which only Preflight's own
    pack finds.

    Raises:
        ValueError: there is no such policy; the message names the closest.
        ConfigError: the project's configuration of Preflight is broken.
    """
    caller = Caller.here()
    preview = Preview.of(caller, Stack.from_environment(caller.environment))
    rulebook = preview.settings.rulebook
    about_source = rulebook.about_source()
    known = [name for name in rulebook.names() if name not in about_source]
    for name in names:
        if name not in known:
            raise ValueError(unknown_name("policy", name, known))
    return list(policies_of(rulebook.load_all(names or known), preview))


def policies_of(rules: Iterable[Rule], preview: Preview) -> Iterator[Policy]:
    """A policy for every rule that judges a resource or a plan."""
    for rule in rules:
        if isinstance(rule, ResourceRule):
            yield ResourceValidationPolicy(
                validate=_of_resource(rule, preview),
                remediate=_remediation(rule, preview) if rule.has_remedy() else None,
                **_described(rule, preview),
            )
        elif isinstance(rule, PlanRule):
            yield StackValidationPolicy(validate=_of_plan(rule, preview), **_described(rule, preview))


def _of_resource(rule: ResourceRule, preview: Preview) -> Validate:
    def validate(args: Any, report_violation: Callable[..., None]) -> None:
        if not {ANY_TYPE, args.resource_type}.isdisjoint(rule.resource_types):
            plan = plan_of([from_arguments(args, preview)], preview, {})
            _report(rule, plan, preview, args, report_violation)

    return validate


def _remediation(rule: ResourceRule, preview: Preview) -> Remediate:
    def remediate(args: Any) -> Any:
        if args.resource_type not in rule.resource_types:
            return None
        plan = plan_of([from_arguments(args, preview)], preview, {})
        changed: Mapping[str, Value] = {}
        # What a rule raises would end the whole preview; what it flags is reported all the same.
        with contextlib.suppress(Exception):
            changed = changed_by(rule, plan, _configured(rule, preview, args))
        for key, value in changed.items():
            args.props[key] = encode(value)
        return args.props if changed else None

    return remediate


def _of_plan(rule: PlanRule, preview: Preview) -> Validate:
    def validate(args: Any, report_violation: Callable[..., None]) -> None:
        _report(rule, plan_of_arguments(args, preview), preview, args, report_violation)

    return validate


def _report(
    rule: Rule, plan: Plan, preview: Preview, args: Any, report_violation: Callable[..., None]
) -> None:
    """Under the SDK's own servicer every violation has the policy's level: it knows no other."""
    for violation in judge([rule], plan, _configured(rule, preview, args)).violations:
        report_violation(violation.text, violation.urn)


def _configured(rule: Rule, preview: Preview, args: Any) -> Preview:
    """The preview with what the pack's configuration says of a rule."""
    settings = {key: decode(value) for key, value in args.get_config().items()}
    return replace(preview, given={rule.name: settings}, switched={rule.name: True})


def _described(rule: Rule, preview: Preview) -> dict[str, Any]:
    found = description(rule, preview)
    return {
        "name": found.name,
        "display_name": found.title,
        "description": found.summary,
        "enforcement_level": EnforcementLevel(found.level),
        "config_schema": PolicyConfigSchema(found.schema),
        "severity": SEVERITIES[found.severity],
        "tags": list(found.tags),
        "remediation_steps": found.remedy,
        "url": found.url,
    }
