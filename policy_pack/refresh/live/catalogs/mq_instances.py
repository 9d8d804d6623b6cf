"""`instances/mq.json`: instance types of Amazon MQ brokers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import Fact


class BrokerInstanceFact(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One instance type; `kinds` are the engines that it is for."""

    kinds: tuple[str, ...]


def fetch(client: Client) -> Iterator[Item]:
    """Ask Amazon MQ for all combinations of engine, instance type and storage."""
    return items(client, "describe_broker_instance_options", "BrokerInstanceOptions")


def shape(options: Iterable[Item]) -> dict[str, BrokerInstanceFact]:
    """By instance type, the engines in lower case."""
    engines: dict[str, set[str]] = defaultdict(set)
    for each in options:
        if each.get("EngineType") and each.get("HostInstanceType"):
            engines[each["HostInstanceType"]].add(each["EngineType"].lower())
    return {name: BrokerInstanceFact(kinds=tuple(sorted(kinds))) for name, kinds in engines.items()}


CATALOG = LiveCatalog(
    name="instances/mq",
    about="Instance types of Amazon MQ brokers, and the engines they are for",
    service="mq",
    actions=("mq:DescribeBrokerInstanceOptions",),
    fact=BrokerInstanceFact,
    fetch=fetch,
    shape=shape,
    max_age_days=90,
)
