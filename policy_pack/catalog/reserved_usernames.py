"""Master usernames that database engines refuse."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar, Literal

from msgspec import Struct

from policy_pack.catalog.files import CatalogFile
from policy_pack.model import Evidence

_DIALECTS = {
    "aurora-mysql": "mysql",
    "aurora-postgresql": "postgres",
    "db2": "db2",
    "mariadb": "mariadb",
    "mysql": "mysql",
    "oracle": "oracle",
    "postgres": "postgres",
    "redshift": "redshift",
    "sqlserver": "tsql",
}


class UsernameRecord(Struct, frozen=True):
    """What became of one name: `outcome`, who saw it (`source`, `url`) and when that was last `checked`."""

    checked: datetime.date
    outcome: Literal["accepted", "refused"]
    reason: str
    source: str
    url: str


class ReservedUsernamesFile(CatalogFile, frozen=True):
    """`reserved_usernames.json`: by `engine name` in lower case; a `*` ends a prefix."""

    key_pattern: ClassVar[str] = r"[a-z0-9-]+ [^A-Z\s]+"

    records: dict[str, UsernameRecord]


class SqlReservedWordsFile(CatalogFile, frozen=True):
    """`sql_reserved_words.json`: by word in upper case, the SQL dialects that reserve it."""

    key_pattern: ClassVar[str] = r"[^a-z\s]+"

    records: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Reserved:
    """Why a name cannot, or may not, be a master username.

    `verified`: AWS was seen to refuse it or documents that it does. Otherwise it is a keyword of the
    engine's SQL, which AWS forbids in general terms only.
    """

    verified: bool
    reason: str
    evidence: Evidence


class ReservedUsernames:
    """Judges master usernames for RDS and Aurora engines, `docdb`, `neptune` and `redshift`."""

    def __init__(self, names: ReservedUsernamesFile, words: SqlReservedWordsFile) -> None:
        self._files = names, words
        self._names: dict[str, dict[str, UsernameRecord]] = defaultdict(dict)
        for key, record in names.records.items():
            engine, _, name = key.partition(" ")
            self._names[engine][name] = record

    def judge(self, engine: str, username: str) -> Reserved | None:
        """Say why an engine reserves a username, upper and lower case alike; None if nothing says so."""
        listed = self._listed(engine, username.lower())
        if listed is None:
            return self._keyword(engine, username)
        file, record = self._files[0], self._names[engine][listed]
        if record.outcome == "accepted":
            return None
        source = Evidence(record.source, record.checked.isoformat(), engine, record.url)
        evidence = file.evidence(f"{engine} {listed}", otherwise=source)
        return Reserved(verified=True, reason=record.reason, evidence=evidence)

    def _listed(self, engine: str, name: str) -> str | None:
        """The name, or the prefix of it, that there is a record of."""
        names = self._names.get(engine, {})
        if name in names:
            return name
        return next((key for key in names if key.endswith("*") and name.startswith(key[:-1])), None)

    def _keyword(self, engine: str, username: str) -> Reserved | None:
        file, word, dialect = self._files[1], username.upper(), _dialect(engine)
        if dialect is None or dialect not in file.records.get(word, ()):
            return None
        reason = f"`{word}` is a reserved keyword of the engine"
        source = Evidence(file.source, file.fetched.isoformat(), f"SQL dialect {dialect}")
        return Reserved(verified=False, reason=reason, evidence=file.evidence(word, otherwise=source))


def _dialect(engine: str) -> str | None:
    """The SQL dialect of an engine; editions such as `oracle-ee` and `custom-sqlserver-se` share one."""
    family = engine.removeprefix("custom-").partition("-")[0]
    return _DIALECTS.get(engine) or _DIALECTS.get(family)
