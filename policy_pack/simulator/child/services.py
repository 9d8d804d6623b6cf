"""Outputs of AWS resources that nothing in the package tells: end points, and what programs take apart.

A text is a template of the resource's own `{id}`, `{arn}` and `{name}`, of the place, and of digits that are
always the same for the same resource; a function makes everything else.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Callable, Union

from .identifiers import digest_of, known_text, uuid_of
from .kubernetes import object_id
from .structs import open_secret


class Subject:
    """A resource for which outputs are made up."""

    def __init__(
        self, urn: str, inputs: dict[str, Any], place: dict[str, str], name: str, identity: str, arn: str
    ) -> None:
        self.urn = urn
        self.inputs = inputs
        self.digest = digest_of(urn)
        self.fields = {
            **place,
            "name": name,
            "id": identity,
            "arn": arn,
            "digest": self.digest,
            "hash": self.digest[:10],
            "upper": self.digest[:32].upper(),
            "uuid": uuid_of(self.digest),
        }

    def text(self, template: str) -> str:
        """A template filled."""
        return template.format(**self.fields)

    def given(self, key: str, otherwise: str) -> str:
        """The text given for an input, else what it is when none is given."""
        return known_text(self.inputs, key) or otherwise


Maker = Union[str, Callable[[Subject], Any]]


def special_id(token: str, subject: Subject) -> str | None:
    """The id of the few types whose id is not what their import takes; one that is the ARN only with it."""
    if token.startswith("kubernetes:"):
        return object_id(subject.urn, subject.inputs)
    maker = _IDS.get(token)
    if isinstance(maker, str):
        return subject.text(maker) if subject.fields["arn"] or maker != "{arn}" else None
    return str(maker(subject)) if maker else None


def special_output(token: str, key: str, subject: Subject) -> Any:
    """The value of an output by our table, None where it has none."""
    maker = _OUTPUTS.get(token, {}).get(key)
    return subject.text(maker) if isinstance(maker, str) else maker(subject) if maker else None


def _validation_options(subject: Subject) -> list[dict[str, Any]]:
    others = open_secret(subject.inputs.get("subjectAlternativeNames"))
    names = [subject.inputs.get("domainName"), *(others if isinstance(others, list) else [])]
    return [
        {
            "domainName": name,
            "resourceRecordName": f"_{digest_of(name)[:32]}.{name.replace('*.', '')}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{digest_of(name + '!')[:32]}.acm-validations.aws.",
        }
        for name in dict.fromkeys(names)
        if isinstance(name, str)
    ]


def _port(subject: Subject) -> int:
    """The port given, else the database engine's own."""
    given, engine = subject.inputs.get("port"), subject.given("engine", "")
    if isinstance(given, (int, float)):
        return int(given)
    ports = (("postgres", 5432), ("mysql", 3306), ("maria", 3306), ("oracle", 1521), ("sqlserver", 1433))
    cached = (("redis", 6379), ("valkey", 6379), ("memcached", 11211))
    return next((port for name, port in ports + cached if name in engine), 5432)


def _with_port(template: str) -> Callable[[Subject], str]:
    return lambda subject: f"{subject.text(template)}:{_port(subject)}"


def _certificate(subject: Subject) -> dict[str, str]:
    lines = ("-----BEGIN CERTIFICATE-----", subject.digest, "-----END CERTIFICATE-----", "")
    return {"data": base64.b64encode("\n".join(lines).encode()).decode()}


def _stack_outputs(subject: Subject) -> dict[str, str] | None:
    """A value for each output that the stack's template declares, in JSON or YAML."""
    body = known_text(subject.inputs, "templateBody") or ""
    try:
        names = list(json.loads(body).get("Outputs", {}))
    except (ValueError, AttributeError):
        section = re.search(r"^Outputs:[^\n]*\n((?:[ \t#][^\n]*\n?|\n)*)", body, re.MULTILINE)
        lines = section[1].splitlines() if section else []
        found = [re.match(r"( +)['\"]?(\w+)['\"]?:", line) for line in lines]
        indent = next((match[1] for match in found if match), "")
        names = [match[2] for match in found if match and match[1] == indent]
    return {name: f"{name.lower()}-{digest_of(subject.urn + name)[:8]}" for name in names} or None


def _shuffled(subject: Subject) -> list[Any] | None:
    given, count = open_secret(subject.inputs.get("inputs")), subject.inputs.get("resultCount")
    return given[:count] if isinstance(given, list) and (count is None or isinstance(count, int)) else None


def _name_servers(subject: Subject) -> list[str]:
    return [f"ns-{number}.awsdns-{number:02}.{domain}" for number, domain in enumerate(("org", "com", "net"))]


def _object_id(subject: Subject) -> str:
    return f"{subject.given('bucket', 'bucket')}/{subject.given('key', subject.fields['name'])}"


