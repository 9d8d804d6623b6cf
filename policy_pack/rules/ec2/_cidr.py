"""IPv4 blocks as VPCs and subnets are given them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import TypeVar

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
ASSOCIATION = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
BLOCK = re.compile(r"\d{1,3}(\.\d{1,3}){3}/\d{1,2}", re.ASCII)

_Item = TypeVar("_Item")


def network(text: str | None) -> IPv4Network | None:
    """The block that a text stands for, its host bits cleared; None when it is no IPv4 block."""
    if text is None or not BLOCK.fullmatch(text):
        return None
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        return None


def holds(outer: IPv4Network, inner: IPv4Network) -> bool:
    """Whether one block lies inside another."""
    return inner.subnet_of(outer)


def overlaps(blocks: Iterable[tuple[IPv4Network, _Item]]) -> Iterator[tuple[_Item, _Item]]:
    """Yield, for each item whose block shares addresses with one sorted before it, that one and the item.

    Blocks nest or are disjoint, so the one that reaches farthest is the only one to compare with.
    """
    farthest: tuple[IPv4Network, _Item] | None = None
    for block, item in sorted(blocks, key=lambda pair: (pair[0].network_address, pair[0].prefixlen)):
        if farthest is not None and block.network_address <= farthest[0].broadcast_address:
            yield farthest[1], item
        else:
            farthest = block, item
