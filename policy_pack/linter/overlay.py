"""The user's own facts: `[facts]` of the configuration, or the file that it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from policy_pack.catalog import CatalogError, Catalogs, Change, Overlay, kinds
from policy_pack.catalog.engine_versions import EngineVersionsFile
from policy_pack.catalog.files import CatalogFile
from policy_pack.catalog.regional import RegionalFile
from policy_pack.catalog.store import ROOT
from policy_pack.linter.config import Config, ConfigError, read_toml, reject_unknown, unknown_name

VERBS = ("add", "override", "withdraw")


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fact as the user writes it: a version's `state`, `regions` of what differs by them, or `fact`."""

    catalog: str
    record: str
    reason: str
    state: str | None = None
    regions: str | list[str] | None = None
    fact: Any = None


def overlay(config: Config) -> Overlay | None:
    """The user's own facts, None when there are none.

    Raises:
        ConfigError: a fact is not what it must be; the message names the file, the entry and the key.
    """
    table = config.settings.facts
    if config.path is None or not table:
        return None
    path, prefix = config.path, "facts."
    if "file" in table:
        reject_unknown(path, "key beside `facts.file`", table, ("file",))
        if not isinstance(table["file"], str):
            raise ConfigError(f"`{path}`: `facts.file` is no text")
        path, prefix = path.parent / table["file"], ""
        table = read_toml(path)
    reject_unknown(path, "key of facts", table, VERBS)
    return _overlay(path, prefix, table)


def _overlay(path: Path, prefix: str, table: Mapping[str, Any]) -> Overlay:
    known, changes = kinds.names(ROOT), defaultdict[str, dict[str, Change]](dict)
    for verb in VERBS:
        for where, given in _entries(path, f"{prefix}{verb}", table.get(verb, [])):
            try:
                entry = msgspec.convert(given, _Entry)
                if entry.catalog not in known:
                    raise ValueError(unknown_name("catalog", entry.catalog, known))
                change = _change(verb, entry)
            except (msgspec.ValidationError, ValueError) as error:
                raise ConfigError(f"`{path}`: `{where}`: {error}") from error
            if entry.record in changes[entry.catalog]:
                raise ConfigError(f"`{path}`: `{where}`: `{entry.record}` of {entry.catalog} is given twice")
            changes[entry.catalog][entry.record] = change
    return _checked(Overlay(path, dict(changes)))


def _checked(found: Overlay) -> Overlay:
    try:
        for name in found.changes:
            found.facts(name, kinds.form(name))
    except CatalogError as error:
        raise ConfigError(f"`{found.path}`: {error.problem}") from error
    return found


def _entries(path: Path, key: str, given: object) -> Iterator[tuple[str, object]]:
    if not isinstance(given, list):
        raise ConfigError(f"`{path}`: `{key}` is no list; write `[[{key}]]` above each fact")
    yield from ((f"{key}[{number}]", entry) for number, entry in enumerate(given))


def _change(verb: str, entry: _Entry) -> Change:
    """What an entry says of its record. Raises ValueError when it says nothing or too much."""
    form = kinds.form(entry.catalog)
    said = [key for key in ("state", "regions", "fact") if getattr(entry, key) is not None]
    if verb == "withdraw":
        if said:
            raise ValueError(f"what is withdrawn has no `{said[0]}`")
        return Change(form.withdrawn, entry.reason)
    keys = _keys(form)
    if len(said) != 1 or said[0] not in keys:
        raise ValueError(f"a fact of {entry.catalog} has {' or '.join(f'`{key}`' for key in keys)}")
    fact = entry.state if entry.regions is None else _region_set(entry.regions)
    return Change(entry.fact if fact is None else fact, entry.reason)


def _keys(form: type[CatalogFile]) -> tuple[str, ...]:
    """The keys by which a fact of a catalog can be stated."""
    if issubclass(form, RegionalFile):
        return "regions", "fact"
    return ("state", "fact") if issubclass(form, EngineVersionsFile) else ("fact",)


def _region_set(given: str | list[str]) -> str:
    """Some regions in the form of `region_sets`. Raises ValueError when one is none."""
    text = given if isinstance(given, str) else ", ".join(given)
    regions = Catalogs().regions
    for name in text.removeprefix("all but ").split(", ") if text != "all" else ():
        if regions.partition(name) is None:
            similar = regions.closest(name)
            hint = f"; a similar one is `{similar}`" if similar else ""
            raise ValueError(f"`{name}` is no region{hint}")
    return text
