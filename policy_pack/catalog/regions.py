"""AWS partitions and regions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from msgspec import Struct

from policy_pack.catalog.files import CatalogFile
from policy_pack.model import Evidence


class PartitionRecord(Struct, frozen=True):
    """One partition as `regions.json` holds it; `regions` by id with their English names."""

    dns_suffix: str
    regex: str
    regions: dict[str, str]

    def __post_init__(self) -> None:
        try:
            re.compile(self.regex)
        except re.error as error:
            raise ValueError(f"`{self.regex}` is no regular expression: {error}") from error


class RegionsFile(CatalogFile, frozen=True):
    """`regions.json`: partitions by id."""

    key_pattern: ClassVar[str] = r"aws[a-z-]*"

    records: dict[str, PartitionRecord]


@dataclass(frozen=True)
class Partition:
    """A partition of AWS, such as `aws` or `aws-cn`, with the suffix of its host names."""

    id: str
    dns_suffix: str


class Regions:
    """Which regions there are. The list may be older than a region: `partition` then goes by its name."""

    def __init__(self, file: RegionsFile) -> None:
        self._file, records = file, file.records
        self._partitions = {key: Partition(key, record.dns_suffix) for key, record in records.items()}
        self._home = {region: key for key, record in records.items() for region in record.regions}
        self._patterns = {key: re.compile(record.regex, re.ASCII) for key, record in records.items()}

    def partition(self, region: str) -> Partition | None:
        """The partition that lists the region, else the one whose regions are named like it."""
        home = self._home.get(region)
        if home is None:
            home = next((key for key, pattern in self._patterns.items() if pattern.fullmatch(region)), None)
        return None if home is None else self._partitions[home]

    def evidence(self, region: str) -> Evidence:
        """What a finding about a region refers to: its partition's record, or the lack of it."""
        partition = self.partition(region)
        gone = self._file.reasons.keys() - self._file.records.keys()
        return self._file.evidence(*((partition.id,) if partition else sorted(gone)))

    def of(self, partition: str) -> tuple[str, ...]:
        """The listed regions of a partition."""
        return tuple(sorted(region for region, home in self._home.items() if home == partition))

    def is_listed(self, region: str) -> bool:
        """Whether the region is known by name."""
        return region in self._home

    def closest(self, text: str) -> str | None:
        """The listed region whose name looks most like a text, None when none looks alike."""
        from difflib import SequenceMatcher

        def likeness(listed: str) -> float:
            matcher = SequenceMatcher(None, text, listed)
            # Its first guess rests on lengths alone: a long text may be any, and takes seconds to compare.
            return matcher.ratio() if matcher.real_quick_ratio() >= 0.6 else 0.0

        best = max(sorted(self._home), key=likeness, default=None)
        return best if best and likeness(best) >= 0.6 else None
