"""Pulumi's wire values: protobuf `Struct` to plain JSON values and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the signature of the wire format, no secret
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


def plain(struct: Any) -> dict[str, Any]:
    """A `Struct` as a dict, by key: the order of the message differs from process to process.

    Whole numbers become `int`, as the program wrote them.
    """
    return {key: plain_value(value) for key, value in sorted(struct.fields.items())}


def plain_value(value: Any) -> Any:
    """One `Value` as a plain JSON value."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return plain(value.struct_value)
    if kind == "list_value":
        return [plain_value(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def fill(struct: Any, values: dict[str, Any]) -> None:
    """Write plain JSON values into a `Struct`."""
    for key, value in values.items():
        fill_value(struct.fields[key], value)


def fill_value(target: Any, value: Any) -> None:
    """Write one plain JSON value into a `Value`."""
    if value is None:
        target.null_value = 0
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, dict):
        target.struct_value.SetInParent()
        fill(target.struct_value, value)
    else:
        target.list_value.SetInParent()
        for item in value:
            fill_value(target.list_value.values.add(), item)


def open_secret(value: Any) -> Any:
    """The value inside a secret marker, or the value itself."""
    while isinstance(value, dict) and value.get(SIGNATURE) == SECRET:
        value = value.get("value")
    return value


def without_references(value: Any) -> Any:
    """The value with a resource's id in place of the resource, as providers answer."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == RESOURCE:
            return value.get("id", value.get("urn")) or UNKNOWN
        return {key: without_references(item) for key, item in value.items()}
    return [without_references(item) for item in value] if isinstance(value, list) else value


def with_outputs(value: Any) -> Any:
    """The value with output markers in place of the unknown and the secret, as transforms are given it."""
    if value == UNKNOWN:
        return {SIGNATURE: OUTPUT}
    if isinstance(value, dict):
        if value.get(SIGNATURE) != SECRET:
            return {key: with_outputs(item) for key, item in value.items()}
        inner = open_secret(value)
        known = {} if inner == UNKNOWN else {"value": inner}
        return {SIGNATURE: OUTPUT, "secret": True, **known}
    return [with_outputs(item) for item in value] if isinstance(value, list) else value


def texts(value: Any) -> Iterator[str]:
    """Every string in a plain value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)
