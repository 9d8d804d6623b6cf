"""Policy documents: what AWS refuses in their structure, whatever the values are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

VERSIONS = ("2012-10-17", "2008-10-17")
EFFECTS = ("Allow", "Deny")
# The text that stands for an `Output` is another rule's finding.
STRINGIFIED = "Output[T]"


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
        except (ValueError, RecursionError) as error:
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
    for number, statement in enumerate(_statements(keys), 1):
        if isinstance(statement, Mapping):
            found = _statement_flaw(_keys(statement), kind)
            if found:
                return f"has a statement, number {number}, {found}"
    return None


def actions(document: object) -> Iterator[str]:
    """Every action that the statements of a document name, each once; none when it is no document."""
    policy = parsed(document)
    seen = set[str]()
    for statement in _statements(_keys(policy)) if isinstance(policy, Mapping) else ():
        keys = _keys(statement) if isinstance(statement, Mapping) else {}
        for key in ("action", "notaction"):
            named = keys.get(key)
            for action in named if isinstance(named, list) else [named]:
                if isinstance(action, str) and action not in seen:
                    seen.add(action)
                    yield action


def conditions(document: object) -> Iterator[tuple[str, str]]:
    """Every operator and key of the conditions of a document, each pair once; none when it is no document.

    The key is empty where the operator stands over something else than keys.
    """
    policy = parsed(document)
    seen = set[tuple[str, str]]()
    for statement in _statements(_keys(policy)) if isinstance(policy, Mapping) else ():
        condition = _keys(statement).get("condition") if isinstance(statement, Mapping) else None
        for operator, named in condition.items() if isinstance(condition, Mapping) else ():
            for key in named if isinstance(named, Mapping) else [""]:
                if (pair := (str(operator), str(key))) not in seen:
                    seen.add(pair)
                    yield pair


def _statements(keys: Mapping[str, Any]) -> list[Any]:
    """The statements of a document, of which there may be one without a list."""
    statements = keys.get("statement")
    return statements if isinstance(statements, list) else [statements]


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
