"""Rule: subnets-overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import IPv4Network

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem
from policy_pack.rules.ec2._cidr import SUBNET, VPC, network, overlaps
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made

IN_VPC = {"vpcId": f"{VPC}::main"}
MAIN = made(VPC, "main", cidrBlock="10.0.0.0/16")
FIRST = made(SUBNET, "a", IN_VPC, cidrBlock="10.0.0.0/24")
ANYWHERE = [made(SUBNET, name, vpcId=UNKNOWN, cidrBlock="10.0.0.0/24") for name in ("b", "c")]
INSIDE = made(SUBNET, "b", IN_VPC, cidrBlock="10.0.0.128/25")


class SubnetsOverlap(PlanRule):
    """Two subnets of one VPC share addresses.

    ## Why this fails
    Each address of a VPC belongs to one subnet. AWS refuses the second: `InvalidSubnet.Conflict: The CIDR
    '10.0.0.128/25' conflicts with another subnet`. Which of the two comes second changes from run to run.

    ## What to do instead
    Cut the subnets from the VPC's block one after the other: `list(ipaddress.ip_network(cidr).subnets(8))`.
    """

    name = "subnets-overlap"
    url = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"
    flagged = (
        Flagged([MAIN, FIRST, INSIDE], says="`10.0.0.128/25` overlaps `10.0.0.0/24`", at="cidrBlock"),
        Flagged(
            [
                made(SUBNET, "a", vpcId="vpc-1", cidrBlock="10.0.0.0/24"),
                made(SUBNET, "b", vpcId="vpc-1", cidrBlock="10.0.0.0/24"),
            ],
            says="`10.0.0.0/24` overlaps",
        ),
    )
    allowed = (
        Allowed([MAIN, FIRST, made(SUBNET, "b", IN_VPC, cidrBlock="10.0.1.0/24")], because="side by side"),
        Allowed([MAIN, FIRST, made(SUBNET, "b", vpcId="vpc-2", cidrBlock="10.0.0.0/24")], "another VPC"),
        Allowed([FIRST, *ANYWHERE], because="their VPCs are decided at deployment"),
        Allowed([MAIN, FIRST, made(SUBNET, "b", IN_VPC, cidrBlock=UNKNOWN)], because="decided at deployment"),
        Allowed([MAIN, FIRST, made(SUBNET, "b", IN_VPC, ipv6Native=True)], because="it has no IPv4 block"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Compare the subnets of each VPC in the order of their addresses."""
        groups: dict[str, dict[str, tuple[IPv4Network, View]]] = defaultdict(dict)
        for subnet in plan.of_type(SUBNET):
            vpc = plan.target(subnet, "vpcId", VPC)
            key = vpc.urn if vpc else subnet.text("vpcId")
            block = network(subnet.text("cidrBlock"))
            if key is not None and block is not None:
                groups[key][subnet.urn] = block, subnet
        for members in groups.values():
            for first, second in overlaps(members.values()):
                yield _conflict(first, second)


def _conflict(first: View, second: View) -> Problem:
    return Problem(
        f"the block `{second.text('cidrBlock')}` overlaps `{first.text('cidrBlock')}` of `{first.name}`",
        note="each address of a VPC belongs to one subnet",
        help="give the two subnets blocks that share no address",
        property_path="cidrBlock",
        urn=second.urn,
    )
