"""`instances/mq.json`: instance types of Amazon MQ brokers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import InstanceFact


def fetch(client: Client) -> Iterator[Item]:
    """Ask Amazon MQ for all combinations of engine, instance type and storage."""
    return items(client, "describe_broker_instance_options", "BrokerInstanceOptions")


def shape(options: Iterable[Item]) -> dict[str, InstanceFact]:
    """By instance type, the engines in lower case."""
    engines: dict[str, set[str]] = defaultdict(set)
    for each in options:
        if each.get("EngineType") and each.get("HostInstanceType"):
            engines[each["HostInstanceType"]].add(each["EngineType"].lower())
    return {name: InstanceFact(kinds=tuple(sorted(kinds))) for name, kinds in engines.items()}


CATALOG = LiveCatalog(
    name="instances/mq",
    about="Instance types of Amazon MQ brokers, and the engines they are for",
    service="mq",
    actions=("mq:DescribeBrokerInstanceOptions",),
    fact=InstanceFact,
    fetch=fetch,
    shape=shape,
    max_age_days=90,
)
