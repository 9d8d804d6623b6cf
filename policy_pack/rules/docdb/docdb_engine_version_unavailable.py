"""Rule: docdb-engine-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class DocdbEngineVersionUnavailable(VersionRule):
    """A cluster asks for a version that DocumentDB does not offer.

    ## Why this fails
    DocumentDB takes the versions of MongoDB that it is compatible with, which are few. `pulumi preview`
    does not look; the deployment fails with `InvalidParameterCombination: Cannot find version … for docdb`.

    ## What to do instead
    Use the version that the message names.
    """

    name = "docdb-engine-version-unavailable"
    resource_types = ("aws:docdb/cluster:Cluster", "aws:docdb/clusterInstance:ClusterInstance")
    service = "docdb"
    command = "aws docdb describe-db-engine-versions"
    url = "https://docs.aws.amazon.com/documentdb/latest/developerguide/API_DescribeDBEngineVersions.html"
    flagged = (
        Flagged(
            {"engineVersion": "6.0.0"},
            says="docdb version `6.0.0` is not in AWS's list of 2026-10-20",
            at="engineVersion",
        ),
    )
    allowed = (
        Allowed({"engineVersion": "5.0.0"}, because="DocumentDB offers it"),
        Allowed({"engineVersion": "8.0"}, because="DocumentDB takes the newest of it"),
        Allowed({"engineVersion": "5.0.9"}, because="newer than the data"),
        Allowed({"engineVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="DocumentDB takes its newest version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The version; there is one engine."""
        version = resource.text("engineVersion")
        return None if version is None else ("docdb", version)
