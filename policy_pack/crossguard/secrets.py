"""Keeps secrets out of every text: what is sensitive, and how it is masked."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from policy_pack.model import Predicted, Secret, Value
from policy_pack.model.values import leaves

MASK = "[secret]"
_SENSITIVE = re.compile(r"passw(or)?d|secret|token|credential|(private|access|api|auth)_?key", re.IGNORECASE)
_HARMLESS = re.compile(r"(arn|id|name|type|version|length|url|ttl|enabled|rotation|days)s?$", re.IGNORECASE)


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
            if isinstance(item, str) and (key in names or is_sensitive(key))
            else marked(item)
            for key, item in value.items()
        }
    return [marked(item) for item in value] if isinstance(value, list) else value


def secret_texts(value: Value) -> Iterator[str]:
    """Every text and number under a secret marker, and those inside a secret document."""
    if isinstance(value, Secret):
        for _, leaf in leaves(value, into_predicted=True):
            yield from _texts(leaf)
    elif isinstance(value, Predicted):
        yield from secret_texts(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from secret_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from secret_texts(item)


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets. Short ones are only hidden where they stand alone."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        whole = re.escape(secret) if len(secret) >= 4 else rf"(?<!\w){re.escape(secret)}(?!\w)"
        text = re.sub(whole, MASK, text, flags=re.IGNORECASE)
    return text


def _texts(leaf: Value) -> Iterator[str]:
    if isinstance(leaf, str):
        yield from filter(None, (leaf, leaf.strip()))
        yield from _document_texts(leaf)
    elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
        yield str(leaf)


def _document_texts(text: str) -> Iterator[str]:
    """A rule may quote a part of a secret JSON document."""
    if not text.lstrip().startswith(("{", "[")):
        return
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    for _, leaf in leaves(document):
        if isinstance(leaf, str) and leaf:
            yield leaf
