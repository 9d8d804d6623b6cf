"""Recognises resources of AWS by the shape of a value: an ARN, an id, a URL or the name of a host. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from policy_pack.verify.subjects import Kind, Subject

_ARN = re.compile(r"arn:aws[\w-]*:([\w-]+):([\w-]*):(\d{12}|):(\S.*)")
_ID = re.compile(r"(i|nat|sg|subnet|vpc)-[0-9a-f]{8,17}")
_IDS = {
    "i": Kind.INSTANCE,
    "nat": Kind.NAT_GATEWAY,
    "sg": Kind.SECURITY_GROUP,
    "subnet": Kind.SUBNET,
    "vpc": Kind.VPC,
}
_EC2 = {
    "instance": Kind.INSTANCE,
    "natgateway": Kind.NAT_GATEWAY,
    "security-group": Kind.SECURITY_GROUP,
    "subnet": Kind.SUBNET,
    "vpc": Kind.VPC,
}

_SCHEME = re.compile(r"[a-z][a-z0-9+]*://", re.IGNORECASE)
_DOMAIN = r"\.amazonaws\.com(?:\.cn)?(?::\d+)?"
_HOSTS = (
    (
        Kind.DATABASE_CLUSTER,
        rf"(?P<name>[\w-]+)\.cluster-(?:ro-)?[a-z0-9]+\.(?P<region>[\w-]+)\.rds{_DOMAIN}",
    ),
    (Kind.DATABASE_INSTANCE, rf"(?P<name>[\w-]+)\.[a-z0-9]{{8,}}\.(?P<region>[\w-]+)\.rds{_DOMAIN}"),
    (Kind.BUCKET, rf"(?P<name>[a-z0-9.-]+)\.s3(?:\.(?P<region>[\w-]+))?{_DOMAIN}"),
    (Kind.BALANCER, rf"(?:internal-)?(?P<name>[\w-]+)-\d+\.(?P<region>[\w-]+)\.elb{_DOMAIN}"),
    (Kind.BALANCER, rf"(?P<name>[\w-]+)-[0-9a-f]{{16}}\.elb\.(?P<region>[\w-]+){_DOMAIN}"),
)
_HOST_PATTERNS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _HOSTS]
_QUEUE_URL = re.compile(
    r"https://(?:sqs\.)?(?P<region>[\w-]+)\.(?:queue\.)?amazonaws\.com(?:\.cn)?/(?P<account>\d{12})/(?P<name>\S+)"
)

# Balancers of a former generation have names of the same form, and an API of their own.
UNSURE = frozenset({Kind.BALANCER})


def recognised(text: str) -> Subject | None:
    """The resource that a value names by its shape alone, None when it names none that can be asked for."""
    if is_arn(text):
        return _by_arn(text)
    match = _ID.fullmatch(text)
    if match:
        return Subject(_IDS[match[1]], text)
    queue = _QUEUE_URL.fullmatch(text)
    if queue:
        return Subject(Kind.QUEUE, queue["name"], queue["region"], queue["account"])
    return _by_host(text)


def is_sure(text: str, subject: Subject) -> bool:
    """Whether the value leaves no doubt about what it names."""
    return is_arn(text) or subject.kind not in UNSURE


def is_arn(text: str) -> bool:
    """Whether a value is an ARN, of whatever."""
    return _ARN.fullmatch(text) is not None


def arn_place(text: str) -> tuple[str, str]:
    """The region and the account that an ARN names, empty where it names none."""
    match = _ARN.fullmatch(text)
    return (match[2], match[3]) if match else ("", "")


def _by_host(text: str) -> Subject | None:
    scheme = _SCHEME.match(text)
    host, _, rest = text[scheme.end() if scheme else 0 :].partition("/")
    if rest and not scheme:
        return None
    if scheme and scheme[0] == "s3://":
        return Subject(Kind.BUCKET, host)
    for kind, pattern in _HOST_PATTERNS:
        match = pattern.fullmatch(host)
        if match:
            return Subject(kind, match["name"], match["region"] or "")
    return None


def _by_arn(text: str) -> Subject | None:
    match = _ARN.fullmatch(text)
    reader = _ARNS.get(match[1]) if match else None
    found = reader(match[4], text) if match and reader else None
    if match is None or found is None:
        return None
    kind, name, parent = found
    return Subject(kind, name, match[2], match[3], parent)


_Found = tuple[Kind, str, str] | None


def _ec2(resource: str, arn: str) -> _Found:
    kind, _, name = resource.partition("/")
    return (_EC2[kind], name, "") if kind in _EC2 and _ID.fullmatch(name) else None


def _elastic_load_balancing(resource: str, arn: str) -> _Found:
    kind, *names = resource.split("/")
    if kind == "loadbalancer" and len(names) == 3:
        return Kind.BALANCER, names[1], ""
    return (Kind.TARGET_GROUP, arn, "") if kind == "targetgroup" else None


def _ecs(resource: str, arn: str) -> _Found:
    kind, *names = resource.split("/")
    if kind == "service" and len(names) == 2:
        return Kind.ECS_SERVICE, names[1], names[0]
    kinds = {"cluster": Kind.ECS_CLUSTER, "task-definition": Kind.TASK_DEFINITION}
    return (kinds[kind], names[0], "") if kind in kinds and len(names) == 1 else None


def _rds(resource: str, arn: str) -> _Found:
    kind, _, name = resource.partition(":")
    kinds = {"cluster": Kind.DATABASE_CLUSTER, "db": Kind.DATABASE_INSTANCE}
    return (kinds[kind], name, "") if kind in kinds else None


def _sns(resource: str, arn: str) -> _Found:
    return None if ":" in resource else (Kind.TOPIC, arn, "")


def _after(kind: Kind, pattern: str) -> Callable[[str, str], _Found]:
    """Reads what stands in the first group of a pattern."""
    compiled = re.compile(pattern)

    def read(resource: str, arn: str) -> _Found:
        match = compiled.fullmatch(resource)
        return (kind, match[1], "") if match else None

    return read


def _cloudwatch(resource: str, arn: str) -> _Found:
    return _after(Kind.ALARM, r"alarm:(.+)")(resource, arn) or _after(Kind.DASHBOARD, r"dashboard/(.+)")(
        resource, arn
    )


_ARNS: Mapping[str, Callable[[str, str], _Found]] = {
    "cloudwatch": _cloudwatch,
    "dynamodb": _after(Kind.TABLE, r"table/([^/]+)(?:/.*)?"),
    "ec2": _ec2,
    "ecs": _ecs,
    "elasticloadbalancing": _elastic_load_balancing,
    "iam": _after(Kind.ROLE, r"role/(.+)"),
    "kms": _after(Kind.KEY, r"(?:key/)?((?:alias/)?[\w/-]+)"),
    "lambda": _after(Kind.FUNCTION, r"function:([\w-]+)(?::.*)?"),
    "logs": _after(Kind.LOG_GROUP, r"log-group:([^:]+)(?::.*)?"),
    "rds": _rds,
    "s3": _after(Kind.BUCKET, r"([a-z0-9][a-z0-9.-]+)(?:/.*)?"),
    "sns": _sns,
    "sqs": _after(Kind.QUEUE, r"([\w.-]+)"),
}
