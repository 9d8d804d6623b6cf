"""Refuses catalogs that look as if a source had changed its form, or carried one of its known defects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from policy_pack.catalog.versions import EngineVersion
from policy_pack.refresh.packages import RefreshError
from policy_pack.refresh.writing import Document

# What a catalog says in its scope when no package holds its facts: it may be empty.
LIVE_ONLY = "live only"
KEPT = 0.8


def check(name: str, document: Document, before: int, *, accept_shrink: bool = False) -> None:
    """Look at a catalog before it is written; `before` is how many records it had.

    Raises:
        RefreshError: it is empty, has lost more than a fifth of its records, holds a version that is none,
            or says the same of every engine.
    """
    count = len(document.records)
    if not count and not document.scope.startswith(LIVE_ONLY):
        raise RefreshError(f"{name} would be empty")
    if count < before * KEPT and not accept_shrink:
        raise RefreshError(f"{name} would shrink from {before} to {count} records (see --accept-shrink)")
    if name.startswith("versions/"):
        _check_versions(name, document.records)
    if name.startswith("instances/"):
        _check_kinds(name, document.records)


def _check_versions(name: str, records: Mapping[str, object]) -> None:
    tables: dict[str, set[str]] = defaultdict(set)
    for key in records:
        engine, _, version = key.partition(" ")
        if not EngineVersion(version).is_well_formed:
            raise RefreshError(f"{name}: `{version}` of {engine} is no version")
        tables[engine].add(version)
    same = all(table == next(iter(tables.values())) for table in tables.values())
    if len(tables) > 1 and same:
        raise RefreshError(f"{name}: all {len(tables)} engines have the same versions")


def _check_kinds(name: str, records: Mapping[str, object]) -> None:
    """Refuse classes that are offered alike for every engine, where there are several."""
    offers = [offer for each in records.values() if isinstance(each, list) for offer in each]
    kinds = {kind for offer in offers for kind in offer.get("kinds", ())}
    if len(kinds) > 1 and all(len(offer.get("kinds", ())) == len(kinds) for offer in offers):
        raise RefreshError(f"{name}: all {len(kinds)} engines have the same classes")
