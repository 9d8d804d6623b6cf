"""Which instance classes a service offers, where, and for what."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import ClassVar

from policy_pack.catalog.engine_versions import State, Verdict
from policy_pack.catalog.regional import Offer, RegionalFile, in_force, regions_of
from policy_pack.model import Confidence

# `db.r6g.large`, `m5.large`, `m5.large.search`, `ra3.xlplus`, `u-6tb1.metal`, `mac2-m2.metal`.
_FORM = re.compile(
    r"(?P<before>[a-z]+\.)??(?P<letters>[a-z]+)(?P<number>\d+)(?P<rest>[a-z0-9-]*)\.(?P<size>.+)", re.ASCII
)
_SIZES = {"nano": 0, "micro": 1, "small": 2, "medium": 3, "large": 4, "xlarge": 6}


class InstanceClassesFile(RegionalFile, frozen=True):
    """`instances/<service>.json`: by class, what is offered where.

    A class without an offer is one that the service's API names, and that no list offers anywhere.
    """

    key_pattern: ClassVar[str] = r"([a-z]+ )?[a-z0-9-]+(\.[a-z0-9-]+)+"


class InstanceClasses:
    """Judges the instance classes of one service.

    The lists are those of AWS's prices, which keep what is retired: that a class is not listed says much,
    that it is listed says little. So no verdict is certain.
    """

    def __init__(self, file: InstanceClassesFile, refreshed: Sequence[InstanceClassesFile] = ()) -> None:
        self._files = (file, *refreshed)
        self._lists: dict[int, _List] = {}

    @property
    def kinds(self) -> frozenset[str]:
        """The engines or uses that the shipped catalog tells apart; empty when it tells none apart."""
        return self._list(None).kinds

    def judge(self, name: str, *, region: str | None, kind: str | None = None) -> Verdict:
        """Say whether a class is offered in a region; without one, whether it is anywhere.

        `elsewhere`: in other regions, or for other engines or uses. Never raises, whatever the texts.
        """
        known = self._list(region)
        state = known.judge(name, region, kind)
        nearest = known.nearest(name, region, kind) if state in (State.NOT_LISTED, State.ELSEWHERE) else None
        return Verdict(state, Confidence.LIKELY, nearest, known.file.evidence(name), ())

    def regions_of(self, name: str, kind: str | None = None) -> tuple[str, ...]:
        """The regions that the shipped catalog offers a class in."""
        return self._list(None).regions_of(name, kind)

    def _list(self, region: str | None) -> _List:
        file = in_force(self._files, region)
        if id(file) not in self._lists:
            self._lists[id(file)] = _List(file)
        return self._lists[id(file)]


class _List:
    """One list of classes."""

    def __init__(self, file: InstanceClassesFile) -> None:
        self.file = file
        self._offers = _by_class(file.records)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The engines or uses that the catalog tells apart; empty when it tells none apart."""
        return frozenset(
            kind for offers in self._offers.values() for offer in offers for kind in offer.kinds or ()
        )

    def regions_of(self, name: str, kind: str | None = None) -> tuple[str, ...]:
        """The regions that offer a class."""
        return tuple(sorted(regions_of(self.file, self._offers.get(name, ()), kind)))

    def judge(self, name: str, region: str | None, kind: str | None) -> State:
        """What the list says of a class."""
        unheard = kind is not None and bool(self.kinds) and kind not in self.kinds
        if not self._offers or unheard or (region is not None and region not in self.file.regions):
            return State.NO_DATA
        if self._is_offered(name, region, kind):
            return State.AVAILABLE
        if self._offers.get(name):
            return State.ELSEWHERE
        return State.NEWER if name in self._offers or self._is_newer(name) else State.NOT_LISTED

    def _is_offered(self, name: str, region: str | None, kind: str | None) -> bool:
        found = self.regions_of(name, kind)
        return region in found if region else bool(found)

    def _is_newer(self, name: str) -> bool:
        """Whether the class is of a generation above all that are known of its letters, or of new letters."""
        meant = _Class.of(name)
        if meant is None:
            return False
        peers = [each.number for each in self._classes.values() if each.family[:2] == meant.family[:2]]
        return meant.number > max(peers) if peers else False

    @cached_property
    def _classes(self) -> dict[str, _Class]:
        found = ((name, _Class.of(name)) for name in self._offers)
        return {name: each for name, each in found if each is not None}

    def nearest(self, name: str, region: str | None, kind: str | None) -> str | None:
        """The most alike that is offered: of the same letters and size, of the nearest generation."""
        meant = _Class.of(name)
        if name in self._offers and meant is not None:
            alike = sorted(self._classes, key=lambda each: (meant.distance(self._classes[each]), each))
            return next((each for each in alike if self._is_offered(each, region, kind)), None)
        family = [each for each, parts in self._classes.items() if meant and parts.family == meant.family]
        near = get_close_matches(name, family or self._classes, n=9, cutoff=0.6 if family else 0.8)
        return next((each for each in near if self._is_offered(each, region, kind)), None)


def _by_class(records: Mapping[str, Sequence[Offer]]) -> dict[str, Sequence[Offer]]:
    """By class alone: what AWS answered about MQ has the engine before the class."""
    offers: dict[str, list[Offer]] = defaultdict(list)
    for key, found in records.items():
        kind, _, name = key.rpartition(" ")
        offers[name] += [Offer(each.regions, [kind]) for each in found] if kind else found
    return dict(offers)


@dataclass(frozen=True)
class _Class:
    """The parts of a class's name."""

    family: tuple[str, str, int, str]
    size: str

    @classmethod
    def of(cls, name: str) -> _Class | None:
        found = _FORM.fullmatch(name)
        # A longer number is no generation, and int() refuses very long ones.
        if found is None or len(found["number"]) > 4:
            return None
        family = (found["before"] or "", found["letters"], int(found["number"]), found["rest"])
        return cls(family, found["size"])

    @property
    def number(self) -> int:
        return self.family[2]

    def distance(self, other: _Class) -> tuple[bool, int, bool, int, bool]:
        unlike = self.family[:2] != other.family[:2]
        sizes = abs(_rank(self.size) - _rank(other.size))
        away = abs(self.number - other.number)
        return unlike, sizes, self.size != other.size, away, self.family[3] != other.family[3]


def _rank(size: str) -> int:
    """Where a size stands among the others; sizes that are not of their kind stand above all."""
    name = size.partition(".")[0]
    many = re.fullmatch(r"(\d{1,3})xlarge", name, re.ASCII)
    return 5 + int(many[1]) if many else _SIZES.get(name, 999)
