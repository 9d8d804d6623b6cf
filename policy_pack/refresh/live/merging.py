"""Brings the answers of some regions together with what was known before. Pure."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Generic

from msgspec.structs import replace

from policy_pack.catalog import region_sets
from policy_pack.refresh.live.asking import LiveCatalog
from policy_pack.refresh.live.files import AnyFact, LiveFile

SOURCE = "AWS, live"


@dataclass(frozen=True)
class Answers(Generic[AnyFact]):
    """What came back: the facts of each region that answered, the reason of each that is not for us."""

    facts: Mapping[str, Mapping[str, AnyFact]] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)


def merged(
    catalog: LiveCatalog[AnyFact],
    old: LiveFile[AnyFact] | None,
    answers: Answers[AnyFact],
    today: datetime.date,
) -> LiveFile[AnyFact] | None:
    """The catalog after a refresh: regions that did not answer keep what was known, with its date.

    The old one, or None, when no region answered.
    """
    if not answers.facts:
        return old
    dates = {**(old.regions if old else {}), **dict.fromkeys(answers.facts, today)}
    unknown = {**(old.unknown if old else {}), **answers.unknown}
    return LiveFile(
        about=catalog.about,
        source=SOURCE,
        fetched=min(dates.values()),
        command=f"preflight refresh {catalog.name}",
        scope=_scope(dates),
        max_age_days=catalog.max_age_days,
        regions=dict(sorted(dates.items())),
        unknown={region: reason for region, reason in sorted(unknown.items()) if region not in dates},
        records=_records({**(_by_region(old) if old else {}), **answers.facts}),
    )


def shrunk(
    old: LiveFile[AnyFact] | None, region: str, facts: Mapping[str, AnyFact]
) -> tuple[int, int] | None:
    """How many records a region had and has, when more than a fifth of them are gone; else None."""
    before = (old.in_region(region) if old else None) or {}
    kept = sum(key in facts for key in before)
    return (len(before), kept) if kept * 5 < len(before) * 4 else None


def _scope(regions: Iterable[str]) -> str:
    names = sorted(regions)
    return ", ".join(names) if len(names) < 4 else f"{len(names)} regions"


def _by_region(file: LiveFile[AnyFact]) -> dict[str, Mapping[str, AnyFact]]:
    return {region: file.in_region(region) or {} for region in file.regions}


def _records(by_region: Mapping[str, Mapping[str, AnyFact]]) -> dict[str, tuple[AnyFact, ...]]:
    """Turn facts by region around: by key, each different fact with the regions where it holds."""
    places: dict[str, dict[AnyFact, set[str]]] = defaultdict(lambda: defaultdict(set))
    for region, facts in by_region.items():
        for key, fact in facts.items():
            places[key][replace(fact, regions="")].add(region)
    return {key: _variants(facts, by_region.keys()) for key, facts in sorted(places.items())}


def _variants(facts: Mapping[AnyFact, Set[str]], known: Set[str]) -> tuple[AnyFact, ...]:
    placed = [replace(fact, regions=region_sets.text(found, known)) for fact, found in facts.items()]
    return tuple(sorted(placed, key=repr))