def _after(prefix: str) -> Callable[[Subject], str]:
    """What comes after a text within the ARN."""
    return lambda subject: subject.fields["arn"].partition(prefix)[2]


def _secret_arn(subject: Subject) -> str:
    return subject.given("secretId", subject.fields["arn"])


def _record_name(subject: Subject) -> str:
    return subject.given("name", "predicted.example.com")


_AURORA = "{name}.cluster-{hash}.{region}.rds.{dns_suffix}"
_READER = "{name}.cluster-ro-{hash}.{region}.rds.{dns_suffix}"
_DATABASE = "{name}.{hash}.{region}.rds.{dns_suffix}"
_BALANCER = "{name}-{hash}.{region}.elb.{dns_suffix}"
_DOCUMENTS = "{name}.cluster-{hash}.{region}.docdb.{dns_suffix}"
_CACHE = "{name}.{hash}.{region}.cache.{dns_suffix}"
_SEARCH = "search-{name}-{digest:.26}.{region}.es.{dns_suffix}"
_INVOKE = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
_BUCKET: dict[str, Maker] = {
    "bucketDomainName": "{name}.s3.{dns_suffix}",
    "bucketRegionalDomainName": "{name}.s3.{region}.{dns_suffix}",
}
_WEBSITE: dict[str, Maker] = {
    "websiteEndpoint": "{name}.s3-website-{region}.{dns_suffix}",
    "websiteDomain": "s3-website-{region}.{dns_suffix}",
}
_LOAD_BALANCER: dict[str, Maker] = {"dnsName": _BALANCER, "arnSuffix": _after(":loadbalancer/")}
_TARGET_GROUP: dict[str, Maker] = {
    "arnSuffix": lambda subject: "targetgroup/" + _after(":targetgroup/")(subject)
}

