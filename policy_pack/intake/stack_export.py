"""What is deployed now: a file of `pulumi stack export`, or a checkpoint of a file backend, as a plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from policy_pack.model import Plan, Resource, ResourceOptions, Value
from policy_pack.model.plan import with_regions
from policy_pack.model.wire import decode

# What is read here has not changed between them; a later one may mean something else by it.
VERSIONS = (1, 2, 3, 4)

_STACK = "pulumi:pulumi:Stack"


class StateError(Exception):
    """A file is no state that can be read; the message names the file and what is wrong."""


class _Entry(msgspec.Struct, frozen=True, rename="camel"):
    """One resource of a deployment, as far as it is needed; `delete`: it waits to be deleted."""

    urn: str
    type: str
    custom: bool = False
    delete: bool = False
    external: bool = False
    inputs: dict[str, Any] | None = None
    outputs: dict[str, Any] | None = None
    parent: str | None = None
    provider: str | None = None
    dependencies: list[str] | None = None
    property_dependencies: dict[str, list[str] | None] | None = None
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: list[str] | None = None


class _Deployment(msgspec.Struct, frozen=True):
    resources: list[_Entry] | None = None


class _Checkpoint(msgspec.Struct, frozen=True):
    latest: _Deployment | None = None


class _File(msgspec.Struct, frozen=True):
    """An export has `deployment`, a checkpoint `checkpoint`; a stack that was never deployed has none."""

    version: int
    deployment: _Deployment | None = None
    checkpoint: _Checkpoint | None = None


def read_state(path: Path) -> Plan:
    """Read a state; one of a stack without resources has no project and no stack.

    Encrypted secrets are unknown, and so is what contains one.

    Raises:
        StateError: the file cannot be read, is no state, or is of a version that is not known.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise StateError(f"`{path}` cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise StateError(f"`{path}` is no JSON") from error
    return _plan(path, _entries(path, document))


def _entries(path: Path, document: Any) -> Sequence[_Entry]:
    if not isinstance(document, dict) or not {"checkpoint", "deployment"} & document.keys():
        raise StateError(f"`{path}` is no state: `pulumi stack export --file {path.name}` writes one")
    version = document.get("version")
    if version not in VERSIONS:
        known = ", ".join(map(str, VERSIONS))
        raise StateError(f"`{path}` is a state of version {json.dumps(version)}; known are {known}")
    try:
        file = msgspec.convert(document, _File)
    except msgspec.ValidationError as error:
        raise StateError(f"`{path}` is no state: {error}") from error
    deployment = file.checkpoint.latest if file.checkpoint else file.deployment
    return (deployment.resources if deployment else None) or ()


def _plan(path: Path, entries: Sequence[_Entry]) -> Plan:
    """The plan of what is deployed and managed: not of what was only read, or waits to be deleted."""
    stack, project = _home(entries[0].urn) if entries else ("", "")
    kept = [_resource(each) for each in entries if not (each.delete or each.external)]
    exports = next((_values(each.outputs) for each in entries if each.type == _STACK), {})
    resources = tuple(with_regions(kept, None))
    return Plan(project, stack, str(path.parent), resources, exports=exports)


def _resource(entry: _Entry) -> Resource:
    return Resource(
        urn=entry.urn,
        type=entry.type,
        name=entry.urn.split("::", 3)[-1],
        inputs=_values(entry.inputs),
        options=ResourceOptions(
            protect=entry.protect,
            ignore_changes=tuple(entry.ignore_changes or ()),
            retain_on_delete=entry.retain_on_delete,
        ),
        parent=entry.parent,
        provider=entry.provider,
        dependencies=tuple(entry.dependencies or ()),
        property_dependencies=dict(_links(entry.property_dependencies or {})),
        custom=entry.custom,
        outputs=_values(entry.outputs),
    )


def _links(given: Mapping[str, list[str] | None]) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((key, tuple(urns)) for key, urns in given.items() if urns)


def _values(given: Mapping[str, Any] | None) -> Mapping[str, Value]:
    return {key: decode(value) for key, value in (given or {}).items()}


def _home(urn: str) -> tuple[str, str]:
    """Stack and project of `urn:pulumi:<stack>::<project>::<type>::<name>`."""
    stack, project, *_ = [*urn.removeprefix("urn:pulumi:").split("::"), ""]
    return stack, project
