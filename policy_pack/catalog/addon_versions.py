"""Which versions of EKS add-ons there are, and on which versions of Kubernetes each runs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec import Struct, field

from policy_pack.catalog import region_sets
from policy_pack.catalog.engine_versions import State, Verdict
from policy_pack.catalog.files import CatalogFile
from policy_pack.catalog.precedence import newest
from policy_pack.catalog.versions import EngineVersion
from policy_pack.model import Confidence, Evidence


class AddonVersion(Struct, frozen=True):
    """A version in some regions (see `region_sets`): what it runs on, and what it is the default of."""

    regions: str
    clusters: list[str]
    default_of: list[str] = field(default_factory=list)


class AddonVersionsFile(CatalogFile, frozen=True):
    """`versions/eks_addons.json`: by `add-on version`; nothing is shipped, so only refreshes have regions."""

    key_pattern: ClassVar[str] = r"\S+ \S+"

    records: dict[str, list[AddonVersion]]
    regions: dict[str, datetime.date] = field(default_factory=dict)

    @staticmethod
    def expanded(fact: object) -> object:
        """Take a list of versions of Kubernetes for what a version runs on in every region."""
        if isinstance(fact, list) and all(isinstance(each, str) for each in fact):
            return [{"regions": "all", "clusters": fact}]
        return fact


class AddonVersions:
    """Judges versions of add-ons by what AWS has answered in the region, and by the user's own facts."""

    def __init__(self, file: AddonVersionsFile, refreshed: Sequence[AddonVersionsFile] = ()) -> None:
        self._file = file
        self._refreshed = refreshed

    def is_own(self, addon: str, version: str) -> bool:
        """Whether the user states the fact about a version."""
        return f"{addon} {version}" in self._file.reasons

    def judge(
        self, addon: str, version: str, cluster: str, *, region: str | None, today: datetime.date
    ) -> Verdict:
        """Say whether a version runs on a version of Kubernetes; *elsewhere*: on others only.

        Certain is what AWS has said of this version within the time that its answer is good for.
        """
        known = self._facts(region)
        peers = {key.partition(" ")[2]: fact for key, fact in known.items() if key.startswith(f"{addon} ")}
        evidence, fetched = self._evidence(addon, version, region)
        own, limit = self.is_own(addon, version), self._file.max_age_days
        if own:
            state = _state(peers, version, cluster)
        elif self._live(region) is None or not any(cluster in each.clusters for each in known.values()):
            state = State.NO_DATA
        else:
            state = _state(peers, version, cluster) if not _is_newer(peers, version) else State.NEWER
        is_current = own or limit is None or (today - fetched).days <= limit
        sure = state is State.AVAILABLE or (state is State.ELSEWHERE and is_current)
        nearest = None if state in (State.AVAILABLE, State.NO_DATA) else _nearest(peers, cluster)
        return Verdict(state, Confidence.CERTAIN if sure else Confidence.LIKELY, nearest, evidence, ())

    def _facts(self, region: str | None) -> Mapping[str, AddonVersion]:
        """By `add-on version`, what holds in a region."""
        live, own = self._live(region), self._file.reasons.keys()
        answered = live.records if live else {}
        records = {key: facts for key, facts in answered.items() if key not in own} | self._file.records
        return {
            key: fact
            for key, facts in records.items()
            for fact in facts
            if region and region in region_sets.regions(fact.regions, {region})
        }

    def _live(self, region: str | None) -> AddonVersionsFile | None:
        index = newest(self._file.fetched, [each.regions for each in self._refreshed], region)
        return None if index is None else self._refreshed[index]

    def _evidence(self, addon: str, version: str, region: str | None) -> tuple[Evidence, datetime.date]:
        live = self._live(region)
        if live is None or region is None:
            return self._file.evidence(f"{addon} {version}"), self._file.fetched
        day = live.regions[region]
        answer = Evidence(live.source, day.isoformat(), region)
        return self._file.evidence(f"{addon} {version}", otherwise=answer), day


def _state(versions: Mapping[str, AddonVersion], version: str, cluster: str) -> State:
    if version not in versions:
        return State.NOT_LISTED
    return State.AVAILABLE if cluster in versions[version].clusters else State.ELSEWHERE


def _is_newer(versions: Mapping[str, AddonVersion], version: str) -> bool:
    """Whether a version may have come after the list: above all that it has of the add-on, if it has any."""
    return all(EngineVersion(version) > EngineVersion(each) for each in versions)


def _nearest(versions: Mapping[str, AddonVersion], cluster: str) -> str | None:
    """The version to take on a version of Kubernetes: EKS's default, else the newest that runs on it."""
    fitting = [text for text, fact in versions.items() if cluster in fact.clusters]
    default = [text for text in fitting if cluster in versions[text].default_of]
    return max(default or fitting, key=EngineVersion, default=None)
