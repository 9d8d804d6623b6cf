"""Which Lambda runtimes there are, and when each one ends."""

from __future__ import annotations

import datetime
import enum
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar

from msgspec import Struct

from policy_pack.catalog.files import CatalogFile
from policy_pack.model import Confidence, Evidence

_FORM = re.compile(r"(?P<language>[a-z]+)(?P<version>\d{1,3}(?:\.\d{1,3})?)(?!\d)", re.ASCII)


class RuntimeRecord(Struct, frozen=True):
    """One runtime as `lambda_runtimes.json` holds it.

    From `create_block` on no function can be created with it, from `update_block` on none be updated;
    a date is None when AWS has not set it. `in_api`: Lambda's API knows the name.
    """

    deprecated: datetime.date | None
    create_block: datetime.date | None
    update_block: datetime.date | None
    successor: str | None
    in_api: bool


class LambdaRuntimesFile(CatalogFile, frozen=True):
    """`lambda_runtimes.json`: by name of the runtime."""

    key_pattern: ClassVar[str] = r"[a-z][a-z0-9.-]*"

    records: dict[str, RuntimeRecord]


class RuntimeState(str, enum.Enum):
    """What becomes of a new function with a runtime, on a day."""

    SUPPORTED = "supported"
    DEPRECATED = "deprecated"
    BLOCKED = "blocked"
    NEWER = "newer"
    NOT_LISTED = "not-listed"


@dataclass(frozen=True, slots=True)
class RuntimeVerdict:
    """The answer about one runtime. `record` is None for one that is not listed."""

    state: RuntimeState
    confidence: Confidence
    nearest: str | None
    record: RuntimeRecord | None
    evidence: Evidence


class LambdaRuntimes:
    """Judges runtimes by the dates that AWS has published for all regions."""

    def __init__(self, file: LambdaRuntimesFile) -> None:
        self._records = file.records
        self._fetched = file.fetched
        self._evidence = file.evidence

    def names(self) -> tuple[str, ...]:
        """All runtimes there are or have been."""
        return tuple(sorted(self._records))

    def judge(self, name: str, *, today: datetime.date) -> RuntimeVerdict:
        """Say whether a function can be created with a runtime today.

        What had ended on the day of the data is certain; AWS puts off later dates at times.
        """
        record = self._records.get(name)
        if record is None:
            near = get_close_matches(name, self._supported(today), n=1, cutoff=0.5)
            nearest = near[0] if near else None
            state = RuntimeState.NEWER if self._is_newer(name) else RuntimeState.NOT_LISTED
            return RuntimeVerdict(state, Confidence.LIKELY, nearest, None, self._evidence(name))
        state = _state(record, today)
        sure = state is _state(record, min(today, self._fetched))
        confidence = Confidence.CERTAIN if sure else Confidence.LIKELY
        return RuntimeVerdict(state, confidence, self._successor(record, today), record, self._evidence(name))

    def _is_newer(self, name: str) -> bool:
        """Whether the name is of a version above all that are known of its language."""
        meant = _parts(name)
        peers = [_parts(each) for each in self._records]
        known = [version for language, version in peers if language == meant[0]]
        return bool(known) and meant[1] > max(known)

    def _supported(self, today: datetime.date) -> list[str]:
        return sorted(
            name for name, record in self._records.items() if _state(record, today) is RuntimeState.SUPPORTED
        )

    def _successor(self, record: RuntimeRecord, today: datetime.date) -> str | None:
        """The named successor, or the one after it as long as they have ended too."""
        seen: set[str] = set()
        name = record.successor
        while name in self._records and name not in seen:
            seen.add(name)
            if _state(self._records[name], today) is RuntimeState.SUPPORTED:
                return name
            name = self._records[name].successor
        return None


def _state(record: RuntimeRecord, today: datetime.date) -> RuntimeState:
    if _has_passed(record.create_block, today):
        return RuntimeState.BLOCKED
    return RuntimeState.DEPRECATED if _has_passed(record.deprecated, today) else RuntimeState.SUPPORTED


def _parts(name: str) -> tuple[str, tuple[int, ...]]:
    """Language and version of `python3.14`; no version where there is none, or one too long to be one."""
    found = _FORM.match(name)
    if found is None:
        return name, ()
    return found["language"], tuple(int(each) for each in found["version"].split("."))


def _has_passed(date: datetime.date | None, today: datetime.date) -> bool:
    return date is not None and date <= today
