"""Rule: neptune-engine-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class NeptuneEngineVersionUnavailable(VersionRule):
    """A graph database asks for an engine version that Neptune does not offer.

    ## Why this fails
    `pulumi preview` does not look; the deployment fails with `InvalidParameterCombination: Cannot find
    version … for neptune`. Versions have four numbers, and some were never released.

    ## What to do instead
    Use the version that the message names.
    """

    name = "neptune-engine-version-unavailable"
    resource_types = (
        "aws:neptune/cluster:Cluster",
        "aws:neptune/clusterInstance:ClusterInstance",
        "aws:neptune/globalCluster:GlobalCluster",
    )
    service = "neptune"
    command = "aws neptune describe-db-engine-versions"
    url = "https://docs.aws.amazon.com/neptune/latest/userguide/engine-releases.html"
    flagged = (
        Flagged(
            {"engineVersion": "1.0.2.0"},
            says="neptune version `1.0.2.0` is not in AWS's list of 2026-10-26",
            at="engineVersion",
        ),
    )
    allowed = (
        Allowed({"engineVersion": "1.4.6.1"}, because="Neptune offers it"),
        Allowed({"engineVersion": "1.9.0.0"}, because="newer than the data"),
        Allowed({"engineVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="Neptune takes its default version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The version; there is one engine."""
        version = resource.text("engineVersion")
        return None if version is None else ("neptune", version)
