"""Rule: port-range-invalid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity, Value
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

GROUPS = ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
ACLS = ("aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
GROUP_RULE, ACL_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule", "aws:ec2/networkAclRule:NetworkAclRule"
SINGLE_RULES = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
WITH_PORTS = ("tcp", "udp", "6", "17")
ALL = ("-1", "all")
HIGHEST = 65535
HTTPS: dict[str, Value] = {"protocol": "tcp", "fromPort": 443, "toPort": 443}


class PortRangeInvalid(ResourceRule):
    """A rule for traffic names ports that do not exist, or ports for all protocols.

    ## Why this fails
    Ports go from 0 to 65535, the lower one first. For protocol `-1`, all traffic, there are no ports: the
    provider refuses others than 0 in the rules of a group, and AWS ignores them in a rule of its own, which
    then opens every port.

    ## What to do instead
    Put the lower port in `from_port` and the higher in `to_port`; for one port, give it twice. For all
    traffic use protocol `-1` with both ports 0. To open one port, name the protocol: `tcp`.
    """

    name = "port-range-invalid"
    resource_types = (*GROUPS, *ACLS, GROUP_RULE, ACL_RULE, *SINGLE_RULES)
    url = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html"
    flagged = (
        Flagged({"ingress": [{**HTTPS, "toPort": 80}]}, says="`443` to `80`", at="ingress[0].fromPort"),
        Flagged({"egress": [{**HTTPS, "toPort": 65536}]}, says="`65536` is no port", at="egress[0].toPort"),
        Flagged({"ingress": [{**HTTPS, "protocol": "-1"}]}, says="`443` for all", at="ingress[0].fromPort"),
        Flagged({**HTTPS, "toPort": 80}, says="`443` to `80`", at="fromPort", type=GROUP_RULE),
        Flagged({**HTTPS, "protocol": "-1"}, says="for all", severity=Severity.WARNING, type=GROUP_RULE),
        Flagged({"ipProtocol": "udp", "fromPort": 9, "toPort": 8}, says="`9` to `8`", type=SINGLE_RULES[0]),
        Flagged(
            {**HTTPS, "fromPort": -1}, says="`-1` is no port", severity=Severity.WARNING, type=GROUP_RULE
        ),
    )
    allowed = (
        Allowed({"ingress": [HTTPS, {**HTTPS, "fromPort": 0, "toPort": 65535}]}, because="one, all"),
        Allowed({"ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0}]}, because="all traffic"),
        Allowed(
            {"ingress": [{"protocol": "icmp", "fromPort": 8, "toPort": -1}]}, because="a type and a code"
        ),
        Allowed({**HTTPS, "toPort": UNKNOWN, "protocol": UNKNOWN}, "decided at deployment", type=GROUP_RULE),
        Allowed({"ingress": UNKNOWN}, because="decided at deployment"),
        Allowed({"ipProtocol": "-1"}, because="all traffic", type=SINGLE_RULES[1]),
        Allowed({}, because="there are no rules"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the rules of a group, or the one rule that the resource is."""
        if resource.type not in (*GROUPS, *ACLS):
            yield from _judged(resource, "ipProtocol" if resource.type in SINGLE_RULES else "protocol", False)
            return
        for path in ("ingress", "egress"):
            for entry in resource.elements(path):
                yield from _judged(entry, "protocol", True)


def _judged(entry: View, protocol_path: str, is_inline: bool) -> Iterator[Problem]:
    protocol = str(entry.known(protocol_path)).lower()
    ports = {path: _port(entry, path) for path in ("fromPort", "toPort")}
    for path, port in ports.items():
        if protocol in ALL and port and (is_inline or port != -1):
            yield _for_all(entry.path(path), port, is_inline)
            return
        if protocol in WITH_PORTS and port is not None and not 0 <= port <= HIGHEST:
            yield _no_port(entry.path(path), port)
            return
    first, last = ports.values()
    if protocol in WITH_PORTS and first is not None and last is not None and first > last:
        yield Problem(
            f"the ports go from `{first}` to `{last}`",
            note="AWS refuses a range whose first port is above its last",
            help=f"swap them, or use `{first}` for both",
            property_path=entry.path("fromPort"),
        )


def _port(entry: View, path: str) -> int | None:
    port = entry.number(path)
    return int(port) if port is not None and abs(port) < float("inf") and port == int(port) else None


def _no_port(path: str, port: int) -> Problem:
    is_certain = port != -1
    return Problem(
        f"`{port}` is no port",
        note=f"ports go from 0 to {HIGHEST}; `-1` means something for ICMP only",
        help=f"use ports from 0 to {HIGHEST}",
        property_path=path,
        severity=None if is_certain else Severity.WARNING,
        confidence=Confidence.CERTAIN if is_certain else Confidence.LIKELY,
    )


def _for_all(path: str, port: int, is_inline: bool) -> Problem:
    return Problem(
        f"the rule names the port `{port}` for all protocols",
        note="the provider refuses ports other than 0"
        if is_inline
        else "AWS ignores them and opens all ports",
        help='use `protocol="tcp"` to open the port, or the ports 0 to 0 to open all',
        property_path=path,
        severity=None if is_inline else Severity.WARNING,
        confidence=Confidence.CERTAIN if is_inline else Confidence.LIKELY,
    )
