"""Rule: subnet-outside-vpc."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem
from policy_pack.rules.ec2._cidr import ASSOCIATION, SUBNET, VPC, holds, network
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made

IN_VPC = {"vpcId": f"{VPC}::main"}
MAIN = made(VPC, "main", cidrBlock="10.0.0.0/16")
OUTSIDE = made(SUBNET, "a", IN_VPC, cidrBlock="10.1.0.0/24")


class SubnetOutsideVpc(PlanRule):
    """A subnet's block of addresses is not part of its VPC's.

    ## Why this fails
    AWS refuses the subnet: `InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid`. The VPC exists by then,
    and all that depends on its subnets does not.

    ## What to do instead
    Cut the subnets out of the VPC's own block, such as with `ipaddress.ip_network(vpc_cidr).subnets(…)`, or
    add a second block to the VPC with `VpcIpv4CidrBlockAssociation`.
    """

    name = "subnet-outside-vpc"
    url = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"
    flagged = (
        Flagged([MAIN, OUTSIDE], says="`10.1.0.0/24` is outside `10.0.0.0/16`", at="cidrBlock"),
        Flagged([MAIN, made(SUBNET, "a", IN_VPC, cidrBlock="10.0.0.0/8")], says="`10.0.0.0/8` is outside"),
    )
    allowed = (
        Allowed(
            [MAIN, made(SUBNET, "a", IN_VPC, cidrBlock="10.0.255.0/24")], because="the last of the VPC's"
        ),
        Allowed([MAIN, made(SUBNET, "a", IN_VPC, cidrBlock="10.0.0.0/16")], because="all of the VPC's"),
        Allowed([MAIN, OUTSIDE, made(ASSOCIATION, "b", IN_VPC)], because="the VPC has a second block"),
        Allowed([MAIN, OUTSIDE, made(ASSOCIATION, "b", vpcId=UNKNOWN)], because="the VPC may have a second"),
        Allowed([MAIN, made(SUBNET, "a", IN_VPC, cidrBlock=UNKNOWN)], because="decided at deployment"),
        Allowed([MAIN, made(SUBNET, "a", vpcId="vpc-1", cidrBlock="10.1.0.0/24")], because="another VPC"),
        Allowed([made(VPC, "main"), OUTSIDE], because="the VPC's block comes from a pool"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Compare every subnet with the VPC that it refers to."""
        extended = {_vpc_of(plan, association) for association in plan.of_type(ASSOCIATION)}
        for subnet in plan.of_type(SUBNET):
            vpc = plan.target(subnet, "vpcId", VPC)
            if vpc is None or vpc.urn in extended or None in extended:
                continue
            whole, part = network(vpc.text("cidrBlock")), network(subnet.text("cidrBlock"))
            if whole is not None and part is not None and not holds(whole, part):
                yield Problem(
                    f"the subnet's block `{part}` is outside `{whole}`, the block of the VPC `{vpc.name}`",
                    note="AWS takes only blocks that are part of one of the VPC's",
                    help=f"use a part of `{whole}`",
                    property_path="cidrBlock",
                    urn=subnet.urn,
                )


def _vpc_of(plan: PlanView, association: View) -> str | None:
    vpc = plan.target(association, "vpcId", VPC)
    return vpc.urn if vpc else association.text("vpcId")
