"""`versions/neptune.json`: versions of Neptune, which RDS answers for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog
from policy_pack.refresh.live.catalogs.rds_versions import facts, versions
from policy_pack.refresh.live.files import VersionFact


def fetch(client: Client) -> Iterator[Item]:
    """Ask RDS, whose operation tells the status, which Neptune's own does not."""
    return versions(client, Engine="neptune")


def shape(answered: Iterable[Item]) -> dict[str, VersionFact]:
    """By `neptune version`, whether it can be created."""
    return {key: fact for key, fact in facts(answered) if key.startswith("neptune ")}


CATALOG = LiveCatalog(
    name="versions/neptune",
    about="Versions of Neptune",
    service="rds",
    actions=("rds:DescribeDBEngineVersions",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
