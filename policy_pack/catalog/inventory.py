"""Which facts are in force: every catalog with its origins, their dates, and how long they are good for."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from policy_pack.catalog import kinds
from policy_pack.catalog.files import Header, header
from policy_pack.catalog.precedence import newest
from policy_pack.catalog.store import Catalogs

SHIPPED, REFRESHED, OVERLAY = "shipped", "refreshed", "overlay"
# Actions are in hundreds of files only so that each is read quickly.
_AS_ONE = "iam_actions"


@dataclass(frozen=True)
class Holding:
    """Facts of one catalog that are of one origin and day; the user's own have no day and no limit."""

    catalog: str
    origin: str
    scope: str
    fetched: datetime.date | None = None
    max_age_days: int | None = None

    def age(self, today: datetime.date) -> int | None:
        """In days."""
        return None if self.fetched is None else (today - self.fetched).days

    def is_past(self, today: datetime.date) -> bool:
        """Whether the facts are older than they are good for."""
        age = self.age(today)
        return age is not None and self.max_age_days is not None and age > self.max_age_days


def inventory(catalogs: Catalogs) -> tuple[Holding, ...]:
    """All facts that hold, by catalog: what is shipped, what stands above it by region, and the user's.

    Raises:
        CatalogError: a file is missing or wrongly shaped.
    """
    return tuple(_holdings(catalogs))


def _holdings(catalogs: Catalogs) -> Iterator[Holding]:
    shipped = _grouped(kinds.names(catalogs.root))
    for name, members in shipped.items():
        headers = [header(catalogs.root / f"{each}.json") for each in members]
        oldest = min(headers, key=lambda each: each.fetched)
        yield Holding(name, SHIPPED, _scope(oldest), oldest.fetched, oldest.max_age_days)
        yield from _refreshed(name, oldest, catalogs.refreshed)
        for member in members:
            yield from _own(member, catalogs)


def _grouped(names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[_AS_ONE if name.startswith(f"{_AS_ONE}/") else name].append(name)
    return groups


def _refreshed(name: str, shipped: Header, roots: Sequence[Path]) -> Iterator[Holding]:
    paths = [path for root in roots if (path := root / f"{name}.json").exists()]
    answers = [header(path).regions for path in paths]
    regions: dict[datetime.date, list[str]] = defaultdict(list)
    for region in sorted({region for each in answers for region in each}):
        index = newest(shipped.fetched, answers, region)
        if index is not None:
            regions[answers[index][region]].append(region)
    for day, found in sorted(regions.items()):
        yield Holding(name, REFRESHED, _listed(found), day, shipped.max_age_days)


def _own(name: str, catalogs: Catalogs) -> Iterator[Holding]:
    changes = catalogs.overlay.changes.get(name, {}) if catalogs.overlay else {}
    for record, change in sorted(changes.items()):
        yield Holding(name, OVERLAY, f"{record}: {change.reason}")


def _scope(shipped: Header) -> str:
    return _listed(sorted(shipped.regions)) if shipped.regions else shipped.scope


def _listed(regions: Sequence[str]) -> str:
    return ", ".join(regions) if len(regions) <= 4 else f"{len(regions)} regions"
