"""Rule: eks-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class EksVersionUnavailable(VersionRule):
    """A cluster asks for a version of Kubernetes that EKS does not offer.

    ## Why this fails
    EKS drops a version about two years after it came. `pulumi preview` does not look; the deployment fails
    with `InvalidParameterException: unsupported Kubernetes version`.

    ## What to do instead
    Use the version that the message names, or a newer one.
    """

    name = "eks-version-unavailable"
    resource_types = ("aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup")
    service = "eks"
    command = "aws eks describe-cluster-versions"
    version_path = "version"
    url = "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html"
    flagged = (
        Flagged({"version": "1.21"}, says="withdrawn kubernetes version `1.21`", at="version"),
        Flagged({"version": "1.2"}, says="kubernetes version `1.2` is not in AWS's list of 2026-10-26"),
    )
    allowed = (
        Allowed({"version": "1.36"}, because="EKS offers it"),
        Allowed({"version": "1.99"}, because="newer than the data"),
        Allowed({"version": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="EKS takes its default version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The version; there is one engine."""
        version = resource.text("version")
        return None if version is None else ("kubernetes", version)
