"""Rule: cidr-block-invalid."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem
from policy_pack.rules.ec2._cidr import ASSOCIATION, SUBNET, VPC, network
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

LARGEST, SMALLEST = 16, 28


class CidrBlockInvalid(ResourceRule):
    """The block of a VPC or subnet is too large, too small, or no block of IPv4 addresses.

    ## Why this fails
    AWS allows blocks from /16 (65,536 addresses) to /28 (16 addresses). The provider refuses a block whose
    address is not its first, such as `10.0.0.1/16`.

    ## What to do instead
    Write the first address and a size from 16 to 28, such as `10.0.0.0/16`.
    """

    name = "cidr-block-invalid"
    resource_types = (VPC, SUBNET, ASSOCIATION)
    url = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"
    flagged = (
        Flagged({"cidrBlock": "10.0.0.0/8"}, says="`10.0.0.0/8` is larger than /16", at="cidrBlock"),
        Flagged({"cidrBlock": "10.0.0.0/29"}, says="smaller than /28", type=SUBNET),
        Flagged({"cidrBlock": "10.0.0.1/16"}, says="`10.0.0.1/16` does not begin"),
        Flagged({"cidrBlock": "10.0.0.0"}, says="`10.0.0.0` is no block"),
        Flagged({"cidrBlock": "10.0.0.300/24"}, says="`10.0.0.300/24` is no block"),
    )
    allowed = (
        Allowed({"cidrBlock": "10.0.0.0/16"}, because="the largest there is"),
        Allowed({"cidrBlock": "10.0.0.16/28"}, because="the smallest there is"),
        Allowed({"cidrBlock": UNKNOWN}, because="decided at deployment"),
        Allowed({"ipv4NetmaskLength": 20}, because="the block comes from a pool"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the block by its form and its size."""
        text = resource.text("cidrBlock")
        found = text and _flaw(text)
        if found:
            message, remedy = found
            yield Problem(
                message,
                note=f"a VPC and a subnet have blocks from /{LARGEST} to /{SMALLEST}",
                help=remedy,
                property_path="cidrBlock",
            )


def _flaw(text: str) -> tuple[str, str] | None:
    """What is wrong with a block, and what to write instead."""
    block = network(text)
    if block is None:
        return f"`{text}` is no block of IPv4 addresses", "write an address and a size, such as `10.0.0.0/16`"
    if block.prefixlen < LARGEST:
        return f"`{text}` is larger than /{LARGEST}", f"use `{block.network_address}/{LARGEST}`"
    if block.prefixlen > SMALLEST:
        return f"`{text}` is smaller than /{SMALLEST}", f"use a block of /{SMALLEST} or larger"
    if str(block) != text:
        return f"`{text}` does not begin at the first address of its block", f"use `{block}`"
    return None
