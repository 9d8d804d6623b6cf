"""`versions/docdb.json`: versions of DocumentDB, which RDS answers for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog
from policy_pack.refresh.live.catalogs.rds_versions import facts, versions
from policy_pack.refresh.live.files import VersionFact


def fetch(client: Client) -> Iterator[Item]:
    """Ask RDS, whose operation tells the status, which DocumentDB's own does not."""
    return versions(client, Engine="docdb")


def shape(answered: Iterable[Item]) -> dict[str, VersionFact]:
    """By `docdb version`, whether it can be created."""
    return {key: fact for key, fact in facts(answered) if key.startswith("docdb ")}


CATALOG = LiveCatalog(
    name="versions/docdb",
    about="Versions of DocumentDB",
    service="rds",
    actions=("rds:DescribeDBEngineVersions",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
