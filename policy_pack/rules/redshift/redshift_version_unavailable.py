"""Rule: redshift-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class RedshiftVersionUnavailable(VersionRule):
    """A cluster asks for a version of Redshift that there is not.

    ## Why this fails
    A version is that of the engine as a whole; its patches come by the maintenance track. `pulumi preview`
    does not look; the deployment fails with `InvalidParameterValue`.

    ## What to do instead
    Leave `cluster_version` out, or use the version that the message names.
    """

    name = "redshift-version-unavailable"
    resource_types = ("aws:redshift/cluster:Cluster",)
    service = "redshift"
    command = "aws redshift describe-cluster-versions"
    version_path = "clusterVersion"
    url = "https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html"
    flagged = (
        Flagged(
            {"clusterVersion": "latest"},
            says="redshift version `latest` is not in AWS's list of 2026-11-17",
            at="clusterVersion",
        ),
    )
    allowed = (
        Allowed({"clusterVersion": "1.0"}, because="Redshift offers it"),
        Allowed({"clusterVersion": "2.0"}, because="newer than the data"),
        Allowed({"clusterVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="Redshift takes its only version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The version; there is one engine."""
        version = resource.text("clusterVersion")
        return None if version is None else ("redshift", version)
