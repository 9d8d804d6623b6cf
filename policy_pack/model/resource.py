"""One resource as rules see it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Final, final

from msgspec import Struct, field
from msgspec.structs import replace

from policy_pack.model.source import Frame, SourceSpan
from policy_pack.model.values import UNKNOWN, Archive, Predicted, Secret, Unknown, Value

_STEP = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


@final
class Absent:
    """No value at all, not even null. There is one instance, `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


class ResourceOptions(Struct, frozen=True):
    """The resource options that rules may ask for.

    `aliases`, `deleted_with` and `replace_with` are URNs; `custom_timeouts` are texts such as `40m`, by
    operation.
    """

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    import_id: str | None = None
    retain_on_delete: bool = False
    replace_on_changes: tuple[str, ...] = ()
    delete_before_replace: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    deleted_with: str | None = None
    replace_with: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, str] = field(default_factory=dict)


class Resource(Struct, frozen=True):
    """A resource of a plan.

    `inputs` uses Pulumi's camelCase names; `outputs` is what a deployed resource has answered, empty in a
    plan. `frames` lead from the constructor call outwards through the
    user's own files; `origins` says where the value at a property path was made, when that was seen.
    `region` is where AWS will create it, None when nothing says so. `in_callback` marks one that is made
    inside an `apply`, which a preview does not show; `remote` a component that its package makes, with
    children that no simulation sees.
    """

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Value] = field(default_factory=dict)
    options: ResourceOptions = field(default_factory=ResourceOptions)
    parent: str | None = None
    provider: str | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    origins: Mapping[str, Frame] = field(default_factory=dict)
    region: str | None = None
    custom: bool = True
    in_callback: bool = False
    remote: bool = False
    outputs: Mapping[str, Value] = field(default_factory=dict)

    def at(self, path: str) -> Value | Absent:
        """The input at a property path such as `replicas[0].regionName`, markers included.

        An element of something unknown is unknown; one of something predicted is predicted.
        """
        value: Value | Absent = self.inputs
        for step in steps(path):
            value = _element(value, step)
            if isinstance(value, Absent | Unknown):
                return value
        return value

    def placed(self, region: str | None) -> Resource:
        """The same resource in a region."""
        return replace(self, region=region)

    def span(self) -> SourceSpan | None:
        """Where the program makes the resource."""
        return self.frames[0].span() if self.frames else None


@functools.lru_cache(maxsize=4096)
def steps(path: str) -> tuple[str | int, ...]:
    """The keys and numbers that a property path such as `replicas[0].regionName` is made of."""
    return tuple(
        int(match[2]) if match[2] else match[1] or re.sub(r"\\(.)", r"\1", match[3])
        for match in _STEP.finditer(path)
    )


def _element(value: Value | Absent, step: str | int) -> Value | Absent:
    if isinstance(value, Secret):
        return _element(value.value, step)
    if isinstance(value, Predicted):
        inner = _element(value.value, step)
        return inner if isinstance(inner, Absent | Unknown | Predicted) else Predicted(inner)
    if isinstance(value, Mapping):
        return value.get(step, ABSENT) if isinstance(step, str) else ABSENT
    if isinstance(value, list):
        return value[step] if isinstance(step, int) and step < len(value) else ABSENT
    if isinstance(value, Archive) and value.assets is not None and isinstance(step, str):
        return value.assets.get(step, ABSENT)
    return UNKNOWN if isinstance(value, Unknown) else ABSENT
