"""`versions/mq.json`: versions of ActiveMQ and RabbitMQ in Amazon MQ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import VersionFact


def fetch(client: Client) -> Iterator[Item]:
    """Ask Amazon MQ for the versions that a broker can be created with."""
    return items(client, "describe_broker_engine_types", "BrokerEngineTypes")


def shape(engines: Iterable[Item]) -> dict[str, VersionFact]:
    """By `engine version`, the engine in lower case."""
    return {
        f"{engine['EngineType'].lower()} {each['Name']}": VersionFact(state="available")
        for engine in engines
        if engine.get("EngineType")
        for each in engine.get("EngineVersions") or ()
        if each.get("Name")
    }


CATALOG = LiveCatalog(
    name="versions/mq",
    about="Versions of ActiveMQ and RabbitMQ in Amazon MQ",
    service="mq",
    actions=("mq:DescribeBrokerEngineTypes",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
