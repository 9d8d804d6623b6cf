"""`versions/memorydb.json`: versions of Redis and Valkey in MemoryDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import VersionFact


def fetch(client: Client) -> Iterator[Item]:
    """Ask MemoryDB, which lists only what can be created."""
    return items(client, "describe_engine_versions", "EngineVersions")


def shape(versions: Iterable[Item]) -> dict[str, VersionFact]:
    """By `engine version`, its parameter group family. Patches are left out: nobody can ask for one."""
    return {
        f"{each['Engine'].lower()} {each['EngineVersion']}": VersionFact(
            state="available", family=each.get("ParameterGroupFamily") or None
        )
        for each in versions
        if each.get("Engine") and each.get("EngineVersion")
    }


CATALOG = LiveCatalog(
    name="versions/memorydb",
    about="Versions of MemoryDB's engines",
    service="memorydb",
    actions=("memorydb:DescribeEngineVersions",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
