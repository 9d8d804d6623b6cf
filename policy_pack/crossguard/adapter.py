"""Turns what the engine sends, and what the SDK makes of that, into resources and plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
from pulumi_policy.proxy import _DictProxy, _ListProxy

from policy_pack.crossguard.preview import Preview
from policy_pack.crossguard.secrets import marked
from policy_pack.model import Archive, Asset, Plan, Resource, ResourceOptions, Value
from policy_pack.model.values import unwrapped
from policy_pack.model.wire import decode

_STACK = "pulumi:pulumi:Stack"
_PROVIDER = "pulumi:providers:"


def from_request(item: Any, preview: Preview, inputs: Any = None) -> Resource:
    """The resource of an engine's request. `inputs` are its properties, if they are not in the request."""
    provider = item.provider if item.HasField("provider") else None
    values = properties(item.properties if inputs is None else inputs)
    return Resource(
        urn=item.urn,
        type=item.type,
        name=item.name,
        inputs=_secrets_marked(values, item.options.additionalSecretOutputs),
        options=ResourceOptions(
            item.options.protect, tuple(item.options.ignoreChanges), tuple(item.options.aliases)
        ),
        parent=item.options.parent or None,
        provider=provider.urn if provider else None,
        dependencies=tuple(getattr(item, "dependencies", ())),
        property_dependencies={
            key: tuple(found.urns) for key, found in getattr(item, "propertyDependencies", {}).items()
        },
        region=_region(values, properties(provider.properties) if provider else {}, preview),
        custom=provider is not None or item.type.startswith(_PROVIDER),
    )


def from_arguments(args: Any, preview: Preview) -> Resource:
    """The resource of the SDK's validation arguments."""
    values = _inputs(args.props)
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        inputs=_secrets_marked(values, args.opts.additional_secret_outputs),
        options=ResourceOptions(args.opts.protect, tuple(args.opts.ignore_changes), tuple(args.opts.aliases)),
        parent=args.opts.parent,
        provider=args.provider.urn if args.provider else None,
        dependencies=tuple(found.urn for found in getattr(args, "dependencies", ())),
        property_dependencies={
            key: tuple(found.urn for found in items)
            for key, items in getattr(args, "property_dependencies", {}).items()
        },
        region=_region(values, _inputs(args.provider.props) if args.provider else {}, preview),
        custom=args.provider is not None or args.resource_type.startswith(_PROVIDER),
    )


def plan_of(resources: Iterable[Resource], preview: Preview, exports: Mapping[str, Value]) -> Plan:
    """The plan of some resources of the stack."""
    return Plan(
        project=preview.project,
        stack=preview.stack,
        directory=preview.directory,
        resources=tuple(resources),
        region=preview.region,
        config=preview.config,
        exports=_secrets_marked(exports, ()),
    )


def plan_of_arguments(args: Any, preview: Preview) -> Plan:
    """The plan of the SDK's stack validation arguments."""
    resources = [from_arguments(item, preview) for item in args.resources]
    exports = next((item.inputs for item in resources if item.type == _STACK), {})
    return plan_of(resources, preview, exports)


def plan_of_request(request: Any, preview: Preview, inputs: Mapping[str, Any]) -> Plan:
    """The plan of an engine's request, which holds outputs: `inputs` are the properties given, by URN."""
    resources = {item.urn: from_request(item, preview, inputs.get(item.urn)) for item in request.resources}
    ordered = [resources[urn] for urn in inputs if urn in resources]
    others = [item for urn, item in resources.items() if urn not in inputs]
    exports = next((properties(item.properties) for item in request.resources if item.type == _STACK), {})
    return plan_of([*ordered, *others], preview, exports)


def properties(struct: Any) -> Mapping[str, Value]:
    """A protobuf `Struct`, which may hold anything, as values."""
    return {key: decode(_plain(value)) for key, value in struct.fields.items()}


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return {key: _plain(item) for key, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    return None if kind in (None, "null_value") else getattr(value, kind)


def _inputs(props: Any) -> Mapping[str, Value]:
    found = _unproxied(props)
    return found if isinstance(found, dict) else {}


def _unproxied(value: Any) -> Value:
    """A value without the SDK's proxies, which raise on every look at an unknown."""
    if isinstance(value, _DictProxy | _ListProxy):
        return _unproxied(value["__target"])
    if isinstance(value, Mapping):
        return {key: _unproxied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unproxied(item) for item in value]
    if isinstance(value, pulumi.Asset):
        return Asset(*(getattr(value, key, None) for key in ("path", "text", "uri")))
    if isinstance(value, pulumi.Archive):
        assets = getattr(value, "assets", None)
        members = None if assets is None else {key: _unproxied(item) for key, item in assets.items()}
        return Archive(getattr(value, "path", None), getattr(value, "uri", None), members)
    return decode(value)


def _secrets_marked(values: Mapping[str, Value], names: Iterable[str]) -> Mapping[str, Value]:
    found = marked(dict(values), frozenset(names))
    return found if isinstance(found, dict) else {}


def _region(inputs: Mapping[str, Value], provider: Mapping[str, Value], preview: Preview) -> str | None:
    """The resource's own region, else its provider's, else the stack's; None when it is not known."""
    for given in (unwrapped(inputs.get("region")), unwrapped(provider.get("region"))):
        if given not in (None, ""):
            return given if isinstance(given, str) else None
    return preview.region
