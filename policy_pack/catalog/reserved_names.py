"""Names that AWS keeps for itself."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from msgspec import Struct

from policy_pack.catalog.files import CatalogFile
from policy_pack.model import Evidence


class ReservedNamesRecord(Struct, frozen=True):
    """What a property must not be, or begin with; `any_case`: upper and lower case alike."""

    prefixes: list[str]
    names: list[str]
    any_case: bool
    reserved_for: str
    url: str
    checked: datetime.date


class ReservedNamesFile(CatalogFile, frozen=True):
    """`reserved_names.json`: by `type property`, with Pulumi's token of the type."""

    key_pattern: ClassVar[str] = r"aws:\w+/\w+:\w+ \w+"

    records: dict[str, ReservedNamesRecord]


@dataclass(frozen=True, slots=True)
class ReservedName:
    """Why a name is refused: what of it is `reserved`, whether only its beginning is, and for what."""

    reserved: str
    is_prefix: bool
    reserved_for: str
    evidence: Evidence


class ReservedNames:
    """Judges the names that resources are given."""

    def __init__(self, file: ReservedNamesFile) -> None:
        self._file = file

    def types(self) -> dict[str, str]:
        """The types there are facts about, each with the property that holds the name."""
        return dict(key.split(" ", 1) for key in sorted(self._file.records))

    def judge(self, token: str, path: str, name: str) -> ReservedName | None:
        """Say why a name is refused; None when nothing says so."""
        key = f"{token} {path}"
        record = self._file.records.get(key)
        if record is None:
            return None
        found = next(_reserved(record, name.lower() if record.any_case else name), None)
        if found is None:
            return None
        source = Evidence(self._file.source, record.checked.isoformat(), token, record.url)
        evidence = self._file.evidence(key, otherwise=source)
        return ReservedName(found[0], found[1], record.reserved_for, evidence)


def _reserved(record: ReservedNamesRecord, name: str) -> Iterator[tuple[str, bool]]:
    """What of a name is reserved, and whether it is its beginning."""
    yield from ((each, False) for each in record.names if each == name)
    yield from ((each, True) for each in record.prefixes if name.startswith(each))
