"""Rule: eks-version-skipped."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View
from policy_pack.rules.version_change import change

DEPLOYED = {"version": "1.31"}


class EksVersionSkipped(ResourceRule):
    """A deployed cluster moves up by more than one minor version of Kubernetes.

    ## Why this fails
    EKS upgrades a cluster by one minor version at a time: the deployment fails with
    `InvalidParameterException: Unsupported Kubernetes minor version update from 1.31 to 1.33`.

    ## What to do instead
    Deploy each version between them, one after the other, and upgrade the nodes and add-ons with each. This
    rule needs `preflight check --state FILE`.
    """

    name = "eks-version-skipped"
    resource_types = ("aws:eks/cluster:Cluster",)
    url = "https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html"
    flagged = (
        Flagged(
            {"version": "1.33"}, says="from Kubernetes `1.31` to `1.33`", at="version", deployed=DEPLOYED
        ),
    )
    allowed = (
        Allowed({"version": "1.32"}, because="the next version", deployed=DEPLOYED),
        Allowed({"version": "1.30"}, because="another rule's matter", deployed=DEPLOYED),
        Allowed({"version": UNKNOWN}, because="decided at deployment", deployed=DEPLOYED),
        Allowed({}, because="the version is left as it is", deployed=DEPLOYED),
        Allowed({"version": "1.33"}, because="no state is given"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Count the minor versions between the deployed one and the one that is asked for."""
        found = change(resource, facts)
        before, after = (_minor(text) for text in (found.before, found.after)) if found else (None, None)
        if found is None or before is None or after is None or after <= before + 1:
            return
        yield Problem(
            f"the cluster moves from Kubernetes `{found.before}` to `{found.after}`",
            note="EKS upgrades by one minor version at a time: changing it fails",
            help=f"deploy `1.{before + 1}` first",
            property_path="version",
            confidence=found.confidence,
        )


def _minor(version: str) -> int | None:
    """The minor of a version such as `1.31`, None for what is none."""
    major, _, minor = version.partition(".")
    return int(minor) if major == "1" and minor.isascii() and minor.isdigit() and len(minor) < 5 else None
