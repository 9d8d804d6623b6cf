"""`versions/msk.json`: versions of Apache Kafka in MSK."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.engine_versions import Claim
from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import VersionFact

_STATES: dict[str, Claim] = {"ACTIVE": "available", "DEPRECATED": "withdrawn"}


def fetch(client: Client) -> Iterator[Item]:
    """Ask MSK for all versions, also those it has deprecated."""
    return items(client, "list_kafka_versions", "KafkaVersions")


def shape(versions: Iterable[Item]) -> dict[str, VersionFact]:
    """By `kafka version`, whether it can be created."""
    return {
        f"kafka {each['Version']}": VersionFact(state=_STATES[each["Status"]])
        for each in versions
        if each.get("Version") and each.get("Status") in _STATES
    }


CATALOG = LiveCatalog(
    name="versions/msk",
    about="Versions of Apache Kafka in MSK",
    service="kafka",
    actions=("kafka:ListKafkaVersions",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
