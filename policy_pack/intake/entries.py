"""One resource as states and previews have it, and the resource of a plan that it becomes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from policy_pack.intake.document import Document, StateError
from policy_pack.linter.masking import MASK
from policy_pack.model import UNKNOWN, Resource, ResourceOptions, Secret, Value
from policy_pack.model.sensitive import marked
from policy_pack.model.wire import decode

STACK = "pulumi:pulumi:Stack"
# Decoded values take some five times the room of their JSON.
KEPT_BYTES = 8 * 1024 * 1024
# Too few to be nested deeper than Python's stack.
_FEW_BRACKETS = 200
_NOTHING: Mapping[str, Value] = {}


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """A resource, as far as it is needed; `delete`: it waits to be deleted, `external`: it is only read."""

    urn: str
    type: str
    custom: bool = False
    delete: bool = False
    external: bool = False
    inputs: msgspec.Raw = msgspec.Raw()
    outputs: msgspec.Raw = msgspec.Raw()
    parent: str | None = None
    provider: str | None = None
    dependencies: list[str] | None = None
    property_dependencies: dict[str, list[str] | None] | None = None
    additional_secret_outputs: list[str] | None = None
    aliases: list[str] | None = None
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: list[str] | None = None


class Values(Mapping[str, Value]):
    """The values of a JSON object, decoded when they are asked for and forgotten when others are."""

    __slots__ = ("_decoded", "_names", "_raw", "_recent")

    def __init__(self, raw: msgspec.Raw, names: tuple[str, ...], recent: Recent) -> None:
        self._raw = raw
        self._names = names
        self._recent = recent
        self._decoded: Mapping[str, Value] | None = None

    def __getitem__(self, key: str) -> Value:
        return self._values()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    @property
    def size(self) -> int:
        """The length of the JSON in bytes."""
        return memoryview(self._raw).nbytes

    def forget(self) -> None:
        """Give the room back that the decoded values take."""
        self._decoded = None

    def _values(self) -> Mapping[str, Value]:
        if self._decoded is None:
            self._decoded = _decoded(self._raw, self._names)
            self._recent.add(self)
        return self._decoded


class Recent:
    """The values that stay decoded, the oldest of which are forgotten when they are too many."""

    def __init__(self) -> None:
        self._kept: deque[Values] = deque()
        self._bytes = 0

    def add(self, values: Values) -> None:
        """Keep the values that were decoded last."""
        self._kept.append(values)
        self._bytes += values.size
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            oldest = self._kept.popleft()
            self._bytes -= oldest.size
            oldest.forget()


class Entries:
    """Makes resources of one document's entries; a text that stands in many of them is held once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._recent = Recent()
        self._texts: dict[str, str] = {}

    def entry(self, raw: msgspec.Raw, where: str) -> Entry:
        """An entry, checked. Raises StateError when it is none; `where` is its place in the document."""
        entry: Entry = self._document.decoded(raw, Entry, where)
        for key in ("inputs", "outputs"):
            self._check(getattr(entry, key), f"{where}.{key}")
        return entry

    def resource(self, entry: Entry) -> Resource:
        """The resource of an entry; what names or markers say is secret is marked."""
        secret = tuple(entry.additional_secret_outputs or ())
        return Resource(
            urn=self._once(entry.urn),
            type=self._once(entry.type),
            name=entry.urn.split("::", 3)[-1],
            inputs=self.values(entry.inputs, secret),
            options=ResourceOptions(
                protect=entry.protect,
                ignore_changes=tuple(entry.ignore_changes or ()),
                aliases=tuple(entry.aliases or ()),
                retain_on_delete=entry.retain_on_delete,
            ),
            parent=entry.parent and self._once(entry.parent),
            provider=entry.provider and self._once(entry.provider),
            dependencies=tuple(map(self._once, entry.dependencies or ())),
            property_dependencies={
                self._once(key): tuple(map(self._once, urns))
                for key, urns in (entry.property_dependencies or {}).items()
                if urns
            },
            custom=entry.custom,
            outputs=self.values(entry.outputs, secret),
        )

    def values(self, raw: msgspec.Raw, secret: tuple[str, ...] = ()) -> Mapping[str, Value]:
        """An object's values; those that `secret` names are secret, whatever marks them."""
        return Values(raw, secret, self._recent) if _is_given(raw) else _NOTHING

    def _once(self, text: str) -> str:
        return self._texts.setdefault(text, text)

    def _check(self, raw: msgspec.Raw, where: str) -> None:
        """Find now what could not be decoded later."""
        if not _is_given(raw):
            return
        self._document.decoded(raw, dict[str, Any] | None, where)
        text = bytes(raw)
        if text.count(b"[") + text.count(b"{") > _FEW_BRACKETS:
            try:
                _decoded(raw, ())
            except RecursionError as error:
                raise StateError(f"`{self._document.name}` is nested too deep at `${where}`") from error


def _is_given(raw: msgspec.Raw) -> bool:
    return memoryview(raw).nbytes > 0 and bytes(raw) != b"null"


def _decoded(raw: msgspec.Raw, secret: tuple[str, ...]) -> Mapping[str, Value]:
    found = {key: _concealed(decode(item)) for key, item in msgspec.json.decode(raw).items()}
    values = marked(found, secret)
    return values if isinstance(values, dict) else _NOTHING


def _concealed(value: Value) -> Value:
    """The value with an unknown secret where the engine has hidden one, as it does in previews."""
    if isinstance(value, str):
        return Secret(UNKNOWN) if MASK in value else value
    if isinstance(value, dict):
        return {key: _concealed(item) for key, item in value.items()}
    return [_concealed(item) for item in value] if isinstance(value, list) else value
