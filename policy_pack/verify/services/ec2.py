"""VPCs, subnets, NAT gateways, security groups and instances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from policy_pack.model import Severity
from policy_pack.refresh.live.asking import Client, items
from policy_pack.verify.probes import Ask, Expected, Probe, Seen, first, not_ready, stated
from policy_pack.verify.subjects import Kind, Subject

_GONE = ("deleted", "deleting")


def _vpc(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    vpc = first(client.describe_vpcs(VpcIds=[subject.name])["Vpcs"])
    return vpc and Seen(vpc["State"], stated(subject, vpc["State"], "available"))


def _subnet(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    subnet = first(client.describe_subnets(SubnetIds=[subject.name])["Subnets"])
    if subnet is None:
        return None
    facts = {"zone": subnet.get("AvailabilityZone"), "vpc": subnet.get("VpcId")}
    return Seen(subnet["State"], stated(subject, subnet["State"], "available"), facts)


def _nat_gateway(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    answered = client.describe_nat_gateways(NatGatewayIds=[subject.name])
    gateway = first(answered["NatGateways"])
    if gateway is None or gateway["State"] == "deleted":
        return None
    note = gateway.get("FailureMessage")
    return Seen(gateway["State"], stated(subject, gateway["State"], "available", note=note))


def _gateways(client: Client, subject: Subject, expected: Expected) -> Seen:
    """Those of a VPC: one that failed may be left from an earlier attempt, so it is no error."""
    vpc = [{"Name": "vpc-id", "Values": [subject.name]}]
    listed = items(client, "describe_nat_gateways", "NatGateways", Filter=vpc)
    states = {each["NatGatewayId"]: each["State"] for each in listed if each["State"] not in _GONE}
    troubles = [
        replace(not_ready(f"NAT gateway `{name}`", state, "available"), severity=Severity.WARNING)
        for name, state in states.items()
        if state != "available"
    ]
    counts = [f"{count} {state}" for state, count in sorted(Counter(states.values()).items())]
    return Seen(", ".join(counts) or "none", tuple(troubles), {"gateways": states})


def _security_group(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    found = client.describe_security_groups(GroupIds=[subject.name])["SecurityGroups"]
    return Seen() if found else None


def _instance(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    reservation = first(client.describe_instances(InstanceIds=[subject.name])["Reservations"])
    state = reservation["Instances"][0]["State"]["Name"] if reservation else "terminated"
    return None if state == "terminated" else Seen(state, stated(subject, state, "running"))


def _probe(action: str, ask: Ask, *missing: str) -> Probe:
    return Probe("ec2", (f"ec2:{action}",), ask, frozenset(missing))


PROBES: Mapping[Kind, Probe] = {
    Kind.GATEWAYS: _probe("DescribeNatGateways", _gateways),
    Kind.INSTANCE: _probe("DescribeInstances", _instance, "InvalidInstanceID.NotFound"),
    Kind.NAT_GATEWAY: _probe("DescribeNatGateways", _nat_gateway, "NatGatewayNotFound"),
    Kind.SECURITY_GROUP: _probe("DescribeSecurityGroups", _security_group, "InvalidGroup.NotFound"),
    Kind.SUBNET: _probe("DescribeSubnets", _subnet, "InvalidSubnetID.NotFound"),
    Kind.VPC: _probe("DescribeVpcs", _vpc, "InvalidVpcID.NotFound"),
}
