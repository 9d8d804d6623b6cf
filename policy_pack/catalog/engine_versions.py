"""Which engine versions a service offers, and how sure that is."""

from __future__ import annotations

import datetime
import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

from msgspec import Struct, field

from policy_pack.catalog import region_sets
from policy_pack.catalog.files import CatalogFile
from policy_pack.catalog.precedence import newest
from policy_pack.catalog.regions import Partition
from policy_pack.catalog.versions import EngineVersion, takes_prefixes
from policy_pack.model import Confidence, Evidence

# What a source says of a version. `listed` is less than `available`: the source does not tell the
# versions that AWS has withdrawn from those it offers, or not reliably.
Claim: TypeAlias = Literal["available", "listed", "withdrawn"]

# Sources that are certain alone: AWS, asked by the user, and the user.
AWS = "AWS"
OVERLAY = "your overlay"

# Patches under extended support are named so (`5.7.44-rds.20250213`), sooner or later in every engine.
_EXTENDED_SUPPORT = frozenset({"-rds"})


class EngineVersionsFile(CatalogFile, frozen=True):
    """`versions/<service>.json`: by `engine version`, what each source says.

    An engine ending in `-*` stands for its editions: the source does not tell them apart. Bare majors
    are not recorded, since they follow from their minors.

    Where the source tells `regions` apart, `places` has the set of them that a record is listed in (see
    `region_sets`, or the name of one of `sets`); a record without one is listed in all.
    """

    key_pattern: ClassVar[str] = r"[a-z0-9_.-]+\*? \S+"
    withdrawn: ClassVar[object] = "withdrawn"

    records: dict[str, dict[str, Claim]]
    regions: dict[str, datetime.date] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def in_region(self, region: str) -> dict[str, dict[str, Claim]]:
        """The records that hold in one of the regions; the user's own hold in all."""
        texts = {key: self.sets.get(place, place) for key, place in self.places.items()}
        has = {text: region in region_sets.regions(text, self.regions.keys()) for text in {*texts.values()}}
        return {
            key: said
            for key, said in self.records.items()
            if key not in texts or has[texts[key]] or key in self.reasons
        }

    @staticmethod
    def expanded(fact: object) -> object:
        """Take `available` for what the user claims."""
        return {OVERLAY: fact} if isinstance(fact, str) else fact


class LiveVersion(Struct, frozen=True):
    """What AWS answered about a version, and in which regions (see `region_sets`)."""

    regions: str
    state: Claim = "available"


class LiveVersionsFile(CatalogFile, frozen=True):
    """`versions/<service>.json` as a refresh writes it: `regions` has the day of each one's answer."""

    key_pattern: ClassVar[str] = EngineVersionsFile.key_pattern

    regions: dict[str, datetime.date]
    records: dict[str, list[LiveVersion]]


