"""`zones.json`: availability zones, local zones and wavelength zones of a region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import Fact


class ZoneFact(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One zone; `zone_id` is its name in all accounts, `opt_in` is as for regions."""

    zone_id: str | None = None
    kind: str | None = None
    opt_in: str | None = None


def fetch(client: Client) -> Iterator[Item]:
    """Ask EC2 for all zones of the region, also those that the account has not enabled."""
    return items(client, "describe_availability_zones", "AvailabilityZones", AllAvailabilityZones=True)


def shape(zones: Iterable[Item]) -> dict[str, ZoneFact]:
    """By the name of the zone in this account."""
    return {
        each["ZoneName"]: ZoneFact(
            zone_id=each.get("ZoneId") or None,
            kind=each.get("ZoneType") or None,
            opt_in=each.get("OptInStatus") or None,
        )
        for each in zones
        if each.get("ZoneName")
    }


CATALOG = LiveCatalog(
    name="zones",
    about="Zones, as the account names them",
    service="ec2",
    actions=("ec2:DescribeAvailabilityZones",),
    fact=ZoneFact,
    fetch=fetch,
    shape=shape,
    max_age_days=180,
)
