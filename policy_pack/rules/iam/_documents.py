"""Policy documents: what AWS refuses in their structure, whatever the values are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

VERSIONS = ("2012-10-17", "2008-10-17")
EFFECTS = ("Allow", "Deny")


class Kind(Enum):
    """What a document is attached to: an identity, a role as its trust policy, or a resource."""

    IDENTITY = "identity"
    TRUST = "trust"
    RESOURCE = "resource"


def parsed(document: object) -> Mapping[str, Any] | str:
    """The document as a mapping, or what is wrong with its text."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError as error:
            return f"is no JSON: {error}"
    return document if isinstance(document, Mapping) else "is no JSON object"


def flaw(document: object, kind: Kind) -> str | None:
    """The first thing that AWS refuses in a document; None when there is nothing."""
    policy = parsed(document)
    if isinstance(policy, str):
        return policy
    keys = _keys(policy)
    version = keys.get("version")
    if isinstance(version, str) and version not in VERSIONS:
        return f"has the `Version` `{version}`"
    if "statement" not in keys:
        return "has no `Statement`"
    statements = keys["statement"]
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list):
        return None
    for number, statement in enumerate(statements, 1):
        if isinstance(statement, Mapping):
            found = _statement_flaw(_keys(statement), kind)
            if found:
                return f"has a statement, number {number}, {found}"
    return None


def _statement_flaw(keys: Mapping[str, Any], kind: Kind) -> str | None:
    effect = keys.get("effect")
    if "effect" not in keys:
        return "without `Effect`"
    if isinstance(effect, str) and effect not in EFFECTS:
        return f"whose `Effect` is `{effect}`"
    if not keys.keys() & {"action", "notaction"}:
        return "without `Action`"
    has_principal = bool(keys.keys() & {"principal", "notprincipal"})
    has_resource = bool(keys.keys() & {"resource", "notresource"})
    if kind is Kind.IDENTITY and not has_resource:
        return "without `Resource`"
    if kind is Kind.IDENTITY and has_principal:
        return "with a `Principal`, which only policies of resources and roles have"
    if kind is not Kind.IDENTITY and not has_principal:
        return "without `Principal`"
    if kind is Kind.TRUST and has_resource:
        return "with a `Resource`, which a trust policy does not have"
    return None


def _keys(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in mapping.items()}
