"""Marks what is sensitive by its name: the engine does not mark every secret, the SDK none."""

from __future__ import annotations

import re
from collections.abc import Collection

from policy_pack.model import Secret, Value

_SENSITIVE = re.compile(r"passw(or)?d|secret|token|credential|(private|access|api|auth)_?key", re.IGNORECASE)
_HARMLESS = re.compile(r"(arn|id|name|type|version|length|url|ttl|enabled|rotation|days)s?$", re.IGNORECASE)

# As provider inputs spell them, such as that of `skipCredentialsValidation`.
_SWITCHES = ("true", "false")


def is_sensitive(name: str) -> bool:
    """Whether a property's name says that its value is a secret, marked or not."""
    return bool(_SENSITIVE.search(name)) and not _HARMLESS.search(name)


def marked(value: Value, names: Collection[str] = ()) -> Value:
    """The value with a secret marker on every text that a sensitive name, or one of `names`, holds."""
    if isinstance(value, Secret):
        return value
    if isinstance(value, dict):
        return {
            key: Secret(item)
            if isinstance(item, str) and (key in names or (is_sensitive(key) and item not in _SWITCHES))
            else marked(item)
            for key, item in value.items()
        }
    return [marked(item) for item in value] if isinstance(value, list) else value
