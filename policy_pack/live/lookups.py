"""What the data sources of a program look up. Pure; of known values only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from policy_pack.linter import diagnostics
from policy_pack.live.questions import Criteria, Kind, Question, Use
from policy_pack.model import Invoke, Value

AMI = "aws:ec2/getAmi:getAmi"
CERTIFICATE = "aws:acm/getCertificate:getCertificate"
GROUP = "aws:ec2/getSecurityGroup:getSecurityGroup"
SUBNET = "aws:ec2/getSubnet:getSubnet"
VPC = "aws:ec2/getVpc:getVpc"
ZONE = "aws:route53/getZone:getZone"

# By data source: the parameter of EC2 that takes the id, and the filters that other arguments become.
_SEARCHES: Mapping[str, tuple[Kind, str, Mapping[str, str]]] = {
    AMI: (Kind.IMAGE, "ImageIds", {}),
    GROUP: (Kind.GROUP, "GroupIds", {"name": "group-name", "vpcId": "vpc-id"}),
    SUBNET: (
        Kind.SUBNET,
        "SubnetIds",
        {
            "availabilityZone": "availability-zone",
            "availabilityZoneId": "availability-zone-id",
            "cidrBlock": "cidr-block",
            "defaultForAz": "default-for-az",
            "state": "state",
            "vpcId": "vpc-id",
        },
    ),
    VPC: (
        Kind.VPC,
        "VpcIds",
        {"cidrBlock": "cidr", "default": "is-default", "dhcpOptionsId": "dhcp-options-id", "state": "state"},
    ),
}
# Arguments that narrow what is found afterwards, or only say how to search.
_LISTS = {"executableUsers": "ExecutableUsers", "owners": "Owners"}
_NARROWING = {"allowUnsafeFilter", "mostRecent", "nameRegex", "region", "uefiData"}

# By data source: the arguments that may name the one thing that is looked up, and how such a name looks.
_NAMED: Mapping[str, tuple[Kind, tuple[str, ...], re.Pattern[str]]] = {
    "aws:ecr/getRepository:getRepository": (Kind.REPOSITORY, ("name",), re.compile(r"[a-z0-9._/-]+")),
    "aws:eks/getCluster:getCluster": (Kind.CLUSTER, ("name",), re.compile(r"[A-Za-z0-9_-]+")),
    "aws:iam/getRole:getRole": (Kind.ROLE, ("name",), re.compile(r"[\w+=,.@-]+", re.ASCII)),
    "aws:s3/getBucket:getBucket": (
        Kind.BUCKET,
        ("bucket",),
        re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    ),
    "aws:secretsmanager/getSecret:getSecret": (
        Kind.SECRET,
        ("name", "arn"),
        re.compile(r"[\w/+=.@:-]+", re.ASCII),
    ),
    "aws:secretsmanager/getSecretVersion:getSecretVersion": (
        Kind.SECRET,
        ("secretId",),
        re.compile(r"[\w/+=.@:-]+", re.ASCII),
    ),
    # Those of AWS itself are not among an account's.
    "aws:ssm/getParameter:getParameter": (
        Kind.PARAMETER,
        ("name",),
        re.compile(r"(?!/?aws/)[\w./-]+", re.ASCII),
    ),
    ZONE: (Kind.ZONE, ("zoneId",), re.compile(r"Z[A-Z0-9]+")),
}
_ELSEWHERE = {"registryId"}


def lookups(invoke: Invoke, home: str) -> Iterator[Use]:
    """What a data source looks up, where AWS can be asked for it. `home` has what is global."""
    known = {key: value for key, value in invoke.arguments.items() if value not in (None, "", [], {})}
    criteria = _criteria(invoke.token, known)
    if criteria is None:
        return
    kind, wanted, unique = criteria
    place = home if kind.is_global else invoke.region or ""
    service = "" if wanted[0][0] == "zoneId" else invoke.token
    question = Question(kind, wanted[0][1][0], place, "", service, wanted, unique=unique)
    yield Use(question, invoke, None, diagnostics.LIVE_LOOKUP_FINDS_NOTHING.name)


def _criteria(token: str, known: Mapping[str, Value]) -> tuple[Kind, Criteria, bool] | None:
    """What to look for, and whether finding several is a mistake; None where that cannot be told."""
    if token in _SEARCHES:
        return _search(token, known)
    if token == CERTIFICATE:
        return _certificate(known)
    if token == ZONE and "name" in known:
        return _zone(known)
    if token in _NAMED and not _ELSEWHERE.intersection(known):
        kind, keys, pattern = _NAMED[token]
        names = [value for value in map(known.get, keys) if isinstance(value, str)]
        if len(names) == 1 and pattern.fullmatch(names[0]):
            return kind, ((keys[0], (names[0],)),), False
    return None


def _search(token: str, known: Mapping[str, Value]) -> tuple[Kind, Criteria, bool] | None:
    kind, identity, filters = _SEARCHES[token]
    found: list[tuple[str, tuple[str, ...]] | None] = []
    for key, value in known.items():
        if key == "id":
            found.append(_criterion(identity, value))
        elif key in _LISTS:
            found.append(_criterion(_LISTS[key], value))
        elif key in filters and value is not False:
            found.append(_criterion(filters[key], value))
        elif key == "tags" and isinstance(value, Mapping):
            found += [_criterion(f"tag:{name}", text) for name, text in value.items()]
        elif key == "filters" and isinstance(value, list):
            found += map(_filter, value)
        elif key not in _NARROWING and value is not False:
            return None
    known_ones = [each for each in found if each is not None]
    # Of an owner's images alone there are too many to ask for.
    is_vague = not known_ones or (token == AMI and "filters" not in known)
    if is_vague or len(known_ones) < len(found):
        return None
    return kind, tuple(known_ones), not _is_narrowed(known)


def _is_narrowed(known: Mapping[str, Value]) -> bool:
    return known.get("mostRecent") is not None or "nameRegex" in known or "uefiData" in known


def _filter(value: Value) -> tuple[str, tuple[str, ...]] | None:
    if not isinstance(value, Mapping) or not isinstance(name := value.get("name"), str):
        return None
    return _criterion(name, value.get("values"))


def _criterion(name: str, value: Value) -> tuple[str, tuple[str, ...]] | None:
    """One thing to look for; None where it is not wholly known."""
    given = value if isinstance(value, list) else [value]
    texts = [_text(each) for each in given]
    known = tuple(text for text in texts if text is not None)
    return (name, known) if known and len(known) == len(texts) else None


def _text(value: Value) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else None


def _certificate(known: Mapping[str, Value]) -> tuple[Kind, Criteria, bool] | None:
    domain = known.get("domain")
    lists = {"keyTypes": "KeyTypes", "statuses": "CertificateStatuses"}
    found = [_criterion(name, known[key]) for key, name in lists.items() if key in known]
    if not isinstance(domain, str) or None in found:
        return None
    unique = not known.keys() - {"domain", "region", *lists}
    return Kind.CERTIFICATE, (("domain", (domain,)), *filter(None, found)), unique


def _zone(known: Mapping[str, Value]) -> tuple[Kind, Criteria, bool] | None:
    name, private = known["name"], known.get("privateZone", False)
    # One that is looked up in a VPC is private, whatever else is said.
    if not isinstance(name, str) or not isinstance(private, bool) or "vpcId" in known:
        return None
    wanted = (("name", (name.rstrip(".").lower(),)), ("private", (str(private).lower(),)))
    return Kind.ZONE, wanted, "tags" not in known
