"""Reads one catalog file into one typed document, and says which line is wrong when it cannot."""

from __future__ import annotations

import datetime
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_type_hints

import msgspec
from msgspec import Struct, field, structs

from policy_pack.catalog.errors import CatalogError, RefreshedError
from policy_pack.model import Evidence


class CatalogFile(Struct, frozen=True, kw_only=True):
    """The header of every catalog; each catalog adds its own `records`.

    `fetched` is the date of the data (of the oldest source, where there are several), `command` what
    rebuilds the file, `scope` the region or engines that the facts hold for; `max_age_days` how long the
    facts are good for, None for those that hardly change. `reasons` are the user's, by record, where the
    facts are the user's own, and `overlay` is the file that holds them.
    """

    key_pattern: ClassVar[str] = ".+"
    # The fact that a user states by withdrawing a record; None where it then is as if it had never been.
    withdrawn: ClassVar[object] = None

    about: str
    source: str
    fetched: datetime.date
    command: str
    scope: str
    max_age_days: int | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    overlay: str = ""

    def evidence(self, *records: str, otherwise: Evidence | None = None) -> Evidence:
        """What a finding that rests on some records, or on the lack of them, refers to.

        The user's own reason comes first, with the date of the list that it changes; then `otherwise`, for
        records that have sources of their own; then the list as a whole.
        """
        own = next((self.reasons[key] for key in records if key in self.reasons), None)
        if own is not None:
            return Evidence(f"your overlay `{self.overlay}`: {own}", self.fetched.isoformat())
        return otherwise or Evidence(self.source, self.fetched.isoformat(), self.scope)

    @staticmethod
    def expanded(fact: object) -> object:
        """A user's fact in the form of a record, where the user may write it more shortly."""
        return fact


class Header(CatalogFile, frozen=True):
    """All of a catalog but its records; `regions` only where the facts differ by region."""

    regions: dict[str, datetime.date] = field(default_factory=dict)


_File = TypeVar("_File", bound=CatalogFile)


def read(path: Path, shape: type[_File]) -> _File:
    """Decode a catalog file in one go.

    Raises:
        CatalogError: it is missing, is no JSON, or has another shape; names the line.
    """
    raw = content(path)
    document: _File = decoded(path, raw, shape, lambda: get_type_hints(shape)["records"])
    _check_keys(path, raw, document)
    return document


def read_refreshed(root: Path, name: str, shape: type[_File]) -> _File | None:
    """Decode a catalog that a refresh may have written, None when it has not.

    Raises:
        RefreshedError: where `read` raises; says what to do.
    """
    path = root / f"{name}.json"
    try:
        return read(path, shape) if os.path.lexists(path) else None
    except CatalogError as error:
        remedy = f"remove the file, and `preflight refresh {name}` writes it anew"
        raise RefreshedError(path, error.line, f"{error.problem} ({remedy})") from error


def header(path: Path) -> Header:
    """Decode what stands above the records. Raises CatalogError as `read` does."""
    found: Header = decoded(path, content(path), Header, lambda: dict)
    return found


def content(path: Path) -> bytes:
    """What stands in a file. Raises CatalogError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(path, None, error.strerror or "cannot be read") from error


def decoded(path: Path, raw: bytes, shape: Any, records: Callable[[], Any]) -> Any:
    """A catalog's content in a shape; `records` tells the form of the part that is told apart by its lines.

    Raises:
        CatalogError: it is no JSON or has another shape; names the line.
    """
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as error:
        raise _misshapen(path, raw, records(), str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed(path, raw, str(error)) from error


def _check_keys(path: Path, raw: bytes, document: CatalogFile) -> None:
    matches = re.compile(document.key_pattern).fullmatch
    for key in structs.asdict(document)["records"]:
        if not matches(key):
            problem = f"record `{key}` is not named like the others ({document.key_pattern})"
            raise CatalogError(path, _line_of(raw, key), problem)


def _malformed(path: Path, raw: bytes, problem: str) -> CatalogError:
    try:
        json.loads(raw)
    except json.JSONDecodeError as error:
        return CatalogError(path, error.lineno, f"is no JSON: {error.msg}")
    except UnicodeDecodeError as error:
        return CatalogError(path, raw.count(b"\n", 0, error.start) + 1, "is not encoded in UTF-8")
    return CatalogError(path, 1, problem)


def _misshapen(path: Path, raw: bytes, kind: Any, problem: str) -> CatalogError:
    """Find the line, which the decoder does not tell: it names a record only as `$.records[...]`."""
    try:
        document = json.loads(raw)
    except ValueError:
        # The decoder stops at the first wrong value and has not seen the rest of the file.
        return _malformed(path, raw, problem)
    records = document.get("records") if isinstance(document, Mapping) else None
    for key, record in records.items() if isinstance(records, Mapping) else ():
        detail = _record_problem(key, record, kind)
        if detail:
            return CatalogError(path, _line_of(raw, key), f"record `{key}`: {detail}")
    named = re.search(r"\$\.(\w+)", problem)
    return CatalogError(path, _line_of(raw, named[1]) if named else 1, problem)


def _record_problem(key: str, record: object, kind: Any) -> str | None:
    try:
        msgspec.convert({key: record}, kind, str_keys=True)
    except msgspec.ValidationError as error:
        return str(error).replace(" - at `$[...]`", "")
    return None


def _line_of(raw: bytes, key: str) -> int:
    """The line on which a key stands: keys begin their lines in a canonical file."""
    wanted = re.compile(rb"^\s*" + re.escape(json.dumps(key, ensure_ascii=False).encode()) + rb"\s*:", re.M)
    found = wanted.search(raw)
    return raw.count(b"\n", 0, found.end()) + 1 if found else 1
