"""Rule: engine-version-unavailable."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.engine_versions import State, Verdict
from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

CLUSTER = "aws:rds/cluster:Cluster"
SAYS = {
    State.WITHDRAWN: "AWS has withdrawn {engine} version `{version}`",
    State.NOT_LISTED: "{engine} version `{version}` is not in AWS's list of {date}",
}


class EngineVersionUnavailable(ResourceRule):
    """A database asks for an engine version that AWS has withdrawn or never had.

    ## Why this fails
    AWS withdraws minor versions every few months. `pulumi preview` does not look; the deployment fails with
    `InvalidParameterCombination: Cannot find version … for …`, after the resources before the database
    have been created.

    ## What to do instead
    Use the version that the message names, or only the major version (`"16"`), for which AWS takes its
    current default. An existing database keeps its version; restoring an old snapshot still needs a version
    that can be created.
    """

    name = "engine-version-unavailable"
    resource_types = (
        CLUSTER,
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:rds/globalCluster:GlobalCluster",
        "aws:rds/instance:Instance",
    )
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html"
    flagged = (
        Flagged(
            {"engine": "aurora-postgresql", "engineVersion": "15.3"},
            says="withdrawn aurora-postgresql version `15.3`",
            at="engineVersion",
        ),
        Flagged(
            {"engine": "aurora-postgresql", "engineVersion": "15.11"},
            says="`15.11` is not in AWS's list of 2026-10-20",
        ),
        Flagged(
            {"engine": "postgres", "engineVersion": "15.2"},
            says="withdrawn postgres version `15.2`",
            type="aws:rds/instance:Instance",
        ),
    )
    allowed = (
        Allowed({"engine": "aurora-postgresql", "engineVersion": "15.19"}, because="AWS offers it"),
        Allowed({"engine": "aurora-postgresql", "engineVersion": "15"}, because="a minor of it is offered"),
        Allowed({"engine": "mysql", "engineVersion": "8.4"}, because="a prefix means the newest of it"),
        Allowed({"engine": "aurora-postgresql", "engineVersion": "15.99"}, because="newer than the data"),
        Allowed({"engine": "aurora-postgresql", "engineVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({"engine": "neptune", "engineVersion": "1.0"}, because="no catalog for the engine"),
        Allowed({"engine": "aurora-postgresql"}, because="AWS takes its default version"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the version by the catalog, in the region where the database will be."""
        engine, version = resource.text("engine"), resource.text("engineVersion")
        if engine is None or version is None:
            return
        verdict = facts.catalogs.engine_versions.judge(engine, version, region=resource.region)
        if verdict.state is State.NO_DATA:
            resource.note_unknown("engineVersion", f"there is no catalog of versions for `{engine}`")
        if verdict.state not in SAYS:
            return
        yield Problem(
            SAYS[verdict.state].format(engine=engine, version=version, date=verdict.evidence.fetched),
            note=_why(engine, version, verdict, resource.region),
            help=_nearest(verdict),
            property_path="engineVersion",
            severity=Severity.ERROR,
            confidence=verdict.confidence,
            evidence=(verdict.evidence,),
        )


def _why(engine: str, version: str, verdict: Verdict, region: str | None) -> str:
    target = f"the database is for {region}" if region else "the database's region is not known"
    return (
        f"creating it fails with `Cannot find version {version} for {engine}`; "
        f"the list describes {verdict.evidence.scope}, {target}"
    )


def _nearest(verdict: Verdict) -> str:
    if verdict.nearest is None:
        return "choose a version that `aws rds describe-db-engine-versions` lists for the region"
    return f"use `{verdict.nearest}`, the nearest version that AWS offers"
