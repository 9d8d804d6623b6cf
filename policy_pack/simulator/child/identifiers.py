"""Ids, ARNs and names of resources, in the form that the package documents for `pulumi import`.

A part of an id that the documentation names after an input is that input; what an example shows to be
made by the cloud is made up in the same shape; everything else is the resource's name.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from .structs import UNKNOWN

NAME_INPUTS = (
    "name",
    "bucket",
    "identifier",
    "clusterIdentifier",
    "functionName",
    "family",
    "repositoryName",
)
# Where the module of a type is not the name of the service in ARNs and host names.
SERVICES = {
    "acmpca": "acm-pca",
    "alb": "elasticloadbalancing",
    "amp": "aps",
    "apigatewayv2": "apigateway",
    "appautoscaling": "application-autoscaling",
    "cfg": "config",
    "cognito": "cognito-idp",
    "directoryservice": "ds",
    "docdb": "rds",
    "ebs": "ec2",
    "ec2clientvpn": "ec2",
    "ec2transitgateway": "ec2",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "kinesisanalyticsv2": "kinesisanalytics",
    "lb": "elasticloadbalancing",
    "msk": "kafka",
    "mwaa": "airflow",
    "neptune": "rds",
    "opensearch": "es",
    "sesv2": "ses",
    "sfn": "states",
    "vpc": "ec2",
}
GLOBAL = ("cloudfront", "globalaccelerator", "iam", "organizations", "shield", "waf")
KEBAB = ("ec2", "elasticfilesystem")
_BALANCER = "elasticloadbalancing:{region}:{account}:loadbalancer/{kind}/{name}/{digest:.16}"
_TARGETS = "elasticloadbalancing:{region}:{account}:targetgroup/{name}/{digest:.16}"
_BALANCER_KINDS = {"network": "net", "gateway": "gwy"}
ARN_SHAPES = {
    "aws:apigateway/restApi:RestApi": "apigateway:{region}::/restapis/{id}",
    "aws:apigatewayv2/api:Api": "apigateway:{region}::/apis/{id}",
    "aws:cloudwatch/eventBus:EventBus": "events:{region}:{account}:event-bus/{name}",
    "aws:cloudwatch/eventRule:EventRule": "events:{region}:{account}:rule/{name}",
    "aws:cloudwatch/logGroup:LogGroup": "logs:{region}:{account}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "aws:codebuild/project:Project": "codebuild:{region}:{account}:project/{name}",
    "aws:codepipeline/pipeline:Pipeline": "codepipeline:{region}:{account}:{name}",
    "aws:alb/loadBalancer:LoadBalancer": _BALANCER,
    "aws:alb/targetGroup:TargetGroup": _TARGETS,
    "aws:cognito/identityPool:IdentityPool": "cognito-identity:{region}:{account}:identitypool/{id}",
    "aws:cognito/userPool:UserPool": "cognito-idp:{region}:{account}:userpool/{id}",
    "aws:dynamodb/table:Table": "dynamodb:{region}:{account}:table/{name}",
    "aws:ec2/eip:Eip": "ec2:{region}:{account}:elastic-ip/{id}",
    "aws:ec2/natGateway:NatGateway": "ec2:{region}:{account}:natgateway/{id}",
    "aws:ecr/repository:Repository": "ecr:{region}:{account}:repository/{name}",
    "aws:ecs/cluster:Cluster": "ecs:{region}:{account}:cluster/{name}",
    "aws:ecs/taskDefinition:TaskDefinition": "ecs:{region}:{account}:task-definition/{name}:1",
    "aws:elb/loadBalancer:LoadBalancer": "elasticloadbalancing:{region}:{account}:loadbalancer/{name}",
    "aws:iam/instanceProfile:InstanceProfile": "iam::{account}:instance-profile/{name}",
    "aws:iam/policy:Policy": "iam::{account}:policy/{name}",
    "aws:iam/role:Role": "iam::{account}:role/{name}",
    "aws:kinesis/stream:Stream": "kinesis:{region}:{account}:stream/{name}",
    "aws:kms/alias:Alias": "kms:{region}:{account}:{name}",
    "aws:kms/key:Key": "kms:{region}:{account}:key/{id}",
    "aws:lambda/function:Function": "lambda:{region}:{account}:function:{name}",
    "aws:lb/loadBalancer:LoadBalancer": _BALANCER,
    "aws:lb/targetGroup:TargetGroup": _TARGETS,
    "aws:memorydb/cluster:Cluster": "memorydb:{region}:{account}:cluster/{name}",
    "aws:rds/cluster:Cluster": "rds:{region}:{account}:cluster:{name}",
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": "rds:{region}:{account}:cluster-pg:{name}",
    "aws:rds/instance:Instance": "rds:{region}:{account}:db:{name}",
    "aws:rds/parameterGroup:ParameterGroup": "rds:{region}:{account}:pg:{name}",
    "aws:rds/subnetGroup:SubnetGroup": "rds:{region}:{account}:subgrp:{name}",
    "aws:route53/zone:Zone": "route53:::hostedzone/{id}",
    "aws:s3/bucket:Bucket": "s3:::{name}",
    "aws:s3/bucketV2:BucketV2": "s3:::{name}",
    "aws:scheduler/schedule:Schedule": "scheduler:{region}:{account}:schedule/default/{name}",
    "aws:secretsmanager/secret:Secret": "secretsmanager:{region}:{account}:secret:{name}-{digest:.6}",
    "aws:sns/topic:Topic": "sns:{region}:{account}:{name}",
    "aws:sqs/queue:Queue": "sqs:{region}:{account}:{name}",
    "aws:ssm/parameter:Parameter": "ssm:{region}:{account}:parameter/{path}",
}

_BRACES = re.compile(r"\{+(\w+)\}+")
# An ARN within a composed id is one part of it.
_PARTS = re.compile(r"arn:[^,|+#]*|[^/:,|+#]+|[/:,|+#]")
_CONSTANT = re.compile(r"[A-Z_]{3,}|\d{1,4}|default|\$LATEST")
_PREFIXED = re.compile(r"((?:[a-z]{1,12}-){1,3})(?=\w*\d)[0-9a-f]{6,}\w*")
_NOT_MADE = re.compile(r"-(id|name|production|prod)-$|^(example|my|test)-")
_EXAMPLE = re.compile(r"^(my|test|tf|sample)\b|example")
_REGION = re.compile(r"(us|eu|ap|sa|ca|me|af|il|cn)(-gov)?-[a-z]+-\d")


class Identifiers:
    """The ids and ARNs of one account and region."""

    def __init__(self, place: dict[str, str]) -> None:
        self.region = place["region"]
        self.account = place["account"]
        self.partition = place["partition"]

    def resource_id(
        self, declared: dict[str, Any], token: str, urn: str, inputs: dict[str, Any], arn: str
    ) -> str:
        """The id in the documented form, else the resource's name."""
        example, names = declared.get("id") or "", declared.get("names") or []
        digest, name = digest_of(urn), physical_name(token, urn, inputs)
        if example.startswith("arn:"):
            return arn if "arn" in declared.get("outputs", ()) else _named_arn(example, inputs) or arn
        if "{" in example:
            return _BRACES.sub(lambda match: self._filled(match[1], inputs, digest, name), example)
        if example.startswith("https:"):
            urls = (known_text(inputs, key) or "" for key in sorted(inputs))
            return next((url for url in urls if url.startswith("https:")), name)
        parts = _PARTS.findall(example)
        if len(parts) <= 1:
            named = _named_input(inputs, names[0]) if len(names) == 1 else None
            return named or self.shaped(example, digest) or name
        if parts[0] in "/:,|+#" or parts[1] in name:
            return name
        if 1 < len(names) < (len(parts) + 1) // 2:
            # The last part, such as the key of an object, holds the separator itself.
            parts = [*parts[: 2 * len(names) - 2], "".join(parts[2 * len(names) - 2 :])]
        return "".join(
            part
            if number % 2
            else self._part(part, names[number // 2 : number // 2 + 1], inputs, f"{urn}.{number}") or name
            for number, part in enumerate(parts)
        )

    def _part(self, example: str, names: list[str], inputs: dict[str, Any], seed: str) -> str | None:
        """One part of a composed id: the input that is named, else in the shape of the example."""
        given = _named_input(inputs, names[0]) if names else None
        if given is not None or _CONSTANT.fullmatch(example):
            return given or example
        if example.startswith("arn:"):
            named = _named_arn(example, inputs)
            return named or (
                self._like(example, digest_of(seed), "predicted") if example.count(":") > 4 else None
            )
        return self.shaped(example, digest_of(seed))

    def _filled(self, key: str, inputs: dict[str, Any], digest: str, name: str) -> str:
        """What stands in place of `{resourceGroupName}` in a documented path."""
        given = known_text(inputs, key) or known_text(inputs, camel(key))
        if given is not None:
            return given
        if key.lower().endswith("subscriptionid"):
            return "00000000-0000-4000-a000-000000000000"
        return {"project": "predicted-project", "location": self.region, "region": self.region}.get(key, name)

    def shaped(self, example: str, digest: str) -> str | None:
        """A text in the shape of one that the cloud made; None where the example looks like a name."""
        prefix = _PREFIXED.fullmatch(example)
        if prefix and not _NOT_MADE.search(prefix[1]):
            return prefix[1] + digest[:17]
        if re.fullmatch(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,30}", example):
            return uuid_of(digest)
        if _REGION.fullmatch(example):
            return self.region
        if re.fullmatch(r"\d+", example):
            return self.account if len(example) == 12 else str(int(digest, 16))[: len(example)]
        if re.fullmatch(r"(?=.*\d|.*EXAMPLE)[A-Z0-9]{8,}", example):
            return example[0] + digest.upper()[1 : len(example)]
        if re.fullmatch(r"(?=\w*\d)(?=\w*[a-z])[a-z0-9]{9,40}|[a-f]{10}", example):
            return digest[: len(example)]
        return None

    def arn(
        self,
        declared: dict[str, Any],
        token: str,
        urn: str,
        inputs: dict[str, Any],
        identity: str | None = None,
    ) -> str:
        """The ARN: by our table, by the documented example, else in the form that most services have."""
        module, _, kind = token.split(":", 1)[1].partition("/")
        example, digest = declared.get("id") or "", digest_of(urn)
        service = SERVICES.get(module, module.rstrip("_"))
        name = physical_name(token, urn, inputs)
        if identity is None and not example.startswith("arn:"):
            identity = self.resource_id(declared, token, urn, inputs, "")
        shape = ARN_SHAPES.get(token)
        if shape is None and example.startswith("arn:") and example.count(":") >= 5:
            return self._like(example, digest, name)
        if shape is None:
            kind = kind.partition(":")[0]
            kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind).lower() if service in KEBAB else kind.lower()
            made = identity if identity and (_PREFIXED.fullmatch(example) or service in GLOBAL) else name
            place = "" if service in GLOBAL else self.region
            shape = f"{service}:{place}:{{account}}:{kind}/" + made.replace("{", "").replace("}", "")
        text = shape.format(
            region=self.region,
            account=self.account,
            name=name,
            path=name.lstrip("/"),
            id=identity,
            digest=digest,
            kind=_BALANCER_KINDS.get(str(inputs.get("loadBalancerType")), "app"),
        )
        return f"arn:{self.partition}:{text}"

    def _like(self, example: str, digest: str, name: str) -> str:
        """An ARN like the documented one, of this account and region, with a name or id of its own."""
        _, _, service, region, account, resource = example.split(":", 5)
        kind, *middle = re.split(r"([/:])", resource)
        if middle:
            middle = [self._segment(item, digest, name) for item in middle[:-1]] + [
                self.shaped(middle[-1], digest) or name
            ]
        return ":".join(
            (
                f"arn:{self.partition}",
                service,
                self.region if region else "",
                self.account if account else "",
                "".join((kind, *middle)) if middle else self.shaped(kind, digest) or name,
            )
        )

    def _segment(self, example: str, digest: str, name: str) -> str:
        """What stands in the middle of an ARN: a made-up id, the name where an example stands, or a word."""
        return self.shaped(example, digest) or (name if _EXAMPLE.search(example) else example)


def digest_of(text: str) -> str:
    """64 hexadecimal digits, always the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()


def uuid_of(digest: str) -> str:
    """A UUID of version 4 from a digest."""
    return "-".join((digest[:8], digest[8:12], "4" + digest[13:16], "a" + digest[17:20], digest[20:32]))


def own_name(token: str) -> str:
    """`aws:iam/role:Role` → `roleName`-like names that stand for the resource itself."""
    kind = token.rpartition(":")[2]
    return kind[:1].lower() + kind[1:] + "Name"


def physical_name(token: str, urn: str, inputs: dict[str, Any]) -> str:
    """The name the program gave, else the logical name and seven digits, as Pulumi's autonaming makes it."""
    for key in (*NAME_INPUTS, own_name(token)):
        given = known_text(inputs, key)
        if given:
            return given
    prefix = known_text(inputs, "namePrefix") or known_text(inputs, "bucketPrefix")
    made = f"{prefix or urn.rpartition('::')[2] + '-'}{digest_of(urn)[:7]}"
    fifo = inputs.get("fifoQueue") is True or inputs.get("fifoTopic") is True
    return made + ".fifo" if fifo else made


def known_text(inputs: dict[str, Any], key: str) -> str | None:
    """The text or number given for an input, None where there is none or it is unknown."""
    given = inputs.get(key)
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return str(given)
    return given if isinstance(given, str) and given not in ("", UNKNOWN) else None


def _named_input(inputs: dict[str, Any], name: str) -> str | None:
    """The input of a documented name; that of `role_name` is called `role` too."""
    key = camel(name)
    return known_text(inputs, key) or known_text(inputs, re.sub(r"(Name|Id|Arn)$", "", key))


def camel(name: str) -> str:
    """`rest_api_id` and `REST-API-ID` as `restApiId`; what is in camelCase stays."""
    words = re.split(r"[_\- ]", name)
    if len(words) == 1 and not name.isupper():
        return name[:1].lower() + name[1:]
    return words[0].lower() + "".join(word.capitalize() for word in words[1:])


def _named_arn(example: str, inputs: dict[str, Any]) -> str | None:
    """The ARN among the inputs that is of the service which the example is of, if there is one."""
    service = example.split(":")[2]
    texts = (known_text(inputs, key) or "" for key in sorted(inputs))
    return next((text for text in texts if re.match(rf"arn:[\w-]+:{re.escape(service)}:", text)), None)