class State(str, enum.Enum):
    """What a catalog says of an engine version or an instance class."""

    AVAILABLE = "available"
    WITHDRAWN = "withdrawn"
    ELSEWHERE = "elsewhere"
    NOT_LISTED = "not-listed"
    NEWER = "newer"
    NO_DATA = "no-data"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about one engine version or instance class.

    `nearest` is the available version to take instead, None when this one is available, when nothing is
    known, or when the engine has no available version. `sources` name those that say so.
    """

    state: State
    confidence: Confidence
    nearest: str | None
    evidence: Evidence
    sources: tuple[str, ...]


class EngineVersions:
    """Judges the engine versions of one service.

    In a region for which AWS was asked later than the shipped catalog was made, AWS's answer holds; what
    the shipped catalog calls withdrawn stays so.
    """

    def __init__(
        self,
        file: EngineVersionsFile,
        partition_of: Callable[[str], Partition | None],
        refreshed: Sequence[LiveVersionsFile] = (),
    ) -> None:
        self._file = file
        self._refreshed = refreshed
        self._partition_of = partition_of
        self._by_engine: dict[str | None, dict[str, dict[str, Mapping[str, Claim]]]] = {}
        self._engines: dict[tuple[str, str | None], _Engine | None] = {}

    def engines(self) -> tuple[str, ...]:
        """The engines there are facts about; one ending in `-*` stands for its editions."""
        return tuple(sorted(self._claims(None)))

    def judge(self, engine: str, version: str, *, region: str | None) -> Verdict:
        """Say whether a version can be deployed in a region; None counts as a region of `aws`.

        A major, or any other leading part such as `8.0`, is available when one of its minors is. Never
        raises, whatever the texts.
        """
        live = self._live(region)
        known = self._engine(engine, region if live else None)
        if known is None:
            return Verdict(State.NO_DATA, Confidence.LIKELY, None, self._file.evidence(), ())
        asked = EngineVersion(version)
        state, sources = known.judge(asked)
        here = self._engine(engine, region) if live is None and region in self._file.regions else None
        if here is not None and state is State.AVAILABLE and here.judge(asked)[0] is State.NOT_LISTED:
            return self._elsewhere(here, asked, region)
        own = bool({AWS, OVERLAY}.intersection(sources))
        sure = own or (len(sources) > 1 and self._covers(region))
        nearest = None if state is State.AVAILABLE else (here or known).nearest(asked)
        evidence = self._evidence(engine, asked, region if live and (own or not sources) else None)
        confidence = Confidence.CERTAIN if sure else Confidence.LIKELY
        return Verdict(state, confidence, nearest.text if nearest else None, evidence, sources)

    def _elsewhere(self, here: _Engine, version: EngineVersion, region: str | None) -> Verdict:
        """What is said of a version that other regions have, and this one only in later versions."""
        nearest, day = here.nearest(version), self._file.regions[region or ""]
        evidence = Evidence(self._file.source, day.isoformat(), region)
        return Verdict(State.ELSEWHERE, Confidence.LIKELY, nearest.text if nearest else None, evidence, ())

    def _covers(self, region: str | None) -> bool:
        partition = self._partition_of(region) if region else None
        return region is None or (partition is not None and partition.id == "aws")

    def _live(self, region: str | None) -> LiveVersionsFile | None:
        index = newest(self._file.fetched, [each.regions for each in self._refreshed], region)
        return None if index is None else self._refreshed[index]

    def _evidence(self, engine: str, version: EngineVersion, region: str | None) -> Evidence:
        own = next((key for key in self._file.reasons if _is_about(key, engine, version)), None)
        live = self._live(region)
        if own is not None:
            return self._file.evidence(own)
        if live is None or region is None:
            return self._file.evidence()
        return Evidence(live.source, live.regions[region].isoformat(), region)

    def _engine(self, name: str, region: str | None) -> _Engine | None:
        if (name, region) not in self._engines:
            known, merged = self._claims(region), defaultdict[str, dict[str, Claim]](dict)
            for engine in _names(name):
                for version, claims in known.get(engine, {}).items():
                    merged[version].update(claims)
            self._engines[name, region] = _Engine(name, merged) if merged else None
        return self._engines[name, region]

    def _claims(self, region: str | None) -> Mapping[str, Mapping[str, Mapping[str, Claim]]]:
        """By engine and version, what is said of it; a region only where it is told apart from others."""
        if region not in self._by_engine:
            claims: dict[str, dict[str, Mapping[str, Claim]]] = defaultdict(dict)
            for key, said in self._records(region).items():
                engine, _, version = key.partition(" ")
                claims[engine][version] = said
            self._by_engine[region] = dict(claims)
        return self._by_engine[region]

    def _records(self, region: str | None) -> Mapping[str, Mapping[str, Claim]]:
        shipped, live = self._file.records, self._live(region)
        if region is None:
            return shipped
        if live is None:
            return self._file.in_region(region)
        kept = {key: said for key, said in shipped.items() if "withdrawn" in said.values()}
        answered: dict[str, dict[str, Claim]] = {
            key: {AWS: fact.state}
            for key, facts in live.records.items()
            for fact in facts
            if region in region_sets.regions(fact.regions, live.regions.keys())
        }
        own = {key: shipped[key] for key in self._file.reasons if key in shipped}
        removed = self._file.reasons.keys() - own.keys()
        return {key: said for key, said in {**kept, **answered, **own}.items() if key not in removed}


@dataclass(frozen=True)
class _Engine:
    """All that is known about one engine: by version, what each source says."""

    name: str
    claims: Mapping[str, Mapping[str, Claim]]

    @cached_property
    def versions(self) -> tuple[EngineVersion, ...]:
        return tuple(sorted(map(EngineVersion, self.claims)))

    @cached_property
    def available(self) -> tuple[EngineVersion, ...]:
        return tuple(each for each in self.versions if not self._is_withdrawn(each))

    @cached_property
    def majors(self) -> Mapping[EngineVersion, Sequence[EngineVersion]]:
        """The versions of each major, both in ascending order."""
        majors: dict[EngineVersion, list[EngineVersion]] = defaultdict(list)
        for each in self.versions:
            majors[each.major(self.name)].append(each)
        return majors

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset().union(*(each.words for each in self.versions))

    @cached_property
    def is_own(self) -> bool:
        """Whether only the user says anything of the engine, which is no list of all its versions."""
        return all(said.keys() == {OVERLAY} for said in self.claims.values())

    def judge(self, version: EngineVersion) -> tuple[State, tuple[str, ...]]:
        meant = self._meant_by(version)
        if not meant and self.is_own:
            return State.NO_DATA, ()
        if not meant:
            return (State.NEWER, ()) if self._is_newer(version) else (State.NOT_LISTED, self._around(version))
        offered = [each for each in meant if not self._is_withdrawn(each)]
        if offered:
            return State.AVAILABLE, tuple(sorted(self._listing(offered)))
        return State.WITHDRAWN, self._agreed(meant)

    def nearest(self, version: EngineVersion) -> EngineVersion | None:
        """The next available version of the same major, else its last; else the next, else the last."""
        fitting = [each for each in self.available if _is_limitless(each) == _is_limitless(version)]
        siblings = [each for each in self._peers(version) if each in fitting]
        above = [each for each in siblings if each > version]
        if siblings:
            return above[0] if above else siblings[-1]
        return next((each for each in fitting if each > version), fitting[-1] if fitting else None)

    def _peers(self, version: EngineVersion) -> Sequence[EngineVersion]:
        return self.majors.get(version.major(self.name), ())

    def _meant_by(self, version: EngineVersion) -> list[EngineVersion]:
        if version.text in self.claims:
            return [version]
        if not takes_prefixes(self.name):
            return []
        return [each for each in self.versions if version.is_prefix_of(each)]

    def _agreed(self, versions: Iterable[EngineVersion]) -> tuple[str, ...]:
        """The sources that call every one of these versions withdrawn that they list."""
        said: dict[str, set[Claim]] = defaultdict(set)
        for each in versions:
            for source, claim in self.claims[each.text].items():
                said[source].add(claim)
        return tuple(sorted(source for source, claims in said.items() if claims == {"withdrawn"}))

    def _is_withdrawn(self, version: EngineVersion) -> bool:
        return "withdrawn" in self.claims[version.text].values()

    def _is_newer(self, version: EngineVersion) -> bool:
        """Whether it may have come after the catalog: above all of its major, or in a major above all."""
        if not (version.is_well_formed and version.words <= self.words | _EXTENDED_SUPPORT):
            return False
        peers = self._peers(version)
        return version > peers[-1] if peers else version.major(self.name) > max(self.majors)

    def _around(self, version: EngineVersion) -> tuple[str, ...]:
        """The sources that list both a lower and a higher version of the same major, and not this one."""
        peers = self._peers(version)
        below = self._listing(each for each in peers if each < version)
        return tuple(sorted(below & self._listing(each for each in peers if each > version)))

    def _listing(self, versions: Iterable[EngineVersion]) -> set[str]:
        return {source for each in versions for source in self.claims[each.text]}


def _names(engine: str) -> tuple[str, str]:
    """An engine as catalogs may name it: by itself, or with its other editions."""
    return engine, engine.partition("-")[0] + "-*"


def _is_about(key: str, engine: str, version: EngineVersion) -> bool:
    """Whether a record is of a version that is meant by another, such as `15.3` by `15`."""
    of, _, recorded = key.partition(" ")
    return of in _names(engine) and version.is_prefix_of(EngineVersion(recorded))


def _is_limitless(version: EngineVersion) -> bool:
    # Aurora Limitless is another product under the same engine name: never a replacement.
    return version.text.endswith("-limitless")
