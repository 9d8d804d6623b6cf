"""What all rules about the versions of engines have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from policy_pack.catalog.engine_versions import State, Verdict
from policy_pack.catalog.facts import Facts
from policy_pack.catalog.precedence import LIVE
from policy_pack.model import Problem, Severity
from policy_pack.rules.rule import ResourceRule, View
from policy_pack.rules.version_change import runs_already

_SAYS = {
    State.WITHDRAWN: "AWS has withdrawn {engine} version `{version}`",
    State.ELSEWHERE: "AWS lists {engine} version `{version}` in other regions, not in {region}",
    State.NOT_LISTED: "{engine} version `{version}` is not in AWS's list of {date}",
}


class VersionRule(ResourceRule):
    """A rule that judges the version of one property by the catalog of a service.

    `command` is the one that lists the versions of a region, where there is one; `answer` is what AWS says
    to a version that it does not have.
    """

    service: ClassVar[str]
    command: ClassVar[str | None] = None
    version_path: ClassVar[str] = "engineVersion"
    answer: ClassVar[str | None] = None

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The engine and the version that a resource asks for, as the catalog names them."""
        raise NotImplementedError

    def spelled(self, engine: str, version: str) -> str:
        """A version of the catalog as the property takes it."""
        return version

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the version by the catalog, in the region where the resource will be."""
        asked = self.asked(resource)
        if asked is None or runs_already(resource, facts.previous, self.version_path):
            return
        engine, version = asked
        verdict = facts.catalogs.versions(self.service).judge(engine, version, region=resource.region)
        if verdict.state is State.NO_DATA:
            resource.note_unknown(self.version_path, self._unjudged(engine))
        if verdict.state not in _SAYS:
            return
        said = {"engine": engine, "version": version, "region": resource.region}
        yield Problem(
            _SAYS[verdict.state].format(**said, date=verdict.evidence.fetched),
            note=self._why(engine, version, verdict, resource.region),
            help=self._nearest(engine, verdict),
            property_path=self.version_path,
            severity=Severity.ERROR,
            confidence=verdict.confidence,
            evidence=(verdict.evidence,),
        )

    def _unjudged(self, engine: str) -> str:
        name = f"versions/{self.service}"
        renewed = f"; `preflight refresh {name}` asks AWS" if name in LIVE else ""
        return f"there is no catalog of versions for `{engine}`{renewed}"

    def _nearest(self, engine: str, verdict: Verdict) -> str:
        if verdict.nearest is None:
            listed = f"`{self.command}` lists for the region" if self.command else "AWS offers"
            return f"choose a version that {listed}"
        return f"use `{self.spelled(engine, verdict.nearest)}`, the nearest version that AWS offers"

    def _why(self, engine: str, version: str, verdict: Verdict, region: str | None) -> str:
        said = self.answer.format(engine=engine, version=version) if self.answer else None
        refused = f"creating it fails with `{said}`" if said else "creating it fails"
        scope = f"the list describes {verdict.evidence.scope}, " if verdict.evidence.scope else ""
        target = f"the resource is for {region}" if region else "the resource's region is not known"
        return f"{refused}; {scope}{target}"
