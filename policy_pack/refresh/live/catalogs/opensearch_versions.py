"""`versions/opensearch.json`: versions of OpenSearch and Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import VersionFact


def fetch(client: Client) -> Iterator[Item]:
    """Ask OpenSearch for the versions that a domain can be created with."""
    return items(client, "list_versions", "Versions")


def shape(versions: Iterable[Item]) -> dict[str, VersionFact]:
    """By `engine version`, as in `opensearch 2.19`; AWS writes `OpenSearch_2.19`."""
    parts = (each.lower().partition("_") for each in versions)
    return {
        f"{engine} {version}": VersionFact(state="available")
        for engine, _, version in parts
        if engine and version
    }


CATALOG = LiveCatalog(
    name="versions/opensearch",
    about="Versions of OpenSearch and Elasticsearch",
    service="opensearch",
    actions=("es:ListVersions",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
