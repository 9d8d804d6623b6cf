"""The conditions in policies: operators that IAM does not have, and keys that no request has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from policy_pack.catalog.store import Catalogs
from policy_pack.rules.iam._actions import Wrong
from policy_pack.rules.iam._documents import conditions

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
OPERATORS = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan"),
    *("NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals"),
    *("DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"),
    *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals"),
    *("ArnNotLike", "Null"),
)
_PLAIN = {each.lower(): each for each in OPERATORS}
_PARTS = re.compile(r"(?P<set>for(?:any|all)values?:)?(?P<plain>.*?)(?P<exists>ifexists)?", re.I | re.S)
_SETS = {"": "", "foranyvalue:": "ForAnyValue:", "forallvalues:": "ForAllValues:"}


def wrong_conditions(document: object, catalogs: Catalogs) -> Iterator[Wrong]:
    """What is wrong with the conditions of a document, each operator and key once."""
    pairs = tuple(conditions(document))
    for operator in dict.fromkeys(operator for operator, _ in pairs):
        found = wrong_operator(operator)
        if found:
            yield found
    for key in dict.fromkeys(key for operator, key in pairs if key and not wrong_operator(operator)):
        found = wrong_key(key, catalogs)
        if found:
            yield found


def wrong_operator(operator: str) -> Wrong | None:
    """What is wrong with an operator as a policy names it; None when nothing is."""
    parts = _PARTS.fullmatch(operator)
    before, plain, after = (part or "" for part in parts.groups()) if parts else ("", "", "")
    if plain.lower() in _PLAIN and before.lower() in _SETS:
        return None
    if ":" in plain:
        return Wrong(
            f"the condition key `{operator}` stands where its operator belongs",
            "put it under an operator, such as `StringEquals`",
        )
    near = get_close_matches(plain.lower(), _PLAIN, n=1, cutoff=0.7)
    sets = get_close_matches(before.lower(), _SETS, n=1)
    meant = f"{_SETS[sets[0]] if sets else ''}{_PLAIN[near[0]]}{after}" if near else ""
    instead = f"use `{meant}`" if meant else "use one such as `StringEquals` or `ArnLike`"
    return Wrong(f"IAM has no condition operator `{operator}`", instead)


def wrong_key(key: str, catalogs: Catalogs) -> Wrong | None:
    """What is wrong with a key as a policy names it; None when nothing is, or it cannot be told.

    The keys of an identity provider have its host before the colon, and its tokens say what they are.
    """
    prefix, colon, name = key.partition(":")
    if "." in prefix or "$" in prefix or catalogs.condition_keys.find(key):
        return None
    keys = catalogs.condition_keys
    closest = keys.closest(key)
    is_service = keys.has_prefix(prefix) or prefix.lower() in catalogs.iam_prefixes
    instead = f"use `{closest}`" if closest else f"look it up among the condition keys of `{prefix}`"
    evidence = (keys.evidence(key),)
    if colon and is_service:
        return Wrong(f"`{prefix}` has no condition key `{name}`", instead, evidence)
    # A service that AWS has closed is in no list: only one whose name is alike can have been meant.
    if closest:
        return Wrong(f"no service has the condition key `{key}`", instead, evidence)
    return None
