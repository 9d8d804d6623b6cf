"""Which regions a refresh asks."""

from __future__ import annotations

from collections.abc import Sequence

from policy_pack.catalog.regions import Regions
from policy_pack.refresh.live.aws import HOME, Aws, Failure, Kind
from policy_pack.refresh.live.catalogs import account_regions
from policy_pack.refresh.live.gathering import Place, answer


class PlaceError(Exception):
    """It is not said which regions to ask, one of them is none, or AWS does not tell which there are."""


def places(aws: Aws, names: Sequence[str], known: Regions, *, everywhere: bool) -> list[Place]:
    """The regions by name, or all there are, or the one that the environment names.

    Raises:
        PlaceError: there are none, or one is named like no region.
    """
    if everywhere:
        return _all(aws, aws.region or HOME, known)
    wanted = list(dict.fromkeys(names)) or [aws.region or ""]
    if wanted == [""]:
        raise PlaceError("no region: give --region or --all-regions, or set AWS_REGION")
    return [Place(region, _partition(region, known), named=True) for region in wanted]


def _all(aws: Aws, home: str, known: Regions) -> list[Place]:
    """The regions that AWS tells of; without permission to ask, those of the shipped list."""
    partition = _partition(home, known)
    found = answer(aws, account_regions.CATALOG, home)
    if not isinstance(found, Failure):
        return [
            Place(region, partition, refuses=fact == account_regions.NOT_ENABLED, home=region == home)
            for region, fact in sorted(found.items())
        ]
    if found.kind in (Kind.DENIED, Kind.FORBIDDEN):
        return [Place(region, partition, home=region == home) for region in known.of(partition)]
    raise PlaceError(f"AWS does not tell its regions: {home}: {found.reason}")


def _partition(region: str, known: Regions) -> str:
    partition = known.partition(region)
    if partition is None:
        closest = known.closest(region)
        raise PlaceError(f"`{region}` is no region" + (f"; a similar one is `{closest}`" if closest else ""))
    return partition.id
