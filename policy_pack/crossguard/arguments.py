"""Turns the arguments that the SDK hands to a policy into resources and plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_policy import Secret as MarkedSecret

from policy_pack.crossguard.adapter import STACK, is_custom, plan_of, region_of, secrets_marked
from policy_pack.crossguard.preview import Preview
from policy_pack.model import Archive, Asset, Plan, Resource, ResourceOptions, Secret, Value
from policy_pack.model.wire import decode


def from_arguments(args: Any, preview: Preview) -> Resource:
    """The resource of the SDK's validation arguments."""
    values = _inputs(args.props)
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        inputs=secrets_marked(values, args.opts.additional_secret_outputs),
        options=ResourceOptions(args.opts.protect, tuple(args.opts.ignore_changes), tuple(args.opts.aliases)),
        parent=args.opts.parent,
        provider=args.provider.urn if args.provider else None,
        dependencies=tuple(found.urn for found in getattr(args, "dependencies", ())),
        property_dependencies={
            key: tuple(found.urn for found in items)
            for key, items in getattr(args, "property_dependencies", {}).items()
        },
        region=region_of(values, _inputs(args.provider.props) if args.provider else {}, preview),
        custom=is_custom(args.resource_type, has_provider=args.provider is not None),
    )


def plan_of_arguments(args: Any, preview: Preview) -> Plan:
    """The plan of the SDK's stack validation arguments."""
    resources = [from_arguments(item, preview) for item in args.resources]
    exports = next((item.inputs for item in resources if item.type == STACK), {})
    return plan_of(resources, preview, exports)


def _inputs(props: Any) -> Mapping[str, Value]:
    found = _unproxied(props)
    return found if isinstance(found, dict) else {}


def _unproxied(value: Any) -> Value:
    """A value without the SDK's proxies, which raise on every look at an unknown but for one key."""
    if isinstance(value, dict):
        return {key: _unproxied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unproxied(item) for item in value]
    if isinstance(value, MarkedSecret):
        return Secret(_unproxied(value.value))
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return _unproxied(value["__target"])  # type: ignore[call-overload]
    if isinstance(value, pulumi.Asset):
        return Asset(*(getattr(value, key, None) for key in ("path", "text", "uri")))
    if isinstance(value, pulumi.Archive):
        assets = getattr(value, "assets", None)
        members = None if assets is None else {key: _unproxied(item) for key, item in assets.items()}
        return Archive(getattr(value, "path", None), getattr(value, "uri", None), members)
    return decode(value)
