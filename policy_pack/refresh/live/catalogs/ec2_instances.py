"""`instances/ec2.json`: EC2 instance types that a region offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import Fact


def fetch(client: Client) -> Iterator[Item]:
    """Ask EC2 for what the region offers in any of its zones."""
    return items(
        client,
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        page_size=1000,
        LocationType="region",
    )


def shape(offerings: Iterable[Item]) -> dict[str, Fact]:
    """By instance type, nothing but that it is there."""
    return {each["InstanceType"]: Fact() for each in offerings if each.get("InstanceType")}


CATALOG = LiveCatalog(
    name="instances/ec2",
    about="Instance types that EC2 offers",
    service="ec2",
    actions=("ec2:DescribeInstanceTypeOfferings",),
    fact=Fact,
    fetch=fetch,
    shape=shape,
    max_age_days=90,
)
