"""Property values: plain JSON, and the wrappers that say what is not plain about one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias, final

from msgspec import Struct


@final
class Unknown:
    """A value that only the deployment decides. There is one instance, `UNKNOWN`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


class Secret(Struct, frozen=True):
    """A value the program marked secret. Its `repr` never shows what it holds."""

    value: Value

    def __repr__(self) -> str:
        return "Secret(…)"


class Predicted(Struct, frozen=True):
    """A value the simulator made up, or one computed from such a value."""

    value: Value


class Asset(Struct, frozen=True):
    """A single file, text or remote document handed to the provider; one of the three is set."""

    path: str | None = None
    text: str | None = None
    uri: str | None = None


class Archive(Struct, frozen=True):
    """A directory, an archive file, a remote archive, or a mapping of assets; one of the three is set."""

    path: str | None = None
    uri: str | None = None
    assets: Mapping[str, Value] | None = None


class ResourceReference(Struct, frozen=True):
    """Another resource handed over whole, as in `role=role`."""

    urn: str
    id: Value = UNKNOWN


Value: TypeAlias = (
    "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | Unknown | Secret | Predicted "
    "| Asset | Archive | ResourceReference | None"
)


def unwrapped(value: Value) -> Value:
    """The value without any secret markers around it or inside it."""
    if isinstance(value, Secret):
        return unwrapped(value.value)
    return _rebuilt(value, unwrapped)


def settled(value: Value) -> Value:
    """The value without secret markers, with `UNKNOWN` wherever a prediction stands."""
    if isinstance(value, Secret):
        return settled(value.value)
    if isinstance(value, Predicted):
        return UNKNOWN
    return _rebuilt(value, settled)


def foreseen(value: Value) -> Value:
    """The value without secret markers, with each prediction taken at its word."""
    if isinstance(value, Secret | Predicted):
        return foreseen(value.value)
    return _rebuilt(value, foreseen)


def _rebuilt(value: Value, convert: Callable[[Value], Value]) -> Value:
    if isinstance(value, dict):
        return {key: convert(item) for key, item in value.items()}
    if isinstance(value, list):
        return [convert(item) for item in value]
    return value


def holds_unknown(value: Value) -> bool:
    """Whether the value, or anything inside it, is unknown or predicted."""
    return any(isinstance(leaf, Unknown | Predicted) for _, leaf in leaves(value))


def leaves(value: Value, path: str = "", *, into_predicted: bool = False) -> Iterator[tuple[str, Value]]:
    """Yield `(property path, leaf)` for everything in a value that holds no further values.

    Secrets are opened; predictions are leaves unless `into_predicted`.
    """
    if isinstance(value, Secret) or (into_predicted and isinstance(value, Predicted)):
        yield from leaves(value.value, path, into_predicted=into_predicted)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, join_path(path, key), into_predicted=into_predicted)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]", into_predicted=into_predicted)
    else:
        yield path, value


def secret_texts(value: Value) -> Iterator[str]:
    """Yield every text and number under a secret marker, and the texts inside a secret JSON document."""
    if isinstance(value, Secret):
        for _, leaf in leaves(value, into_predicted=True):
            yield from _leaf_texts(leaf)
    elif isinstance(value, Predicted):
        yield from secret_texts(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from secret_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from secret_texts(item)


def _leaf_texts(leaf: Value) -> Iterator[str]:
    if isinstance(leaf, str) and leaf:
        yield leaf
        if leaf.lstrip().startswith(("{", "[")):
            yield from _document_texts(leaf)
    elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
        yield str(leaf)


def _document_texts(text: str) -> Iterator[str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    for _, leaf in leaves(document):
        if isinstance(leaf, str) and leaf:
            yield leaf


def join_path(path: str, key: str) -> str:
    """Append a key to a property path, in Pulumi's own spelling (`tags.Name`, `tags["a.b"]`)."""
    if key.replace("_", "a").isalnum():
        return f"{path}.{key}" if path else key
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{escaped}"]'
