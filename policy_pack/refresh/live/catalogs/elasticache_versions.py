"""`versions/elasticache.json`: versions of Memcached, Redis and Valkey in ElastiCache."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import VersionFact


def fetch(client: Client) -> Iterator[Item]:
    """Ask ElastiCache for all versions; it does not tell those that it has withdrawn."""
    return items(client, "describe_cache_engine_versions", "CacheEngineVersions")


def shape(versions: Iterable[Item]) -> dict[str, VersionFact]:
    """By `engine version`, its parameter group family."""
    return {
        f"{each['Engine']} {each['EngineVersion']}": VersionFact(
            state="listed", family=each.get("CacheParameterGroupFamily") or None
        )
        for each in versions
        if each.get("Engine") and each.get("EngineVersion")
    }


CATALOG = LiveCatalog(
    name="versions/elasticache",
    about="Versions of ElastiCache's engines",
    service="elasticache",
    actions=("elasticache:DescribeCacheEngineVersions",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
