"""Rule: unknown-region."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import ANY_TYPE, Allowed, Flagged, ResourceRule, View


class UnknownRegion(ResourceRule):
    """A resource or a provider names a region that AWS does not have.

    ## Why this fails
    The provider asks an endpoint whose name is made of the region: there is no such host, and the
    deployment hangs in retries or fails with `Invalid AWS Region`.

    ## What to do instead
    Write the region's code, such as `eu-west-1`, not its name and not a zone of it.
    """

    name = "unknown-region"
    resource_types = (ANY_TYPE,)
    url = "https://docs.aws.amazon.com/general/latest/gr/rande.html"
    flagged = (
        Flagged({"region": "eu-west1"}, says="`eu-west1` is not the code of a region", at="region"),
        Flagged({"region": "eu-west-1a"}, says="`eu-west-1a`", type="pulumi:providers:aws"),
        Flagged({"region": "eu-west-9"}, says="`eu-west-9` is not among the regions of 2026-11-17"),
    )
    allowed = (
        Allowed({"region": "eu-west-1"}, because="there is such a region"),
        Allowed({"region": "cn-north-1"}, because="it is of another partition"),
        Allowed({"region": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="the provider's region"),
        Allowed({"region": "westeurope"}, because="another cloud's", type="azure:core/x:X"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look the region up; one that is named like a region may be newer than the list."""
        region = (
            resource.text("region") if resource.type.startswith(("aws:", "pulumi:providers:aws")) else None
        )
        regions = facts.catalogs.regions
        if not region or region.endswith("-global") or regions.is_listed(region):
            return
        alike = regions.partition(region) is not None
        closest, evidence = regions.closest(region), regions.evidence(region)
        yield Problem(
            f"`{region}` is not among the regions of {evidence.fetched}"
            if alike
            else f"`{region}` is not the code of a region",
            note=f"according to {evidence.source}",
            help=f"use `{closest}`" if closest else "write the code of a region, such as `eu-west-1`",
            property_path="region",
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            evidence=(evidence,),
        )
