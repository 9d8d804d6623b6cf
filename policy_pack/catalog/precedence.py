"""Whose facts hold: what is shipped, what was refreshed, and what the user lays over both. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar, get_type_hints

from policy_pack.catalog.errors import CatalogError
from policy_pack.catalog.files import CatalogFile

_File = TypeVar("_File", bound=CatalogFile)


@dataclass(frozen=True)
class Change:
    """What the user says of one record: a `fact` in the record's form, None to withdraw it, and why."""

    fact: object
    reason: str


@dataclass(frozen=True)
class Overlay:
    """The user's own facts: by catalog (`versions/rds`) and record, what changes. `path` says where it is."""

    path: Path
    changes: Mapping[str, Mapping[str, Change]] = field(default_factory=dict)

    def over(self, name: str, file: _File) -> _File:
        """A catalog with the changes to it.

        Raises:
            CatalogError: a fact does not have the form of the catalog's records, or no reason.
        """
        changes = self.changes.get(name, {})
        if not changes:
            return file
        kind = get_type_hints(type(file))["records"]
        records = {**vars(file)["records"]}
        for key, change in changes.items():
            records.pop(key, None)
            if change.fact is not None:
                records.update(self._fact(name, key, file.expanded(change.fact), kind))
            if not change.reason.strip():
                raise CatalogError(self.path, None, f"`{key}` of {name} has no reason")
        reasons = {key: change.reason for key, change in changes.items()}
        return replace(file, records=records, reasons={**file.reasons, **reasons})  # type: ignore[call-arg]

    def _fact(self, name: str, key: str, fact: object, kind: type[dict[str, object]]) -> dict[str, object]:
        import msgspec

        try:
            return msgspec.convert({key: fact}, kind)
        except msgspec.ValidationError as error:
            problem = str(error).replace(" - at `$[...]`", "")
            raise CatalogError(self.path, None, f"`{key}` of {name}: {problem}") from error


def newest(
    shipped: datetime.date, refreshed: Sequence[Mapping[str, datetime.date]], region: str | None
) -> int | None:
    """Which of the refreshed catalogs to believe about a region, None for the shipped one.

    The newer wins, and of the same day what AWS itself has said. Later catalogs stand above earlier ones.
    """
    if region is None:
        return None
    dates = [(known[region], index) for index, known in enumerate(refreshed) if region in known]
    date, index = max(dates, default=(datetime.date.min, 0))
    return index if dates and date >= shipped else None


@dataclass(frozen=True)
class Outdated:
    """A catalog that is older than its facts are good for, and the command that renews it."""

    catalog: str
    fetched: datetime.date
    max_age_days: int
    command: str


def outdated(name: str, file: CatalogFile, fetched: datetime.date, today: datetime.date) -> Outdated | None:
    """Whether a catalog is past its limit; `fetched` is the day of the newest data there is for it."""
    if file.max_age_days is None or (today - fetched).days <= file.max_age_days:
        return None
    live = name.partition("/")[0] in _LIVE
    command = f"preflight refresh {name}" if live else "pip install --upgrade iac-preflight"
    return Outdated(name, fetched, file.max_age_days, command)


# What AWS can be asked for; the rest comes with the package.
_LIVE = ("instances", "versions", "zones")
