"""Predictions have the declared type, the documented shape, and are the same every time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from .harness import child_module

typeindex = child_module("typeindex")
predictions = child_module("predictions")
structs = child_module("structs")

INDEX = typeindex.TypeIndex(None)
PLACE = {
    "region": "eu-west-1",
    "account": "123456789012",
    "partition": "aws",
    "dns_suffix": "amazonaws.com",
}
POPULAR = [
    "acm/certificate:Certificate",
    "apigatewayv2/api:Api",
    "autoscaling/group:Group",
    "cloudfront/distribution:Distribution",
    "cloudwatch/logGroup:LogGroup",
    "cloudwatch/metricAlarm:MetricAlarm",
    "cognito/userPool:UserPool",
    "dynamodb/table:Table",
    "ecr/repository:Repository",
    "ecs/cluster:Cluster",
    "ecs/service:Service",
    "ecs/taskDefinition:TaskDefinition",
    "efs/fileSystem:FileSystem",
    "eks/cluster:Cluster",
    "elasticache/replicationGroup:ReplicationGroup",
    "iam/policy:Policy",
    "iam/role:Role",
    "kinesis/stream:Stream",
    "kms/alias:Alias",
    "kms/key:Key",
    "lambda/function:Function",
    "lb/loadBalancer:LoadBalancer",
    "lb/targetGroup:TargetGroup",
    "rds/cluster:Cluster",
    "rds/instance:Instance",
    "route53/zone:Zone",
    "secretsmanager/secret:Secret",
    "sns/topic:Topic",
    "sqs/queue:Queue",
    "ssm/parameter:Parameter",
]
SCALARS: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool}


def predictor() -> Any:
    return predictions.Predictor(INDEX, PLACE)


def urn_of(token: str) -> str:
    return f"urn:pulumi:dev::demo::{token}::thing"


def assert_typed(value: Any, kind: str, token: str, path: str) -> None:
    arguments = typeindex.type_arguments(kind)
    if kind.startswith(("Optional[", "Union[")):
        assert_typed(value, arguments[0], token, path)
    elif kind.startswith("Sequence["):
        assert isinstance(value, list), path
        for item in value:
            assert_typed(item, arguments[0], token, path + "[]")
    elif kind.startswith("Mapping["):
        assert isinstance(value, dict), path
    elif kind in SCALARS:
        assert isinstance(value, SCALARS[kind]), (path, value)
        assert kind == "bool" or not isinstance(value, bool), path
    elif kind != "Any":
        declared = INDEX.nested(token, kind)
        assert declared is not None, (path, kind)
        assert isinstance(value, dict), (path, value)
        for key, inner in declared.items():
            if key in value:
                assert_typed(value[key], inner, token, f"{path}.{key}")


@pytest.mark.parametrize("kind", POPULAR)
def test_every_output_that_is_always_there_is_there_and_of_its_type(kind: str) -> None:
    token = f"aws:{kind}"
    state = predictor().outputs(token, urn_of(token), {})
    for key, declared in INDEX.resource(token)["outputs"].items():
        if not declared.startswith("Optional["):
            assert_typed(state[key], declared, token, key)
        else:
            assert key not in state, f"{key} may be absent: a preview does not know it"


@pytest.mark.parametrize("kind", POPULAR)
def test_the_same_resource_is_foreseen_the_same(kind: str) -> None:
    token = f"aws:{kind}"
    one, two = predictor(), predictor()
    assert one.outputs(token, urn_of(token), {}) == two.outputs(token, urn_of(token), {})
    assert one.outputs(token, urn_of(token) + "2", {}) != two.outputs(token, urn_of(token), {})
    assert one.made_up


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("ec2/vpc:Vpc", r"vpc-[0-9a-f]{17}"),
        ("ec2/subnet:Subnet", r"subnet-[0-9a-f]{17}"),
        ("ec2/securityGroup:SecurityGroup", r"sg-[0-9a-f]{17}"),
        ("ec2/instance:Instance", r"i-[0-9a-f]{17}"),
        ("lb/loadBalancer:LoadBalancer", r"arn:aws:elasticloadbalancing:eu-west-1:123456789012:.+"),
        ("sns/topic:Topic", r"arn:aws:sns:eu-west-1:123456789012:thing-[0-9a-f]{7}"),
        ("kms/key:Key", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"),
        ("iam/role:Role", r"thing-[0-9a-f]{7}"),
        ("s3/bucket:Bucket", r"thing-[0-9a-f]{7}"),
        ("sqs/queue:Queue", r"https://sqs\.eu-west-1\.amazonaws\.com/123456789012/thing-[0-9a-f]{7}"),
        ("dynamodb/table:Table", r"thing-[0-9a-f]{7}"),
    ],
)
def test_ids_have_their_documented_shape(kind: str, shape: str) -> None:
    token = f"aws:{kind}"
    maker = predictor()
    arn = maker.arn(token, urn_of(token), {})
    assert re.fullmatch(shape, maker.resource_id(token, urn_of(token), {}, arn))


def test_the_program_names_what_it_names() -> None:
    state = predictor().outputs("aws:iam/role:Role", urn_of("aws:iam/role:Role"), {"name": "mine"})
    assert state["name"] == "mine"
    assert state["arn"] == "arn:aws:iam::123456789012:role/mine"


def test_a_secret_name_stays_out_of_the_arn() -> None:
    secret = {structs.SIGNATURE: structs.SECRET, "value": "hidden-name"}
    state = predictor().outputs(
        "aws:sns/topic:Topic", "urn:pulumi:dev::demo::aws:sns/topic:Topic::t", {"name": secret}
    )
    assert state["name"] == secret
    assert "hidden-name" not in json.dumps({key: value for key, value in state.items() if key != "name"})


def test_other_partitions_have_their_own_arns_and_hosts() -> None:
    china = predictions.Predictor(
        INDEX, {**PLACE, "region": "cn-north-1", "partition": "aws-cn", "dns_suffix": "amazonaws.com.cn"}
    )
    state = china.outputs("aws:rds/cluster:Cluster", urn_of("aws:rds/cluster:Cluster"), {})
    assert state["arn"].startswith("arn:aws-cn:rds:cn-north-1:")
    assert state["endpoint"].endswith(".cn-north-1.rds.amazonaws.com.cn")


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ({"a": 1}, "str", '{"a": 1}'),
        (3, "str", "3"),
        ("3", "int", 3),
        ("true", "bool", True),
        ("x", "int", "x"),
        (None, "str", None),
        ([1], "Sequence[int]", [1]),
        ("3", "Optional[int]", 3),
    ],
)
def test_inputs_are_echoed_in_the_declared_type(value: Any, kind: str, expected: Any) -> None:
    assert predictions.coerced(value, kind) == expected


def test_a_certificate_is_validated_once_per_name() -> None:
    inputs = {"domainName": "a.example", "subjectAlternativeNames": ["b.example"]}
    token = "aws:acm/certificate:Certificate"  # noqa: S105 - a type token
    options = predictor().outputs(token, urn_of(token), inputs)["domainValidationOptions"]
    assert [option["domainName"] for option in options] == ["a.example", "b.example"]
    assert len({option["resourceRecordName"] for option in options}) == 2


def test_an_object_of_kubernetes_has_a_name_a_namespace_and_an_id() -> None:
    kubernetes = child_module("kubernetes")
    urn = "urn:pulumi:dev::demo::kubernetes:core/v1:Service::web"
    assert re.fullmatch(r"web-[0-9a-f]{8}", kubernetes.metadata(urn, {})["name"])
    given = {"metadata": {"name": "front", "namespace": "shop", "labels": {"a": "b"}}}
    assert kubernetes.metadata(urn, given) == given["metadata"]
    assert kubernetes.object_id(urn, given) == "shop/front"
    assert json.loads(json.dumps(kubernetes.kubeconfig("x")))["clusters"][0]["cluster"]["server"]


def test_a_module_below_another_is_found_by_its_first_label(tmp_path: Path) -> None:
    (tmp_path / "networking" / "v1").mkdir(parents=True)
    (tmp_path / "ec2").mkdir()
    assert typeindex._module_path(str(tmp_path), "networking.k8s.io/v1") == str(Path("networking", "v1"))
    assert typeindex._module_path(str(tmp_path), "ec2/vpc") == "ec2"
    assert typeindex._module_path(str(tmp_path), "index") == "index"
    index = typeindex.TypeIndex(None)
    assert index.home("kubernetes:core/v1:Service", "_meta.v1.ObjectMeta") == "kubernetes:meta/v1:"
    assert index.home("kubernetes:core/v1:Service", "ServiceStatus") == "kubernetes:core/v1:Service"
