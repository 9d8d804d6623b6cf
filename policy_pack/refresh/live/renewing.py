"""One refresh: ask, bring together with what was known, and write or compare."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from policy_pack.catalog.errors import CatalogError
from policy_pack.refresh.live.asking import LiveCatalog
from policy_pack.refresh.live.files import LiveFile, document, read
from policy_pack.refresh.live.gathering import Gathered
from policy_pack.refresh.live.merging import merged, shrunk
from policy_pack.refresh.live.publishing import locked, publish
from policy_pack.refresh.writing import canonical

_File: TypeAlias = "LiveFile[Any] | None"


@dataclass(frozen=True)
class Change:
    """What a refresh does to one catalog.

    `renewed` are the regions that answered, `text` is what to write, None when it is there already; `keys`
    are the facts that differ, and `diff` shows them.
    """

    catalog: LiveCatalog[Any]
    renewed: tuple[str, ...]
    unknown: Mapping[str, str]
    failed: Mapping[str, str]
    text: str | None = None
    keys: frozenset[str] = frozenset()
    diff: tuple[str, ...] = ()


@dataclass(frozen=True)
class Renewal:
    """How to go about it: `accept_shrink` takes an answer that lacks much of what was there before."""

    directory: Path
    today: datetime.date
    accept_shrink: bool = False
    check: bool = False

    def apply(self, catalogs: Sequence[LiveCatalog[Any]], gathered: Mapping[str, Gathered]) -> list[Change]:
        """Bring the files up to date unless only checking.

        Raises:
            OSError: the files cannot be written.
        """
        if not self.check and any(each.facts for each in gathered.values()):
            self.directory.mkdir(parents=True, exist_ok=True)
        with locked(self.directory) if self.directory.is_dir() and not self.check else nullcontext():
            changes = [self._change(catalog, gathered[catalog.name]) for catalog in catalogs]
            texts = {each.catalog.file: each.text for each in changes if each.text is not None}
            if texts and not self.check:
                publish(self.directory, texts)
        return changes

    def _change(self, catalog: LiveCatalog[Any], gathered: Gathered) -> Change:
        try:
            old = self._old(catalog)
        except CatalogError as error:
            reason = f"{error}; remove the file to start anew"
            return Change(catalog, (), {}, dict.fromkeys(sorted(gathered.facts), reason) | gathered.failed)
        self._guard(old, gathered)
        new = merged(catalog, old, gathered.answers, self.today)
        before, after = _text(old), _text(new)
        return Change(
            catalog,
            tuple(sorted(gathered.facts)),
            gathered.unknown,
            gathered.failed,
            after if after != before and after else None,
            _keys(old, new),
            _diff(catalog.file, old, new),
        )

    def _old(self, catalog: LiveCatalog[Any]) -> _File:
        path = self.directory / catalog.file
        return read(path, catalog.fact) if path.exists() else None

    def _guard(self, old: _File, gathered: Gathered) -> None:
        """Take an answer that lacks much of what was there before for cut off."""
        for region, facts in tuple(gathered.facts.items()):
            loss = shrunk(old, region, facts)
            if loss and not self.accept_shrink:
                del gathered.facts[region]
                gathered.failed[region] = f"of {loss[0]} facts only {loss[1]} are left (see --accept-shrink)"


def _text(file: _File) -> str:
    return canonical(document(file)) if file else ""


def _keys(old: _File, new: _File) -> frozenset[str]:
    before, after = (file.records if file else {} for file in (old, new))
    return frozenset(key for key in {*before, *after} if before.get(key) != after.get(key))


def _diff(name: str, old: _File, new: _File) -> tuple[str, ...]:
    """A unified diff of the facts alone: that they were asked for again is no change.

    It does not number its lines, which are not all that the file has.
    """
    before = "/dev/null" if old is None else name
    lines = difflib.unified_diff(_facts(old), _facts(new), before, name, n=0, lineterm="")
    return tuple(line for line in lines if not line.startswith("@@"))


def _facts(file: _File) -> list[str]:
    if file is None:
        return []
    text = canonical(document(file)).splitlines()
    places = [f"  region {region}" for region in file.regions]
    places += [f"  unknown {region}: {reason}" for region, reason in file.unknown.items()]
    return places + [line.rstrip(",") for line in text if line.startswith("    ")]
