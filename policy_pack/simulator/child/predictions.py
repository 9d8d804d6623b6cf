"""Plausible values for what only a deployment decides, of exactly the type that the SDK declares.

They exist so that callbacks run; no finding rests on one. Every text made up here is remembered, so
that whatever contains it can be told from what the program wrote.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Callable

from .structs import RESOURCE, SIGNATURE, UNKNOWN, open_secret, texts
from .typeindex import TypeIndex, type_arguments

MAX_DEPTH = 4
NAME_INPUTS = (
    "name",
    "bucket",
    "identifier",
    "clusterIdentifier",
    "functionName",
    "family",
    "repositoryName",
)
QUEUE = "aws:sqs/queue:Queue"
SERVICES = {
    "alb": "elasticloadbalancing",
    "appautoscaling": "application-autoscaling",
    "lb": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "vpc": "ec2",
    "docdb": "rds",
    "neptune": "rds",
    "cfg": "config",
    "sfn": "states",
    "msk": "kafka",
    "efs": "elasticfilesystem",
    "opensearch": "es",
    "cloudtrail": "cloudtrail",
    "apigatewayv2": "apigateway",
}
ARN_SHAPES = {
    "aws:cloudwatch/logGroup:LogGroup": "logs:{region}:{account}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "aws:dynamodb/table:Table": "dynamodb:{region}:{account}:table/{name}",
    "aws:iam/role:Role": "iam::{account}:role/{name}",
    "aws:iam/policy:Policy": "iam::{account}:policy/{name}",
    "aws:iam/user:User": "iam::{account}:user/{name}",
    "aws:kms/key:Key": "kms:{region}:{account}:key/{uuid}",
    "aws:kms/alias:Alias": "kms:{region}:{account}:{name}",
    "aws:lambda/function:Function": "lambda:{region}:{account}:function:{name}",
    "aws:rds/cluster:Cluster": "rds:{region}:{account}:cluster:{name}",
    "aws:rds/instance:Instance": "rds:{region}:{account}:db:{name}",
    "aws:s3/bucket:Bucket": "s3:::{name}",
    "aws:s3/bucketV2:BucketV2": "s3:::{name}",
    "aws:secretsmanager/secret:Secret": "secretsmanager:{region}:{account}:secret:{name}-{short}",
    "aws:sns/topic:Topic": "sns:{region}:{account}:{name}",
    "aws:sqs/queue:Queue": "sqs:{region}:{account}:{name}",
}


class Predictor:
    """Makes up ids, ARNs and outputs, always the same for the same resource."""

    def __init__(self, index: TypeIndex, place: dict[str, str]) -> None:
        self.index = index
        self.region = place["region"]
        self.account = place["account"]
        self.partition = place["partition"]
        self.dns_suffix = place["dns_suffix"]
        self.made_up: set[str] = set()
        self.children: dict[str, str] = {}

    def remember(self, value: Any) -> Any:
        """Note every text in a value as made up, unless it is too short or common to tell anything."""
        self.made_up.update(text for text in texts(value) if len(text) > 3 and text != self.region)
        return value

    def resource_id(self, token: str, urn: str, inputs: dict[str, Any], arn: str) -> str:
        """An id in the shape of the documented import example, else the resource's name."""
        declared = self.index.resource(token) or {}
        example = declared.get("id") or ""
        digest = _digest(urn)
        prefix = re.fullmatch(r"([a-z]{1,12}-)[0-9a-f]{6,}\w*", example)
        if prefix:
            return str(self.remember(prefix[1] + digest[:17]))
        if example.startswith("arn:"):
            return arn
        if token == QUEUE:
            return self.queue_url(urn, inputs)
        if re.fullmatch(r"[0-9a-f]{8}-[0-9a-f-]{27}", example):
            return str(self.remember(_uuid(digest)))
        return physical_name(token, urn, inputs)

    def arn(self, token: str, urn: str, inputs: dict[str, Any]) -> str:
        """The resource's ARN, by its service's own shape where that is known."""
        module, _, kind = token.split(":", 1)[1].partition("/")
        digest = _digest(urn)
        default = "{service}:{region}:{account}:{kind}/{name}"
        text = ARN_SHAPES.get(token, default).format(
            service=SERVICES.get(module, module.rstrip("_")),
            region=self.region,
            account=self.account,
            kind=kind.partition(":")[0].lower(),
            name=physical_name(token, urn, inputs),
            uuid=_uuid(digest),
            short=digest[:6],
        )
        return str(self.remember(f"arn:{self.partition}:{text}"))

    def component_outputs(self, token: str, urn: str) -> dict[str, Any]:
        """The outputs of another package's component; those named like an input have a type of their own."""
        declared = (self.index.resource(token) or {}).get("outputs", {})
        return {
            key: self.fabricated(kind, key, token, urn)
            for key, kind in declared.items()
            if not kind.startswith("Optional[")
        }

    def child(self, urn: str) -> dict[str, Any] | None:
        """The state of a resource that only a prediction refers to."""
        token = self.children.get(urn)
        if token is None:
            return None
        identity = self.resource_id(token, urn, {}, self.arn(token, urn, {}))
        return {"urn": urn, "id": identity, "state": self.outputs(token, urn, {})}

    def queue_url(self, urn: str, inputs: dict[str, Any]) -> str:
        """A queue's URL, which is its id too."""
        name = physical_name(QUEUE, urn, inputs)
        url = f"https://sqs.{self.region}.{self.dns_suffix}/{self.account}/{name}"
        return str(self.remember(url))

    def echoed(self, token: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """The inputs as outputs, in the declared type."""
        declared = (self.index.resource(token) or {}).get("outputs", {})
        return {key: coerced(value, declared.get(key, "Any")) for key, value in inputs.items()}

    def outputs(self, token: str, urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """Every output that the package declares as always present, plus the inputs in the declared type."""
        declared = (self.index.resource(token) or {}).get("outputs", {})
        echoed = self.echoed(token, inputs)
        arn = self.arn(token, urn, inputs)
        found = dict(echoed)
        for key, kind in declared.items():
            if key in echoed or kind.startswith("Optional["):
                continue
            special = self._special(key, token, urn, inputs, arn)
            found[key] = self.fabricated(kind, key, token, urn) if special is None else special
        return found

    def _special(self, key: str, token: str, urn: str, inputs: dict[str, Any], arn: str) -> Any:
        name = physical_name(token, urn, inputs)
        if key == "arn":
            return arn
        if key == "url" and token == QUEUE:
            return self.queue_url(urn, inputs)
        if key in NAME_INPUTS or key == _own_name(token):
            return self.remember(name) if not any(key in inputs for key in NAME_INPUTS) else name
        if key == "tagsAll":
            tags = open_secret(inputs.get("tags"))
            return tags if isinstance(tags, dict) else {}
        if key == "domainValidationOptions":
            return self._validation_options(inputs)
        if key == "region":
            return open_secret(inputs.get("region")) or self.region
        return None

    def _validation_options(self, inputs: dict[str, Any]) -> list[dict[str, Any]]:
        names = [inputs.get("domainName"), *(inputs.get("subjectAlternativeNames") or [])]
        return [
            {
                "domainName": name,
                "resourceRecordName": self.remember(f"_{_digest(name)[:32]}.{name}."),
                "resourceRecordType": "CNAME",
                "resourceRecordValue": self.remember(f"_{_digest(name + '!')[:32]}.acm-validations.aws."),
            }
            for name in names
            if isinstance(name, str)
        ]

    def fabricated(self, kind: str, key: str, token: str, seed: str, depth: int = 0) -> Any:
        """A value of a declared type, plausible for a property of this name."""
        if kind.startswith(("Optional[", "Union[")):
            return self.fabricated(type_arguments(kind)[0], key, token, seed, depth)
        if kind.startswith(("Sequence[", "List[")):
            return self._sequence(type_arguments(kind)[0], key, token, seed, depth)
        if kind.startswith(("Mapping[", "Dict[")):
            return {}
        scalar = {"str": self._text, "int": _integer, "float": _integer, "bool": _boolean}.get(kind)
        if scalar is not None:
            return scalar(key, token, seed)
        if kind == "Any":
            return self._text(key, token, seed)
        return self._object(kind, token, seed + "." + key, depth)

    def _sequence(self, kind: str, key: str, token: str, seed: str, depth: int) -> list[Any]:
        if key.lower().endswith(("availabilityzones", "zones")) and kind == "str":
            return list(self.zones())
        # A component such as awsx's Vpc makes subnets of several kinds; programs pick them by number.
        length = (3 if kind == "str" else 1) if token.startswith("aws:") else 6
        return [self.fabricated(kind, key, token, f"{seed}[{item}]", depth) for item in range(length)]

    def _object(self, kind: str, token: str, seed: str, depth: int) -> Any:
        declared = self.index.nested(token, kind)
        if declared is None:
            return self._member_or_resource(kind, token, seed)
        if depth >= MAX_DEPTH:
            return {}
        return {key: self.fabricated(inner, key, token, seed, depth + 1) for key, inner in declared.items()}

    def _member_or_resource(self, kind: str, token: str, seed: str) -> Any:
        member = self.index.member(token, kind)
        if member is not None:
            return self.remember(member)
        other = self.index.token_of(kind)
        if other is None:
            return self.remember(f"predicted-{_digest(seed)[:8]}")
        urn = f"{seed.partition('::')[0]}::predicted::{other}::{_digest(seed)[:8]}"
        self.children[urn] = other
        identity = self.resource_id(other, urn, {}, self.arn(other, urn, {}))
        return {SIGNATURE: RESOURCE, "urn": urn, "id": identity}

    def _text(self, key: str, token: str, seed: str) -> str:
        for pattern, make in _TEXTS:
            if re.search(pattern, key):
                return str(self.remember(make(self, key, token, _digest(f"{seed}.{key}"))))
        return str(self.remember(f"{key.lower()}-{_digest(f'{seed}.{key}')[:8]}"))

    def zones(self) -> list[str]:
        """Three availability zones of the region."""
        return [str(self.remember(f"{self.region}{letter}")) for letter in "abc"]

    def host(self, token: str, digest: str, label: str = "") -> str:
        """A host name under the service's domain."""
        module = token.split(":", 1)[1].partition("/")[0]
        service = SERVICES.get(module, module)
        return f"{digest[:10]}.{label}{digest[10:22]}.{self.region}.{service}.{self.dns_suffix}"


_TEXTS: list[Any] = [
    (
        r"(^a|A)rn$",
        lambda p, key, token, digest: f"arn:{p.partition}:iam::{p.account}:predicted/{digest[:12]}",
    ),
    (r"^readerEndpoint$", lambda p, key, token, digest: p.host(token, digest, "cluster-ro-")),
    (r"(e|E)ndpoint$|(d|D)nsName$|(d|D)omainName$|^address$|(h|H)ostname$", lambda p, k, t, d: p.host(t, d)),
    (r"(u|U)r[il]$", lambda p, key, token, digest: f"https://{p.host(token, digest)}/{digest[:8]}"),
    (r"ipv6CidrBlock$", lambda p, key, token, digest: "2001:db8:1234:1a00::/56"),
    (r"(c|C)idr(Block)?$", lambda p, key, token, digest: "192.0.2.0/24"),
    (r"(p|P)ublicIp$", lambda p, key, token, digest: "203.0.113.10"),
    (r"(i|I)p(Address)?$", lambda p, key, token, digest: "192.0.2.10"),
    (r"vpcId$", lambda p, key, token, digest: "vpc-" + digest[:17]),
    (r"subnetId$", lambda p, key, token, digest: "subnet-" + digest[:17]),
    (r"ecurityGroupId$", lambda p, key, token, digest: "sg-" + digest[:17]),
    (r"(ownerId|accountId|registryId)$", lambda p, key, token, digest: p.account),
    (r"availabilityZone$", lambda p, key, token, digest: p.region + "a"),
    (r"hostedZoneId$|zoneId$", lambda p, key, token, digest: "Z" + digest[:13].upper()),
    (r"(Time|Date|At|Till)$", lambda p, key, token, digest: "2030-01-01T00:00:00Z"),
    (
        r"(^p|P)olicy$|(j|J)son$|^assumeRolePolicy$",
        lambda p, k, t, d: '{"Version":"2012-10-17","Statement":[]}',
    ),
    (r"ersion(Actual)?$", lambda p, key, token, digest: "1"),
]


def _integer(key: str, token: str, seed: str) -> int:
    return 5432 if key.lower().endswith("port") else 1


def _boolean(key: str, token: str, seed: str) -> bool:
    return False


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _uuid(digest: str) -> str:
    return "-".join((digest[:8], digest[8:12], "4" + digest[13:16], "a" + digest[17:20], digest[20:32]))


def _own_name(token: str) -> str:
    """`aws:iam/role:Role` → `roleName`-like names that stand for the resource itself."""
    kind = token.rpartition(":")[2]
    return kind[:1].lower() + kind[1:] + "Name"


def physical_name(token: str, urn: str, inputs: dict[str, Any]) -> str:
    """The name the program gave, else the logical name and seven digits, as Pulumi's autonaming makes it."""
    for key in (*NAME_INPUTS, _own_name(token)):
        given = inputs.get(key)
        if isinstance(given, str) and given not in ("", UNKNOWN):
            return given
    return f"{urn.rpartition('::')[2]}-{_digest(urn)[:7]}"


def coerced(value: Any, kind: str) -> Any:
    """An echoed input in the type that the output declares; anything else makes the SDK raise."""
    if kind.startswith("Optional["):
        kind = type_arguments(kind)[0]
    convert = _COERCIONS.get(kind)
    bare = open_secret(value)
    if convert is None or bare is None or bare is not value:
        return value
    return convert(bare)


def _as_text(value: Any) -> Any:
    if isinstance(value, (dict, list)) and SIGNATURE not in value:
        return json.dumps(value)
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _as_number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    return value


def _as_boolean(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


_COERCIONS: dict[str, Callable[[Any], Any]] = {
    "str": _as_text,
    "int": _as_number,
    "float": _as_number,
    "bool": _as_boolean,
}
