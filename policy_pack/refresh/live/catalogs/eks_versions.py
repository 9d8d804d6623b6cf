"""`versions/eks.json`: versions of Kubernetes in EKS, and until when each is supported."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from policy_pack.catalog.engine_versions import Claim
from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, day, items
from policy_pack.refresh.live.files import VersionFact

_STATES: dict[str, Claim] = {
    "EXTENDED_SUPPORT": "available",
    "STANDARD_SUPPORT": "available",
    "UNSUPPORTED": "withdrawn",
}


class ClusterVersionFact(VersionFact, frozen=True, kw_only=True, omit_defaults=True):
    """One version of Kubernetes; extended support costs extra, and its end upgrades clusters by force."""

    standard_support_ends: datetime.date | None = None
    extended_support_ends: datetime.date | None = None


def fetch(client: Client) -> Iterator[Item]:
    """Ask EKS for all versions, also those out of support."""
    return items(client, "describe_cluster_versions", "clusterVersions", includeAll=True)


def shape(versions: Iterable[Item]) -> dict[str, ClusterVersionFact]:
    """By `kubernetes version`, whether a cluster can be created with it; clusters on Outposts apart."""
    return {
        f"kubernetes {each['clusterVersion']}": ClusterVersionFact(
            state=_STATES[_status(each)],
            standard_support_ends=day(each.get("endOfStandardSupportDate")),
            extended_support_ends=day(each.get("endOfExtendedSupportDate")),
        )
        for each in versions
        if each.get("clusterVersion") and _status(each) in _STATES and each.get("clusterType", "eks") == "eks"
    }


def _status(version: Item) -> str:
    """The status, which the older of two members spells with hyphens in lower case."""
    status = version.get("versionStatus") or version.get("status") or ""
    return str(status).upper().replace("-", "_")


CATALOG = LiveCatalog(
    name="versions/eks",
    about="Versions of Kubernetes in EKS, and until when they are supported",
    service="eks",
    actions=("eks:DescribeClusterVersions",),
    fact=ClusterVersionFact,
    fetch=fetch,
    shape=shape,
)