_IDS: dict[str, Maker] = {
    "aws:cognito/identityPool:IdentityPool": "{region}:{uuid}",
    "aws:cognito/userPool:UserPool": "{region}_{upper:.9}",
    "aws:ec2/route:Route": lambda subject: (
        f"r-{subject.given('routeTableId', 'rtb-' + subject.digest[:17])}{int(subject.digest[:8], 16)}"
    ),
    "aws:ecs/cluster:Cluster": "{arn}",
    "aws:ecs/service:Service": "{arn}",
    "aws:iam/accessKey:AccessKey": "AKIA{upper:.16}",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "{uuid}",
    "aws:route53/record:Record": lambda subject: "_".join(
        subject.given(key, subject.digest[:10]) for key in ("zoneId", "name", "type")
    ),
    "aws:s3/bucketObject:BucketObject": _object_id,
    "aws:s3/bucketObjectv2:BucketObjectv2": _object_id,
    "aws:sqs/queue:Queue": "https://sqs.{region}.{dns_suffix}/{account}/{name}",
}
_OUTPUTS: dict[str, dict[str, Maker]] = {
    "aws:acm/certificate:Certificate": {"domainValidationOptions": _validation_options},
    "aws:apigateway/restApi:RestApi": {
        "executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}",
        "rootResourceId": "{digest:.10}",
    },
    "aws:apigateway/stage:Stage": {
        "invokeUrl": lambda subject: "/".join(
            (
                subject.text("https://")
                + subject.given("restApi", subject.digest[:10])
                + subject.text(".execute-api.{region}.{dns_suffix}"),
                subject.given("stageName", "stage"),
            )
        ),
    },
    "aws:apigatewayv2/api:Api": {
        "apiEndpoint": lambda subject: subject.text(
            ("wss" if subject.given("protocolType", "") == "WEBSOCKET" else "https")
            + "://{id}.execute-api.{region}.{dns_suffix}"
        ),
        "executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}",
    },
    "aws:appsync/graphQLApi:GraphQLApi": {
        "uris": lambda subject: {
            "GRAPHQL": subject.text("https://{digest:.26}.appsync-api.{region}.{dns_suffix}/graphql"),
            "REALTIME": subject.text("wss://{digest:.26}.appsync-realtime-api.{region}.{dns_suffix}/graphql"),
        }
    },
    "aws:cloudformation/stack:Stack": {"outputs": _stack_outputs},
    "aws:cloudfront/distribution:Distribution": {
        "domainName": "d{digest:.13}.cloudfront.net",
        "hostedZoneId": "Z2FDTNDATAQYW2",
    },
    "aws:cognito/userPool:UserPool": {"endpoint": "cognito-idp.{region}.{dns_suffix}/{id}"},
    "aws:docdb/cluster:Cluster": {"endpoint": _DOCUMENTS, "port": lambda subject: 27017},
    "aws:dynamodb/table:Table": {
        "streamArn": "{arn}/stream/2030-01-01T00:00:00.000",
        "streamLabel": "2030-01-01T00:00:00.000",
    },
    "aws:ecr/repository:Repository": {
        "repositoryUrl": "{account}.dkr.ecr.{region}.{dns_suffix}/{name}",
        "registryId": "{account}",
    },
    "aws:ecs/taskDefinition:TaskDefinition": {
        "arnWithoutRevision": "arn:{partition}:ecs:{region}:{account}:task-definition/{name}",
        "revision": lambda subject: 1,
    },
    "aws:efs/fileSystem:FileSystem": {"dnsName": "{id}.efs.{region}.{dns_suffix}"},
    "aws:eks/cluster:Cluster": {
        "endpoint": "https://{upper}.gr7.{region}.eks.{dns_suffix}",
        "certificateAuthority": _certificate,
        "identities": lambda subject: [
            {"oidcs": [{"issuer": subject.text("https://oidc.eks.{region}.{dns_suffix}/id/{upper}")}]}
        ],
        "platformVersion": "eks.1",
        "status": "ACTIVE",
    },
    "aws:elasticache/cluster:Cluster": {
        "clusterAddress": _CACHE,
        "configurationEndpoint": _with_port(_CACHE),
        "port": _port,
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "primaryEndpointAddress": "master." + _CACHE,
        "readerEndpointAddress": "replica." + _CACHE,
        "configurationEndpointAddress": "clustercfg." + _CACHE,
        "port": _port,
    },
    "aws:elb/loadBalancer:LoadBalancer": {"dnsName": _BALANCER},
    "aws:lambda/eventSourceMapping:EventSourceMapping": {"uuid": "{id}"},
    "aws:lambda/function:Function": {
        "invokeArn": _INVOKE,
        "qualifiedArn": "{arn}:1",
        "qualifiedInvokeArn": _INVOKE.replace("{arn}", "{arn}:1"),
        "version": "1",
    },
    "aws:lambda/functionUrl:FunctionUrl": {"functionUrl": "https://{digest:.32}.lambda-url.{region}.on.aws/"},
    "aws:alb/loadBalancer:LoadBalancer": _LOAD_BALANCER,
    "aws:alb/targetGroup:TargetGroup": _TARGET_GROUP,
    "aws:lb/loadBalancer:LoadBalancer": _LOAD_BALANCER,
    "aws:lb/targetGroup:TargetGroup": _TARGET_GROUP,
    "aws:msk/cluster:Cluster": {
        "bootstrapBrokers": "b-1.{name}.{hash}.kafka.{region}.{dns_suffix}:9092",
        "bootstrapBrokersTls": "b-1.{name}.{hash}.kafka.{region}.{dns_suffix}:9094",
    },
    "aws:neptune/cluster:Cluster": {
        "endpoint": "{name}.cluster-{hash}.{region}.neptune.{dns_suffix}",
        "port": lambda subject: 8182,
    },
    "aws:opensearch/domain:Domain": {"endpoint": _SEARCH, "dashboardEndpoint": _SEARCH + "/_dashboards"},
    "aws:rds/cluster:Cluster": {"endpoint": _AURORA, "readerEndpoint": _READER, "port": _port},
    "aws:rds/clusterInstance:ClusterInstance": {"endpoint": _DATABASE, "port": _port},
    "aws:rds/instance:Instance": {"address": _DATABASE, "endpoint": _with_port(_DATABASE), "port": _port},
    "aws:rds/proxy:Proxy": {"endpoint": "{name}.proxy-{hash}.{region}.rds.{dns_suffix}"},
    "aws:redshift/cluster:Cluster": {
        "endpoint": "{name}.{hash}.{region}.redshift.{dns_suffix}:5439",
        "dnsName": "{name}.{hash}.{region}.redshift.{dns_suffix}",
    },
    "aws:route53/record:Record": {"fqdn": _record_name},
    "aws:route53/zone:Zone": {"nameServers": _name_servers, "zoneId": "{id}"},
    "aws:s3/bucket:Bucket": _BUCKET,
    "aws:s3/bucketV2:BucketV2": _BUCKET,
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": _WEBSITE,
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2": _WEBSITE,
    "aws:secretsmanager/secretVersion:SecretVersion": {"secretArn": _secret_arn},
    "aws:s3/bucketObject:BucketObject": {"arn": "arn:{partition}:s3:::{id}"},
    "aws:s3/bucketObjectv2:BucketObjectv2": {"arn": "arn:{partition}:s3:::{id}"},
    "aws:sqs/queue:Queue": {"url": "{id}"},
    "random:index/randomInteger:RandomInteger": {"result": lambda subject: subject.inputs.get("min")},
    "random:index/randomShuffle:RandomShuffle": {"results": _shuffled},
}
