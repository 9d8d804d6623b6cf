"""Runs examples as policies: as the engine asks Preflight's own pack, and as `pulumi_policy` asks any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from google.protobuf import json_format, struct_pb2
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

from policy_pack.catalog import Catalogs
from policy_pack.crossguard.analyzer import Analyzer
from policy_pack.crossguard.caller import Caller
from policy_pack.crossguard.policies import policies_of
from policy_pack.crossguard.preview import Preview, Stack
from policy_pack.linter.examples import EXAMPLE_DAY, example_catalogs, example_plan
from policy_pack.model import Plan, Predicted, Resource, ResourceOptions
from policy_pack.model.values import leaves
from policy_pack.model.wire import encode
from policy_pack.rules.rule import Allowed, Flagged, Rule

Example = Flagged | Allowed
# The messages of a rule's policy about an example.
Host = Callable[[Rule, Example, Catalogs], list[str]]

_PROVIDER = "urn:pulumi:dev::example::pulumi:providers:aws::given"


def can_be_previewed(rule: Rule, example: Example) -> bool:
    """Whether an engine can show an example at all: it runs nothing, and refuses a URN given twice."""
    plan = example_plan(rule, example)
    shown = Plan(plan.project, plan.stack, plan.directory, plan.resources, plan.region, plan.config)
    if plan != shown or example.deployed is not None:
        return False
    if len(plan.by_urn) < len(plan.resources):
        return False
    return all(_is_plain(item, example.region) for item in plan.resources)


def _is_plain(resource: Resource, region: str | None) -> bool:
    values = (leaf for value in resource.inputs.values() for _, leaf in leaves(value))
    options = ResourceOptions(
        resource.options.protect, resource.options.ignore_changes, resource.options.aliases
    )
    placed = (resource.region is not None or region is None) and not resource.in_callback
    return placed and options == resource.options and not any(isinstance(leaf, Predicted) for leaf in values)


def through_the_sdk(rule: Rule, example: Example, catalogs: Catalogs) -> list[str]:
    """The messages of the policy when `pulumi_policy` asks it, which knows values by its proxies."""
    plan = example_plan(rule, example)
    [policy] = policies_of([rule], _preview(example, plan, catalogs))
    found: list[str] = []
    config = msgspec.to_builtins(dict(example.parameters))

    def report(message: str, urn: str | None = None) -> None:
        found.append(message)

    if isinstance(policy, ResourceValidationPolicy):
        for resource in plan.resources:
            policy.validate(ResourceValidationArgs(**_given(resource), config=config), report)
    else:
        policy.validate(StackValidationArgs(_stack(plan), config=config), report)
    return found


def through_the_engine(rule: Rule, example: Example, catalogs: Catalogs) -> list[str]:
    """The messages of the policy when the engine asks Preflight's own pack, by its protocol."""
    plan = example_plan(rule, example)
    pack = Analyzer(Caller(executable=True, parent=0), [rule], preview=_preview(example, plan, catalogs))
    settings = analyzer_pb2.ConfigureAnalyzerRequest()
    settings.policyConfig[rule.name].enforcementLevel = analyzer_pb2.MANDATORY
    settings.policyConfig[rule.name].properties.update(msgspec.to_builtins(dict(example.parameters)))
    pack.Configure(settings)
    stack = analyzer_pb2.AnalyzeStackRequest(resources=[_stack_request(item) for item in plan.resources])
    answers = [pack.Analyze(_request(item)) for item in plan.resources]
    answers.append(pack.AnalyzeStack(stack))
    return [item.message for answer in answers for item in answer.diagnostics]


HOSTS: Mapping[str, Host] = {"pulumi-policy": through_the_sdk, "engine": through_the_engine}


def _preview(example: Example, plan: Plan, catalogs: Catalogs) -> Preview:
    return Preview(
        today=EXAMPLE_DAY,
        stack=Stack(plan.project, plan.stack, config=plan.config),
        default_region=plan.region,
        directory="/example",
        exists=lambda path: path in example.files,
        catalogs=example_catalogs(example, catalogs),
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
        "provider": PolicyProviderResource("pulumi:providers:aws", _proxied(region), _PROVIDER, "given"),
    }


def _proxied(inputs: Any) -> Any:
    """Inputs as a policy gets them: over the wire, where every number is a float, and behind proxies."""
    return unknown_checking_proxy(deserialize_properties(json_format.MessageToDict(_struct(inputs))))


def _struct(inputs: Any) -> struct_pb2.Struct:
    found = struct_pb2.Struct()
    found.update(encode(inputs))
    return found


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
    return _filled(analyzer_pb2.AnalyzeRequest(properties=_struct(resource.inputs)), resource)


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
    request.provider.urn = _PROVIDER
    if resource.region:
        request.provider.properties.update({"region": resource.region})
    return request
