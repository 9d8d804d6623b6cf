"""Which engine versions a service offers, and how sure that is."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

from policy_pack.catalog.files import CatalogFile
from policy_pack.catalog.regions import Partition
from policy_pack.catalog.versions import EngineVersion, takes_prefixes
from policy_pack.model import Confidence, Evidence

# What a source says of a version. `listed` is less than `available`: the source does not tell the
# versions that AWS has withdrawn from those it offers, or not reliably.
Claim: TypeAlias = Literal["available", "listed", "withdrawn"]

# Patches under extended support are named so (`5.7.44-rds.20250213`), sooner or later in every engine.
_EXTENDED_SUPPORT = frozenset({"-rds"})


@dataclass(frozen=True)
class EngineVersionsFile(CatalogFile):
    """`versions/<service>.json`: by `engine version`, what each source says.

    An engine ending in `-*` stands for its editions: the source does not tell them apart. Bare majors
    are not recorded, since they follow from their minors.
    """

    key_pattern: ClassVar[str] = r"[a-z0-9-]+\*? \S+"

    records: dict[str, dict[str, Claim]]


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
    """Judges the engine versions of one service by its catalog, which may be of another region."""

    def __init__(self, file: EngineVersionsFile, partition_of: Callable[[str], Partition | None]) -> None:
        self._evidence = file.evidence()
        self._partition_of = partition_of
        self._claims: dict[str, dict[str, dict[str, Claim]]] = defaultdict(dict)
        for key, claims in file.records.items():
            engine, _, version = key.partition(" ")
            self._claims[engine][version] = claims
        self._engines: dict[str, _Engine | None] = {}

    def engines(self) -> tuple[str, ...]:
        """The engines there are facts about; one ending in `-*` stands for its editions."""
        return tuple(sorted(self._claims))

    def judge(self, engine: str, version: str, *, region: str | None) -> Verdict:
        """Say whether a version can be deployed in a region; None counts as a region of `aws`.

        A major, or any other leading part such as `8.0`, is available when one of its minors is. Never
        raises, whatever the texts.
        """
        known = self._engine(engine)
        if known is None:
            return Verdict(State.NO_DATA, Confidence.LIKELY, None, self._evidence, ())
        state, sources = known.judge(EngineVersion(version))
        sure = len(sources) > 1 and self._covers(region)
        nearest = None if state is State.AVAILABLE else known.nearest(EngineVersion(version))
        return Verdict(
            state,
            Confidence.CERTAIN if sure else Confidence.LIKELY,
            nearest.text if nearest else None,
            self._evidence,
            sources,
        )

    def _covers(self, region: str | None) -> bool:
        partition = self._partition_of(region) if region else None
        return region is None or (partition is not None and partition.id == "aws")

    def _engine(self, name: str) -> _Engine | None:
        if name not in self._engines:
            merged: dict[str, dict[str, Claim]] = defaultdict(dict)
            for engine in (name, name.partition("-")[0] + "-*"):
                for version, claims in self._claims.get(engine, {}).items():
                    merged[version].update(claims)
            self._engines[name] = _Engine(name, merged) if merged else None
        return self._engines[name]


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

    def judge(self, version: EngineVersion) -> tuple[State, tuple[str, ...]]:
        meant = self._meant_by(version)
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


def _is_limitless(version: EngineVersion) -> bool:
    # Aurora Limitless is another product under the same engine name: never a replacement.
    return version.text.endswith("-limitless")
