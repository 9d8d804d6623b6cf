"""Facts that differ by region, in the form in which catalogs hold them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from policy_pack.catalog import region_sets
from policy_pack.catalog.files import CatalogFile


@dataclass(frozen=True)
class Offer:
    """Where a thing is offered (see `region_sets`), and for which engines or uses; None for all."""

    regions: str
    kinds: list[str] | None = None


@dataclass(frozen=True)
class RegionalFile(CatalogFile):
    """A catalog of facts by region: `regions` are those the source knows, with the day of its answer."""

    regions: dict[str, datetime.date]
    records: dict[str, list[Offer]]
    unknown: dict[str, str] = field(default_factory=dict)


def regions_of(
    offers: Sequence[Offer], known: Mapping[str, object], kind: str | None = None
) -> frozenset[str]:
    """The regions of some offers, or of those that are for one engine or use."""
    meant = [each for each in offers if kind is None or each.kinds is None or kind in each.kinds]
    return frozenset().union(*(region_sets.regions(each.regions, known.keys()) for each in meant))
