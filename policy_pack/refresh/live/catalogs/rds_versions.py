"""`versions/rds.json`: versions of RDS and Aurora engines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from policy_pack.catalog.engine_versions import Claim
from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import VersionFact
from policy_pack.refresh.live.trimming import trim

# Of other states, such as `inactive` of custom engine versions, nothing general can be said.
_STATES: dict[str, Claim] = {"available": "available", "deprecated": "withdrawn"}

# RDS answers for these too; they have catalogs of their own.
OTHERS = ("docdb", "neptune")

UPGRADES = re.compile(rb"<ValidUpgradeTarget>.*?</ValidUpgradeTarget>", re.DOTALL)


def fetch(client: Client) -> Iterator[Item]:
    """Ask RDS for all versions of all engines, also those it has deprecated."""
    return versions(client)


def versions(client: Client, **arguments: Any) -> Iterator[Item]:
    """What RDS answers, less the possible upgrades: most of what there would be to read, and not kept."""
    trim(client, UPGRADES, lambda upgrades: b"")
    return items(client, "describe_db_engine_versions", "DBEngineVersions", IncludeAll=True, **arguments)


def shape(answered: Iterable[Item]) -> dict[str, VersionFact]:
    """By `engine version`, whether it can be created."""
    return {key: fact for key, fact in facts(answered) if not key.startswith(OTHERS)}


def facts(answered: Iterable[Item]) -> Iterator[tuple[str, VersionFact]]:
    """Each version as DescribeDBEngineVersions tells it; without a status it is on offer."""
    for each in answered:
        engine, version = each.get("Engine"), each.get("EngineVersion")
        state = _STATES.get(each.get("Status") or "available")
        if engine and version and state:
            family = each.get("DBParameterGroupFamily") or None
            yield f"{engine} {version}", VersionFact(state=state, family=family)


CATALOG = LiveCatalog(
    name="versions/rds",
    about="Versions of RDS and Aurora engines",
    service="rds",
    actions=("rds:DescribeDBEngineVersions",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
