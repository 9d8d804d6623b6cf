"""Whose facts hold: what is shipped, what was refreshed, and what the user lays over both. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, get_type_hints

import msgspec
from msgspec import structs

from policy_pack.catalog.errors import CatalogError
from policy_pack.catalog.files import CatalogFile

_File = TypeVar("_File", bound=CatalogFile)

# The catalogs that a refresh from AWS renews; the others come with the package.
LIVE = frozenset(
    {
        *(f"instances/{service}" for service in ("docdb", "ec2", "emr", "mq", "neptune")),
        *(f"instances/{service}" for service in ("opensearch", "rds", "redshift")),
        *(f"versions/{service}" for service in ("docdb", "eks", "eks_addons", "elasticache")),
        *(f"versions/{service}" for service in ("elasticbeanstalk", "emr")),
        *(f"versions/{service}" for service in ("memorydb", "mq", "msk", "neptune", "opensearch")),
        *(f"versions/{service}" for service in ("rds", "synthetics")),
        "zones",
    }
)


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
        """A catalog with the changes to it. Raises CatalogError as `facts` does."""
        changes = self.changes.get(name, {})
        if not changes:
            return file
        own = self.facts(name, type(file))
        kept = {key: fact for key, fact in structs.asdict(file)["records"].items() if key not in changes}
        reasons = {key: change.reason for key, change in changes.items()}
        return structs.replace(
            file, records=kept | own, reasons=file.reasons | reasons, overlay=self.path.name
        )

    def facts(self, name: str, shape: type[CatalogFile]) -> dict[str, object]:
        """The records that the user lays over a catalog, as the catalog holds them.

        Raises:
            CatalogError: a record is not named or does not have the form of the others, or has no reason.
        """
        kind = get_type_hints(shape)["records"]
        found: dict[str, object] = {}
        for key, change in self.changes.get(name, {}).items():
            if not re.fullmatch(shape.key_pattern, key):
                problem = f"`{key}` is not named like the records of {name} ({shape.key_pattern})"
                raise CatalogError(self.path, None, problem)
            if not change.reason.strip():
                raise CatalogError(self.path, None, f"`{key}` of {name} has no reason")
            if change.fact is not None:
                found |= self._fact(name, key, shape.expanded(change.fact), kind)
        return found

    def _fact(self, name: str, key: str, fact: object, kind: type[dict[str, object]]) -> dict[str, object]:
        try:
            return msgspec.convert({key: fact}, kind, str_keys=True)
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
    """A catalog that is older than its facts are good for; `live`: AWS can be asked for newer ones."""

    catalog: str
    fetched: datetime.date
    max_age_days: int
    live: bool


def outdated(name: str, file: CatalogFile, fetched: datetime.date, today: datetime.date) -> Outdated | None:
    """Whether a catalog is past its limit; `fetched` is the day of the newest data there is for it."""
    if file.max_age_days is None or (today - fetched).days <= file.max_age_days:
        return None
    return Outdated(name, fetched, file.max_age_days, name in LIVE)
