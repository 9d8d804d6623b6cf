"""Turns what the engine sends into resources and plans. Each resource is decoded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from policy_pack.crossguard.preview import Preview
from policy_pack.model import UNKNOWN, Plan, Resource, ResourceOptions, Secret, Value
from policy_pack.model.sensitive import marked
from policy_pack.model.values import unwrapped
from policy_pack.model.wire import SIGNATURE, UNKNOWN_TEXT, decode

STACK = "pulumi:pulumi:Stack"
_PROVIDER = "pulumi:providers:"
# Levels of nesting that rules look into.
DEEPEST = 100


def from_request(item: Any, preview: Preview) -> Resource:
    """The resource of an engine's request."""
    provider = item.provider if item.HasField("provider") else None
    values = properties(item.properties)
    return Resource(
        urn=item.urn,
        type=item.type,
        name=item.name,
        inputs=secrets_marked(values, item.options.additionalSecretOutputs),
        options=ResourceOptions(
            protect=item.options.protect,
            ignore_changes=tuple(item.options.ignoreChanges),
            aliases=tuple(item.options.aliases),
            delete_before_replace=item.options.deleteBeforeReplace,
            additional_secret_outputs=tuple(item.options.additionalSecretOutputs),
        ),
        parent=item.options.parent or None,
        provider=provider.urn if provider else None,
        region=region_of(values, properties(provider.properties) if provider else {}, preview),
        custom=is_custom(item.type, has_provider=provider is not None),
    )


def plan_of(resources: Iterable[Resource], preview: Preview, exports: Mapping[str, Value]) -> Plan:
    """The plan of some resources of the stack."""
    return Plan(
        project=preview.stack.project,
        stack=preview.stack.name,
        directory=preview.directory,
        resources=tuple(resources),
        region=preview.region,
        config=preview.stack.config,
        exports=secrets_marked(exports, ()),
    )


def plan_of_request(request: Any, preview: Preview, seen: Mapping[str, Resource]) -> Plan:
    """The plan of an engine's request, which holds outputs; `seen` are its resources by their inputs."""
    items = {item.urn: item for item in request.resources}
    ordered = [items[urn] for urn in seen if urn in items]
    others = [item for urn, item in items.items() if urn not in seen]
    resources = [
        _linked(seen.get(item.urn) or from_request(item, preview), item) for item in ordered + others
    ]
    exports = next((properties(item.properties) for item in request.resources if item.type == STACK), {})
    return plan_of(resources, preview, exports)


def _linked(resource: Resource, item: Any) -> Resource:
    """A resource with what it depends on, which the engine tells only when it asks about the whole stack."""
    links = {key: tuple(found.urns) for key, found in item.propertyDependencies.items()}
    return replace(resource, dependencies=tuple(item.dependencies), property_dependencies=links)


def properties(struct: Any) -> dict[str, Value]:
    """A protobuf `Struct`, which may hold anything, as values; what is nested too deeply is unknown."""
    return {key: _decoded(value, DEEPEST) for key, value in struct.fields.items()}


def _decoded(value: Any, depth: int) -> Value:
    """As `decode`, without plain JSON between; only what is marked goes by way of that."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields or not depth:
            return decode(_plain(value, depth))
        return {key: _decoded(item, depth - 1) for key, item in fields.items()}
    if kind == "list_value":
        return [_decoded(item, depth - 1) for item in value.list_value.values] if depth else UNKNOWN
    return None if kind in (None, "null_value") else decode(getattr(value, kind))


def _plain(value: Any, depth: int) -> Any:
    kind = value.WhichOneof("kind")
    if not depth and kind in ("struct_value", "list_value"):
        return UNKNOWN_TEXT
    if kind == "struct_value":
        return {key: _plain(item, depth - 1) for key, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_plain(item, depth - 1) for item in value.list_value.values]
    return None if kind in (None, "null_value") else getattr(value, kind)


def secrets_marked(values: Mapping[str, Value], names: Iterable[str]) -> Mapping[str, Value]:
    """Properties with their secrets marked: those listed, and those whose names say so."""
    found = marked(dict(values), frozenset(names))
    return found if isinstance(found, dict) else {}


def is_custom(token: str, *, has_provider: bool) -> bool:
    """Whether a resource is more than a component: a provider makes it, or it is one."""
    return has_provider or token.startswith(_PROVIDER)


def region_of(inputs: Mapping[str, Value], provider: Mapping[str, Value], preview: Preview) -> str | None:
    """The resource's own region, else its provider's, else the stack's; None when it is not known.

    A provider's secret that is not the stack's too is no region: findings could not keep it.
    """
    provided = provider.get("region")
    if isinstance(provided, Secret) and unwrapped(provided) != preview.region:
        provided = UNKNOWN
    for given in (unwrapped(inputs.get("region")), unwrapped(provided)):
        if given not in (None, ""):
            return given if isinstance(given, str) else None
    return preview.region
