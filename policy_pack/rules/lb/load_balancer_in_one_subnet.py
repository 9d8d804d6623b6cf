"""Rule: load-balancer-in-one-subnet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Predicted, Problem, Secret, Severity, Unknown
from policy_pack.rules.lb._tokens import LOAD_BALANCERS
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made

BALANCER, SUBNET = LOAD_BALANCERS[0], "aws:ec2/subnet:Subnet"
ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d[a-z]")
HERE = made(SUBNET, "one", availabilityZone="eu-west-1a")
IN_ONE = {"subnets": f"{SUBNET}::one"}


class LoadBalancerInOneSubnet(PlanRule):
    """An application load balancer has fewer than two subnets.

    ## Why this fails
    AWS wants subnets of at least two availability zones: `At least two subnets in two different Availability
    Zones must be specified`. Only in a Local Zone or on an Outpost is one enough.

    ## What to do instead
    Pass subnets of two zones or more, each zone once. A network load balancer does with one.
    """

    name = "load-balancer-in-one-subnet"
    url = (
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html"
    )
    flagged = (
        Flagged(
            {"subnets": ["subnet-1"]},
            says="has one subnet",
            at="subnets",
            severity=Severity.WARNING,
            type=BALANCER,
        ),
        Flagged(
            [made(BALANCER, "web", IN_ONE, subnets=[UNKNOWN]), HERE],
            "has one subnet",
            severity=Severity.ERROR,
        ),
        Flagged(
            {"subnetMappings": [{"subnetId": UNKNOWN}]},
            says="has one subnet",
            at="subnetMappings",
            type=BALANCER,
        ),
        Flagged({"subnets": []}, says="has no subnet", severity=Severity.WARNING, type=BALANCER),
        Flagged({"name": "web"}, says="has no subnet", severity=Severity.ERROR, type=LOAD_BALANCERS[1]),
    )
    allowed = (
        Allowed({"subnets": [UNKNOWN, UNKNOWN]}, because="there are two", type=BALANCER),
        Allowed({"subnets": UNKNOWN}, because="decided at deployment", type=BALANCER),
        Allowed(
            {"subnets": ["subnet-1"], "loadBalancerType": "network"}, because="one is enough", type=BALANCER
        ),
        Allowed({"loadBalancerType": UNKNOWN}, because="may be a network load balancer", type=BALANCER),
        Allowed({"subnets": ["subnet-1"], "customerOwnedIpv4Pool": "p"}, because="an Outpost", type=BALANCER),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Count the subnets of each application load balancer."""
        for balancer in plan.of_type(*LOAD_BALANCERS):
            kind = "application" if balancer.absent("loadBalancerType") else balancer.text("loadBalancerType")
            path = "subnets" if balancer.absent("subnetMappings") else "subnetMappings"
            count = _count(balancer, path)
            if kind != "application" or count is None or count > 1:
                continue
            if not balancer.absent("customerOwnedIpv4Pool"):
                continue
            is_certain = balancer.absent(path) or _is_ordinary(plan, balancer, path)
            yield Problem(
                f"the application load balancer `{balancer.name}` has {'one' if count else 'no'} subnet",
                note="AWS wants two subnets in two availability zones"
                + ("" if is_certain else ", outside of Local Zones"),
                help="pass subnets of at least two availability zones",
                property_path=path,
                urn=balancer.urn,
                severity=None if is_certain else Severity.WARNING,
                confidence=Confidence.CERTAIN if is_certain else Confidence.LIKELY,
            )


def _count(balancer: View, path: str) -> int | None:
    """How many elements a list has, known or not; None when that is decided at deployment."""
    value = balancer.resource.at(balancer.path(path))
    while isinstance(value, Secret):
        value = value.value
    return None if isinstance(value, Unknown | Predicted) else len(balancer.elements(path))


def _is_ordinary(plan: PlanView, balancer: View, path: str) -> bool:
    """Whether the one subnet is known to be in an availability zone, not in a Local Zone."""
    subnet = plan.target(balancer, path, SUBNET)
    return subnet is not None and bool(ZONE.fullmatch(subnet.text("availabilityZone") or ""))
