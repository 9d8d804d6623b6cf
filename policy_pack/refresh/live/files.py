"""The files of live catalogs: what AWS answered in each region, and when."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from policy_pack.catalog import region_sets
from policy_pack.catalog.engine_versions import Claim
from policy_pack.catalog.files import content, decoded
from policy_pack.refresh.writing import RegionalDocument


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of one thing; catalogs add their fields. `regions` tells where, see `region_sets`."""

    regions: str = ""


class VersionFact(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One version of an engine; `family` is the parameter group family that goes with it."""

    state: Claim
    family: str | None = None


class InstanceFact(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One instance class; `kinds` are the engines that it is for."""

    kinds: tuple[str, ...]


AnyFact = TypeVar("AnyFact", bound=Fact)


class LiveFile(msgspec.Struct, Generic[AnyFact], frozen=True, kw_only=True):
    """One live catalog.

    `regions` has the date on which each region answered: nothing is known of any other region. `unknown`
    has the regions that refused to answer, with the reason. A record is a list, since regions may differ:
    its entries hold in sets of regions that have none in common, and a region in none of them lacks the
    thing. A catalog that does not differ by region has partitions (`aws`) in place of regions.
    """

    about: str
    source: str
    fetched: datetime.date
    command: str
    scope: str
    records: dict[str, tuple[AnyFact, ...]]
    max_age_days: int | None
    regions: dict[str, datetime.date]
    unknown: dict[str, str]

    def in_region(self, region: str) -> dict[str, AnyFact] | None:
        """All facts of a region by key, None when the region is not known."""
        if region not in self.regions:
            return None
        known = self.regions.keys()
        holds = cache(lambda text: region in region_sets.regions(text, known))
        found = {}
        for key, facts in self.records.items():
            for fact in facts:
                if holds(fact.regions):
                    found[key] = fact
        return found


@dataclass(frozen=True)
class LiveDocument(RegionalDocument):
    """A live catalog as it is written."""

    unknown: Mapping[str, str] = field(default_factory=dict, kw_only=True)


def read(path: Path, fact: type[AnyFact]) -> LiveFile[AnyFact]:
    """Decode a live catalog whose facts are of a kind.

    Raises:
        CatalogError: it is missing, is no JSON, or has another shape; names the line.
    """
    records: Any = dict[str, tuple[fact, ...]]  # type: ignore[valid-type]
    file: LiveFile[AnyFact] = decoded(path, content(path), _shape(fact), lambda: records)
    return file


def document(file: LiveFile[AnyFact]) -> LiveDocument:
    """The catalog in the form that `canonical` writes."""
    return LiveDocument(**msgspec.to_builtins(file))


def _shape(fact: type[AnyFact]) -> Any:
    return LiveFile[fact]  # type: ignore[valid-type]
