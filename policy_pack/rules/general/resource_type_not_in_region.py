"""Rule: resource-type-not-in-region."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.engine_versions import State
from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import ANY_TYPE, Allowed, Flagged, ResourceRule, View


class ResourceTypeNotInRegion(ResourceRule):
    """A resource is of a service that its region does not have.

    ## Why this fails
    Not every service is in every region, least of all in those that opened last. `pulumi preview` does not
    look; the deployment finds no endpoint, and retries for minutes before it fails.

    ## What to do instead
    Create the resource in a region that has the service: give it, or a provider of its own, that region.
    """

    name = "resource-type-not-in-region"
    resource_types = (ANY_TYPE,)
    url = "https://aws.amazon.com/about-aws/global-infrastructure/regional-product-services/"
    flagged = (
        Flagged(
            {"serviceName": "web"},
            says="mx-central-1 does not have the service of `aws:apprunner/service:Service`",
            type="aws:apprunner/service:Service",
            region="mx-central-1",
        ),
    )
    allowed = (
        Allowed({"serviceName": "web"}, because="the region has it", type="aws:apprunner/service:Service"),
        Allowed({"serviceName": UNKNOWN}, because="the region has it", type="aws:apprunner/service:Service"),
        Allowed({}, because="the region is not known", type="aws:apprunner/service:Service", region=None),
        Allowed({}, because="served from one region for all", type="aws:route53domains/domain:Domain"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Ask both lists; where only one of them misses the service, it probably is not there."""
        if resource.region is None or not resource.type.startswith("aws:"):
            return
        verdict = facts.catalogs.availability.judge(resource.type, region=resource.region)
        if verdict.state is not State.ELSEWHERE:
            return
        sure = verdict.confidence is Confidence.CERTAIN
        yield Problem(
            f"{resource.region} does not have the service of `{resource.type}`",
            note=f"according to {verdict.evidence.source} (the region's {' and '.join(verdict.sources)})",
            help="give the resource a region that has the service",
            severity=Severity.ERROR if sure else Severity.WARNING,
            confidence=verdict.confidence,
            evidence=(verdict.evidence,),
        )
