"""What the linter says of a rule's examples, its policy says too: through the SDK and through the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
)
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

import policy_pack
from policy_pack.catalog import Catalogs
from policy_pack.crossguard.analyzer import Analyzer
from policy_pack.crossguard.caller import Caller
from policy_pack.crossguard.policies import policies_of
from policy_pack.crossguard.preview import Preview, Stack
from policy_pack.linter import registry
from policy_pack.linter.examples import EXAMPLE_DAY, example_catalogs, example_plan, run_example
from policy_pack.model import Plan, Predicted, Resource, ResourceOptions
from policy_pack.model.values import leaves
from policy_pack.model.wire import encode
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, ResourceRule, Rule

from .analyzer import struct

Example = Flagged | Allowed
CATALOGS = Catalogs()
PROVIDER = "urn:pulumi:dev::example::pulumi:providers:aws::given"


def shown_by_the_engine(rule: Rule, example: Example) -> bool:
    """Whether an engine can show an example at all: it predicts nothing, and refuses a URN given twice.

    Nor does it tell what the program reads.
    """
    plan = example_plan(rule, example)
    seen_by_running = plan.failures or plan.faults or plan.refusals or plan.files
    if seen_by_running or not plan.complete or example.deployed is not None:
        return False
    if plan.config_reads or plan.config_places:
        return False
    if len(plan.by_urn) < len(plan.resources):
        return False
    return all(_is_plain(item, example.region) for item in plan.resources)


def _is_plain(resource: Resource, region: str | None) -> bool:
    values = (leaf for value in resource.inputs.values() for _, leaf in leaves(value))
    options = ResourceOptions(
        resource.options.protect, resource.options.ignore_changes, resource.options.aliases
    )
    placed = resource.region is not None or region is None
    return placed and options == resource.options and not any(isinstance(leaf, Predicted) for leaf in values)


KNOWN = [rule for rule in registry.load_all() if isinstance(rule, ResourceRule | PlanRule)]
EXAMPLES = {
    rule: [item for item in (*rule.flagged, *rule.allowed) if shown_by_the_engine(rule, item)]
    for rule in KNOWN
}


def through_the_sdk(rule: Rule, example: Example, plan: Plan) -> list[str]:
    """The messages of the policy when the SDK's own servicer asks it."""
    [policy] = policies_of([rule], preview_of(example, plan))
    found: list[str] = []
    config = msgspec.to_builtins(dict(example.parameters))

    def report(message: str, urn: str | None = None) -> None:
        found.append(message)

    if isinstance(policy, ResourceValidationPolicy):
        for resource in plan.resources:
            given = _given(resource)
            policy.validate(ResourceValidationArgs(**given, config=config), report)
    else:
        policy.validate(StackValidationArgs(_stack(plan), config=config), report)
    return found


def through_the_engine(rule: Rule, example: Example, plan: Plan) -> list[str]:
    """The messages of the pack when the engine asks it."""
    preview = preview_of(example, plan)
    analyzer = Analyzer(Caller(executable=True, parent=0), [rule], preview=preview)
    settings = analyzer_pb2.ConfigureAnalyzerRequest()
    settings.policyConfig[rule.name].enforcementLevel = analyzer_pb2.MANDATORY
    settings.policyConfig[rule.name].properties.update(msgspec.to_builtins(dict(example.parameters)))
    analyzer.Configure(settings)
    stack = analyzer_pb2.AnalyzeStackRequest(resources=[_stack_request(item) for item in plan.resources])
    answers = [analyzer.Analyze(_request(item)) for item in plan.resources]
    answers.append(analyzer.AnalyzeStack(stack))
    return [item.message for answer in answers for item in answer.diagnostics]


@pytest.mark.parametrize("face", [through_the_sdk, through_the_engine])
@pytest.mark.parametrize("rule", KNOWN, ids=lambda rule: rule.name)
def test_both_faces_say_the_same(face: Callable[[Rule, Example, Plan], list[str]], rule: Rule) -> None:
    for example in EXAMPLES[rule]:
        expected = [hit.problem.message for hit in run_example(rule, example, CATALOGS).hits]
        found = [text.partition("\n")[0] for text in face(rule, example, example_plan(rule, example))]
        assert sorted(found) == sorted(expected), example


def test_hardly_a_rule_is_beyond_what_an_engine_can_show() -> None:
    shown = {rule.name for rule, examples in EXAMPLES.items() if examples}
    known = {rule.name for rule in KNOWN}
    assert len(shown) >= 0.8 * len(known), sorted(known - shown)


def test_the_policies_are_there_for_other_packs() -> None:
    whole = policy_pack.policies()
    known = {rule.name for rule in registry.load_all() if isinstance(rule, ResourceRule | PlanRule)}
    assert {policy.name for policy in whole} == known
    assert [policy.name for policy in policy_pack.policies("duplicate-urn", "apply-raises")] == [
        "duplicate-urn",
        "apply-raises",
    ]
    with pytest.raises(ValueError, match="a similar one is `apply-raises`"):
        policy_pack.policies("apply-raise")


def preview_of(example: Example, plan: Plan) -> Preview:
    return Preview(
        today=EXAMPLE_DAY,
        stack=Stack(plan.project, plan.stack, config=plan.config),
        default_region=plan.region,
        directory="/example",
        exists=lambda path: path in example.files,
        catalogs=example_catalogs(example, CATALOGS),
    )


def _given(resource: Resource) -> dict[str, Any]:
    region = {"region": resource.region} if resource.region else {}
    options = resource.options
    return {
        "resource_type": resource.type,
        "props": _proxied(resource.inputs),
        "urn": resource.urn,
        "name": resource.name,
        "opts": PolicyResourceOptions(
            options.protect,
            list(options.ignore_changes),
            None,
            list(options.aliases),
            PolicyCustomTimeouts(0, 0, 0),
            [],
            resource.parent,
        ),
        "provider": PolicyProviderResource("pulumi:providers:aws", _proxied(region), PROVIDER, "given"),
    }


def _proxied(inputs: Any) -> Any:
    """Inputs as a policy gets them: over the wire, where every number is a float, and behind proxies."""
    return unknown_checking_proxy(deserialize_properties(json_format.MessageToDict(struct(encode(inputs)))))


def _stack(plan: Plan) -> list[PolicyResource]:
    made = {
        item.urn: PolicyResource(**_given(item), parent=None, dependencies=[], property_dependencies={})
        for item in plan.resources
    }
    for item in plan.resources:
        made[item.urn].dependencies = [made[urn] for urn in item.dependencies if urn in made]
        made[item.urn].property_dependencies = {
            key: [made[urn] for urn in urns if urn in made]
            for key, urns in item.property_dependencies.items()
        }
    return list(made.values())


def _request(resource: Resource) -> Any:
    return _filled(analyzer_pb2.AnalyzeRequest(properties=struct(encode(resource.inputs))), resource)


def _stack_request(resource: Resource) -> Any:
    """A resource with its outputs, of which a preview knows nothing."""
    request = _filled(analyzer_pb2.AnalyzerResource(), resource)
    request.dependencies.extend(resource.dependencies)
    for key, urns in resource.property_dependencies.items():
        request.propertyDependencies[key].urns.extend(urns)
    return request


def _filled(request: Any, resource: Resource) -> Any:
    request.type, request.name, request.urn = resource.type, resource.name, resource.urn
    request.options.protect = resource.options.protect
    request.options.ignoreChanges.extend(resource.options.ignore_changes)
    request.options.aliases.extend(resource.options.aliases)
    request.provider.urn = PROVIDER
    if resource.region:
        request.provider.properties.update({"region": resource.region})
    return request
