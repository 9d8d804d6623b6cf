"""`account_regions.json`: the regions of a partition, and which of them the account has enabled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import Fact


class RegionFact(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One region; `opt_in` is `opt-in-not-required`, `opted-in` or `not-opted-in`."""

    opt_in: str | None = None


NOT_ENABLED = RegionFact(opt_in="not-opted-in")


def fetch(client: Client) -> Iterator[Item]:
    """Ask EC2 for all regions, also those that the account has not enabled."""
    return items(client, "describe_regions", "Regions", AllRegions=True)


def shape(regions: Iterable[Item]) -> dict[str, RegionFact]:
    """By region, whether the account has enabled it."""
    return {
        each["RegionName"]: RegionFact(opt_in=each.get("OptInStatus") or None)
        for each in regions
        if each.get("RegionName")
    }


CATALOG = LiveCatalog(
    name="account-regions",
    about="Regions, and which of them the account has enabled",
    service="ec2",
    actions=("ec2:DescribeRegions",),
    fact=RegionFact,
    fetch=fetch,
    shape=shape,
    global_=True,
    max_age_days=180,
)
