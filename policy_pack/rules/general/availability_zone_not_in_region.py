"""Rule: availability-zone-not-in-region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.engine_versions import State
from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import ANY_TYPE, Allowed, Flagged, ResourceRule, View


class AvailabilityZoneNotInRegion(ResourceRule):
    """A resource is placed in an availability zone of another region, or in none there is.

    ## Why this fails
    A zone belongs to one region. `pulumi preview` does not look; the deployment fails with `Value (…) for
    parameter availabilityZone is invalid`.

    ## What to do instead
    Ask for the zones with `aws.get_availability_zones()`, so that they follow the region of the stack.
    """

    name = "availability-zone-not-in-region"
    resource_types = (ANY_TYPE,)
    url = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html"
    flagged = (
        Flagged(
            {"availabilityZone": "us-east-1a"}, says="`us-east-1a` is in us-east-1", at="availabilityZone"
        ),
        Flagged({"availabilityZone": "eu-west-1x"}, says="no availability zone `eu-west-1x`"),
        Flagged(
            {"availabilityZones": ["eu-west-1a", "us-east-1b"]},
            says="`us-east-1b`",
            at="availabilityZones[1]",
        ),
    )
    allowed = (
        Allowed({"availabilityZone": "eu-west-1a"}, because="it is of the region"),
        Allowed({"availabilityZone": "us-east-1a"}, because="the region is not known", region=None),
        Allowed({"availabilityZone": "us-west-2-lax-1a"}, because="a local zone", region="us-west-2"),
        Allowed({"availabilityZone": UNKNOWN}, because="decided at deployment"),
        Allowed({"availabilityZone": "Multi-AZ"}, because="no name of a zone"),
        Allowed({}, because="AWS chooses a zone"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Compare the region in the zone's name, and its letter with those that are known."""
        if not resource.type.startswith("aws:") or resource.region is None:
            return
        zones = facts.catalogs.zones
        for path, zone in _named(resource):
            home, verdict = zones.region_of(zone), zones.judge(zone)
            if home is None:
                continue
            away = home != resource.region
            if away or verdict.state is State.NOT_LISTED:
                yield Problem(
                    f"the availability zone `{zone}` is in {home}, the resource in {resource.region}"
                    if away
                    else f"there is no availability zone `{zone}`",
                    note="the name of a zone begins with its region"
                    if away
                    else f"according to {verdict.evidence.source}, in the zones that one account sees",
                    help="take the zones from `aws.get_availability_zones()`",
                    property_path=path,
                    severity=Severity.ERROR,
                    confidence=Confidence.CERTAIN if away else Confidence.LIKELY,
                    evidence=(verdict.evidence,),
                )


def _named(resource: View) -> Iterator[tuple[str, str]]:
    """The zones that a resource names, with their property paths."""
    zone = resource.text("availabilityZone")
    if zone:
        yield "availabilityZone", zone
    several = resource.known("availabilityZones")
    for index, each in enumerate(several if isinstance(several, list) else ()):
        if isinstance(each, str):
            yield f"availabilityZones[{index}]", each
