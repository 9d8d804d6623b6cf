"""Pulumi's JSON form of property values, as in requests, previews and exports, to `Value` and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from policy_pack.model.values import (
    UNKNOWN,
    Archive,
    Asset,
    Predicted,
    ResourceReference,
    Secret,
    Unknown,
    Value,
)

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the signature of the wire format, no secret
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# The engine has one sentinel for each type; SDKs send and understand the first.
SENTINELS = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def decode(value: Any) -> Value:
    """A JSON value as a `Value`. Whole floats become `int`, since protobuf knows no integers."""
    if isinstance(value, str):
        return UNKNOWN if value in SENTINELS else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        signature = value.get(SIGNATURE)
        marked = _MARKED.get(signature) if isinstance(signature, str) else None
        return marked(value) if marked else {key: decode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [decode(item) for item in value]
    return value  # type: ignore[no-any-return]


def encode(value: Value) -> Any:
    """A `Value` as JSON. Predictions are written as unknown: no one outside may take them for facts."""
    if isinstance(value, Unknown | Predicted):
        return UNKNOWN_TEXT
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": encode(value.value)}
    if isinstance(value, Asset):
        return _present({SIGNATURE: ASSET, "path": value.path, "text": value.text, "uri": value.uri})
    if isinstance(value, Archive):
        assets = None if value.assets is None else {key: encode(item) for key, item in value.assets.items()}
        return _present({SIGNATURE: ARCHIVE, "path": value.path, "uri": value.uri, "assets": assets})
    if isinstance(value, ResourceReference):
        return {SIGNATURE: RESOURCE, "urn": value.urn, "id": encode(value.id)}
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


def _secret(value: Mapping[str, Any]) -> Value:
    """A secret as requests have it; in states it is encrypted, or its JSON text stands in `plaintext`."""
    if "value" in value:
        return Secret(decode(value["value"]))
    try:
        return Secret(decode(json.loads(value["plaintext"])))
    except (KeyError, TypeError, ValueError, RecursionError):
        return Secret(UNKNOWN)


def _asset(value: Mapping[str, Any]) -> Value:
    return Asset(_text(value, "path"), _text(value, "text"), _text(value, "uri"))


def _archive(value: Mapping[str, Any]) -> Value:
    assets = value.get("assets")
    decoded = {key: decode(item) for key, item in assets.items()} if isinstance(assets, Mapping) else None
    return Archive(_text(value, "path"), _text(value, "uri"), decoded)


def _reference(value: Mapping[str, Any]) -> Value:
    identity = decode(value.get("id"))
    return ResourceReference(str(value.get("urn", "")), identity if identity not in ("", None) else UNKNOWN)


def _output(value: Mapping[str, Any]) -> Value:
    inner = decode(value["value"]) if "value" in value else UNKNOWN
    return Secret(inner) if value.get("secret") else inner


def _text(value: Mapping[str, Any], key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) and found else None


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in fields.items() if item is not None}


_MARKED: dict[str, Callable[[Mapping[str, Any]], Value]] = {
    SECRET: _secret,
    ASSET: _asset,
    ARCHIVE: _archive,
    RESOURCE: _reference,
    OUTPUT: _output,
}
