"""`instances/redshift.json`: node types that Redshift offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import Fact


def fetch(client: Client) -> Iterator[Item]:
    """Ask Redshift for all combinations that can be ordered."""
    return items(client, "describe_orderable_cluster_options", "OrderableClusterOptions")


def shape(options: Iterable[Item]) -> dict[str, Fact]:
    """By node type, nothing but that it is there."""
    return {each["NodeType"]: Fact() for each in options if each.get("NodeType")}


CATALOG = LiveCatalog(
    name="instances/redshift",
    about="Node types that Redshift offers",
    service="redshift",
    actions=("redshift:DescribeOrderableClusterOptions",),
    fact=Fact,
    fetch=fetch,
    shape=shape,
    max_age_days=90,
)
