"""Rule: engine-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule

CLUSTER = "aws:rds/cluster:Cluster"


class EngineVersionUnavailable(VersionRule):
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
    service = "rds"
    command = "aws rds describe-db-engine-versions"
    answer = "Cannot find version {version} for {engine}"
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

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The engine and version as they are written."""
        engine, version = resource.text("engine"), resource.text("engineVersion")
        return None if engine is None or version is None else (engine, version)
