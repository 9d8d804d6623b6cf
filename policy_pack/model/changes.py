"""What a deployment would do: the resources of a plan beside those that are deployed now."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from policy_pack.model.plan import Plan
from policy_pack.model.resource import ABSENT, Absent, Resource, steps
from policy_pack.model.values import Predicted, ResourceReference, Secret, Unknown, Value, join_path

STACK = "pulumi:pulumi:Stack"
_PROVIDER = "pulumi:providers:"
# What providers add to the inputs that the program gave.
_ADDED = frozenset({"tagsAll", "region"})
_NOTHING: tuple[Value, ...] = (None, [], {})
_ADDED_TO_PROVIDERS = frozenset({"version", "pluginDownloadURL"})

# Tells whether the provider's documentation says that a change of a type's property replaces the resource.
Replaces: TypeAlias = Callable[[str, str], bool]


class Operation(Enum):
    """What becomes of a resource. An `UNCLEAR` one has a name that only the deployment decides."""

    CREATE = "create"
    IMPORT = "import"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    SAME = "same"
    UNCLEAR = "unclear"


class PropertyChange(Struct, frozen=True):
    """A property whose known value differs; `ABSENT` stands for none before or after.

    `replaces` says why the resource is made anew for it: `option`, since the program says so, or
    `documented`, since the provider's documentation does; None where neither does.
    """

    path: str
    before: Value | Absent
    after: Value | Absent
    replaces: str | None = None


class Step(Struct, frozen=True):
    """What becomes of one resource, which is the deployed one where it is deleted."""

    operation: Operation
    resource: Resource
    changes: tuple[PropertyChange, ...] = ()


def creation(plan: Plan) -> tuple[Step, ...]:
    """The steps of a deployment to an empty stack."""
    return tuple(Step(_making(resource), resource) for resource in plan.resources)


def steps_between(plan: Plan, deployed: Plan, replaces: Replaces) -> tuple[Step, ...]:
    """The steps from what is deployed to what a plan wants; what is deleted comes last.

    Unknown and predicted values never count as a change. Of a plan that is not complete nothing is deleted.
    """
    matched: set[str] = set()
    found: list[Step] = []
    for resource in plan.resources:
        before = _deployed(resource, deployed)
        if before is None:
            found.append(Step(_making(resource), resource))
        else:
            matched.add(before.urn)
            found.append(_step(resource, before, replaces))
    left = [item for item in deployed.resources if item.urn not in matched and not _is_of_the_engine(item)]
    doubtful = {step.resource.type for step in found if _is_new(step) and step.resource.in_callback}
    return (*_with_doubts(found, left), *_deletions(plan, left, doubtful))


def export_changes(plan: Plan, deployed: Plan) -> tuple[PropertyChange, ...]:
    """The exports that differ."""
    return tuple(_of_members(deployed.exports, plan.exports, ""))


def _making(resource: Resource) -> Operation:
    return Operation.IMPORT if resource.options.import_id else Operation.CREATE


def _deployed(resource: Resource, deployed: Plan) -> Resource | None:
    """The resource as it is deployed, under its name or one that it had before."""
    urns = (resource.urn, *resource.options.aliases)
    return next((deployed.by_urn[urn] for urn in urns if urn in deployed.by_urn), None)


def _step(resource: Resource, before: Resource, replaces: Replaces) -> Step:
    if not resource.custom:
        return Step(Operation.SAME, resource)
    changes = tuple(_explained(change, resource, replaces) for change in _input_changes(resource, before))
    if not changes:
        return Step(Operation.SAME, resource)
    anew = any(change.replaces for change in changes)
    return Step(Operation.REPLACE if anew else Operation.UPDATE, resource, changes)


def _input_changes(resource: Resource, before: Resource) -> Iterator[PropertyChange]:
    is_provider = resource.type.startswith(_PROVIDER)
    added = _ADDED_TO_PROVIDERS if is_provider else _ADDED
    old = {key: value for key, value in before.inputs.items() if key in resource.inputs or key not in added}
    for change in _of_members(old, resource.inputs, ""):
        if not _is_covered(change.path, resource.options.ignore_changes):
            yield change


def _explained(change: PropertyChange, resource: Resource, replaces: Replaces) -> PropertyChange:
    name = str(steps(change.path)[0])
    if _is_covered(change.path, resource.options.replace_on_changes):
        reason = "option"
    elif replaces(resource.type, name):
        reason = "documented"
    else:
        return change
    return PropertyChange(change.path, change.before, change.after, reason)


def _is_covered(path: str, patterns: Iterable[str]) -> bool:
    """Whether a property path is one of some patterns, or inside of one; `*` stands for any step."""
    wanted = steps(path)
    return any(
        len(pattern) <= len(wanted)
        and all(each in ("*", step) for each, step in zip(pattern, wanted, strict=False))
        for pattern in map(steps, patterns)
    )


def _of_members(
    before: Mapping[str, Value], after: Mapping[str, Value], path: str
) -> Iterator[PropertyChange]:
    defaults = before.get("__defaults")
    made = {str(name) for name in defaults} if isinstance(defaults, list) else set()
    for key in sorted({*after, *before}):
        if not key.startswith("__") and (key in after or key not in made):
            yield from _differences(before.get(key), after.get(key), join_path(path, key))


def _differences(before: Value, after: Value, path: str) -> Iterator[PropertyChange]:
    """What differs between two values; null is no value at all."""
    if isinstance(before, Secret) or isinstance(after, Secret):
        inner = _differences(_opened(before), _opened(after), path)
        yield from (PropertyChange(each.path, _closed(each.before), _closed(each.after)) for each in inner)
    elif isinstance(after, Unknown | Predicted | ResourceReference) or isinstance(before, Unknown):
        return
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_members(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old, new = (items[index] if index < len(items) else None for items in (before, after))
            yield from _differences(old, new, f"{path}[{index}]")
    elif not _is_alike(before, after) and not _is_doubtful(after):
        yield PropertyChange(path, _given(before), _given(after))


def _opened(value: Value) -> Value:
    return value.value if isinstance(value, Secret) else value


def _closed(value: Value | Absent) -> Value | Absent:
    return value if isinstance(value, Absent) else Secret(value)


def _given(value: Value) -> Value | Absent:
    return ABSENT if value is None else value


def _is_doubtful(value: Value) -> bool:
    """Whether a list or object that is new holds only what the deployment decides."""
    if isinstance(value, Mapping):
        return bool(value) and all(map(_is_doubtful, value.values()))
    if isinstance(value, list):
        return bool(value) and all(map(_is_doubtful, value))
    return isinstance(value, Unknown | Predicted)


def _is_alike(before: Value, after: Value) -> bool:
    """Whether two values say the same: `"true"` and `true`, JSON documents however they are written."""
    if before in _NOTHING and after in _NOTHING:
        return True
    both_texts = isinstance(before, str) and isinstance(after, str)
    if before == after or (both_texts and not _is_document(str(before))):
        return before == after
    return _parsed(before) == _parsed(after)


def _is_document(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


def _parsed(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    try:
        parsed: Value = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return parsed


def _is_of_the_engine(resource: Resource) -> bool:
    """Whether no program makes the resource: the stack, and providers that are there by default."""
    default = resource.type.startswith(_PROVIDER) and resource.name.startswith("default")
    return default or resource.type == STACK


def _with_doubts(found: list[Step], left: Iterable[Resource]) -> Iterator[Step]:
    """What is made inside of a callback may have a made-up name: it may be one that is deployed."""
    kinds = {resource.type for resource in left}
    for step in found:
        doubtful = _is_new(step) and step.resource.in_callback and step.resource.type in kinds
        yield Step(Operation.UNCLEAR, step.resource) if doubtful else step


def _is_new(step: Step) -> bool:
    return step.operation is Operation.CREATE


def _deletions(plan: Plan, left: Iterable[Resource], doubtful: set[str]) -> Iterator[Step]:
    if not plan.complete:
        return
    remote = {item.urn for item in plan.resources if item.remote}
    for resource in left:
        if resource.parent in remote:
            # Only the package that a component comes from knows what it makes.
            remote.add(resource.urn)
        else:
            yield Step(Operation.UNCLEAR if resource.type in doubtful else Operation.DELETE, resource)
