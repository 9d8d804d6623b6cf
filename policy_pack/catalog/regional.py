"""Facts that differ by region, in the form in which catalogs hold them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct, field

from policy_pack.catalog import region_sets
from policy_pack.catalog.files import CatalogFile
from policy_pack.catalog.precedence import newest

_File = TypeVar("_File", bound="RegionalFile")


class Offer(Struct, frozen=True):
    """Where a thing is offered (see `region_sets`), and for which engines or uses; None for all.

    `regions` may be the name of one of the file's `sets`.
    """

    regions: str
    kinds: list[str] | None = None


class RegionalFile(CatalogFile, frozen=True):
    """A catalog of facts by region: `regions` are those the source knows, with the day of its answer.

    `sets` are sets of regions that several records share, by their names.
    """

    regions: dict[str, datetime.date]
    records: dict[str, list[Offer]]
    sets: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def expanded(fact: object) -> object:
        """Take `all but eu-west-1` for a fact about everything that the record may tell apart."""
        return [{"regions": fact}] if isinstance(fact, str) else fact


def regions_of(file: RegionalFile, offers: Sequence[Offer], kind: str | None = None) -> frozenset[str]:
    """The regions of some offers of a file, or of those that are for one engine or use."""
    meant = [each for each in offers if kind is None or each.kinds is None or kind in each.kinds]
    texts = (file.sets.get(each.regions, each.regions) for each in meant)
    return frozenset().union(*(region_sets.regions(text, file.regions.keys()) for text in texts))


def in_force(files: Sequence[_File], region: str | None) -> _File:
    """The file to believe about a region; the first is the one that is shipped."""
    shipped, *refreshed = files
    index = newest(shipped.fetched, [each.regions for each in refreshed], region)
    return shipped if index is None else refreshed[index]
