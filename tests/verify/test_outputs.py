"""What outputs name: by the shape of the value, by the name of the output, and not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.verify import names, outputs, shapes
from policy_pack.verify.subjects import Kind, Mention, Subject

from .account import ACCOUNT, MORE, OUTPUTS, REGION, arn

HOST = "fraud-1.c1abcdefghij.eu-west-1.rds.amazonaws.com"


def mentioned(named: Any) -> list[tuple[str, str]]:
    return [(each.key, str(each.subject)) for each in outputs.deployment(named).mentions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vpc-0a1b2c3d", Subject(Kind.VPC, "vpc-0a1b2c3d")),
        ("i-0a1b2c3d4e5f60718", Subject(Kind.INSTANCE, "i-0a1b2c3d4e5f60718")),
        ("sg-0a1b2c3d4e5f60718", Subject(Kind.SECURITY_GROUP, "sg-0a1b2c3d4e5f60718")),
        (arn("ec2", "vpc/vpc-0a1b2c3d"), Subject(Kind.VPC, "vpc-0a1b2c3d", REGION, ACCOUNT)),
        (arn("ecs", "service/c/s"), Subject(Kind.ECS_SERVICE, "s", REGION, ACCOUNT, "c")),
        (arn("rds", "db:one"), Subject(Kind.DATABASE_INSTANCE, "one", REGION, ACCOUNT)),
        (arn("dynamodb", "table/t/stream/2026-01-01"), Subject(Kind.TABLE, "t", REGION, ACCOUNT)),
        (arn("lambda", "function:f:live"), Subject(Kind.FUNCTION, "f", REGION, ACCOUNT)),
        (arn("logs", "log-group:/ecs/a:*"), Subject(Kind.LOG_GROUP, "/ecs/a", REGION, ACCOUNT)),
        (arn("cloudwatch", "alarm:CPU is high"), Subject(Kind.ALARM, "CPU is high", REGION, ACCOUNT)),
        (arn("kms", "alias/a/b"), Subject(Kind.KEY, "alias/a/b", REGION, ACCOUNT)),
        (arn("sqs", "q.fifo"), Subject(Kind.QUEUE, "q.fifo", REGION, ACCOUNT)),
        ("arn:aws:s3:::uploads/in/*", Subject(Kind.BUCKET, "uploads")),
        ("arn:aws-cn:iam::123456781234:role/a/b", Subject(Kind.ROLE, "a/b", "", ACCOUNT)),
        ("s3://uploads/in", Subject(Kind.BUCKET, "uploads")),
        ("https://uploads.s3.eu-west-1.amazonaws.com/x.html", Subject(Kind.BUCKET, "uploads", REGION)),
        ("http://internal-web-123456.eu-west-1.elb.amazonaws.com/", Subject(Kind.BALANCER, "web", REGION)),
        ("net-0123456789abcdef.elb.eu-west-1.amazonaws.com", Subject(Kind.BALANCER, "net", REGION)),
        (f"{HOST}:5432", Subject(Kind.DATABASE_INSTANCE, "fraud-1", REGION)),
        (f"postgresql://{HOST}/fraud", Subject(Kind.DATABASE_INSTANCE, "fraud-1", REGION)),
    ],
)  # fmt: skip
def test_a_value_names_a_resource_by_its_shape(text: str, expected: Subject) -> None:
    assert shapes.recognised(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "vpc-main",
        "subnet-0a1b2c3d/24",
        "my vpc-0a1b2c3d",
        "https://example.com/vpc-0a1b2c3d",
        "proxy.proxy-c1abcdefghij.eu-west-1.rds.amazonaws.com",
        "s3.eu-west-1.amazonaws.com",
        arn("elasticloadbalancing", "listener/app/a/b/c"),
        arn("elasticloadbalancing", "loadbalancer/classic"),
        arn("rds", "subgrp:x"),
        arn("sns", "topic:0a1b2c3d-subscription"),
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "",
    ],
)
def test_what_only_looks_alike_is_not_taken_for_a_resource(text: str) -> None:
    assert shapes.recognised(text) is None


@pytest.mark.parametrize(
    ("key", "value", "kind", "sure"),
    [
        ("log_group_names", "/ecs/a", Kind.LOG_GROUP, True),
        ("alarmName", "CPU is high", Kind.ALARM, True),
        ("UploadsBucketName", "uploads", Kind.BUCKET, True),
        ("bucket", "uploads", Kind.BUCKET, False),
        ("DynamoDBTableName", "rules", Kind.TABLE, True),
        ("rules_table_name", "rules", Kind.TABLE, False),
        ("aurora_cluster_identifier", "fraud", Kind.DATABASE_CLUSTER, True),
        ("rds-instance-id", "fraud-1", Kind.DATABASE_INSTANCE, True),
        ("EcsClusterName", "fraud", Kind.ECS_CLUSTER, True),
        ("lambda_function_name", "score", Kind.FUNCTION, True),
        ("function_name", "score", Kind.FUNCTION, False),
        ("kms_key_id", "1234abcd-12ab-34cd-56ef-1234567890ab", Kind.KEY, True),
        ("iam_role_name", "task", Kind.ROLE, True),
        ("alb_name", "fraud", Kind.BALANCER, True),
        ("load_balancer_name", "fraud", Kind.BALANCER, False),
        ("events_queue_name", "events.fifo", Kind.QUEUE, False),
    ],
)
def test_a_bare_name_is_known_by_the_name_of_its_output(key: str, value: str, kind: Kind, sure: bool) -> None:
    assert names.named(key, value) == (Subject(kind, value), sure)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cluster_name", "fraud"),
        ("service_name", "scoring"),
        ("ecs_service_role_arn", "not an arn"),
        ("database_name", "fraud"),
        ("instance_type", "t3.micro"),
        ("key_name", "ssh"),
        ("kms_key_id", "alias"),
        ("bucket_name", "Not A Bucket"),
        ("environment", "dev"),
        ("password", "[secret]"),
        ("123", "x"),
        ("", ""),
    ],
)
def test_a_name_that_could_be_of_anything_names_nothing(key: str, value: str) -> None:
    assert names.named(key, value) is None


def test_the_outputs_of_the_bundled_stack_are_all_understood() -> None:
    deployment = outputs.deployment({**OUTPUTS, **MORE})
    keys = {each.key.partition("[")[0] for each in deployment.mentions}
    assert set(OUTPUTS) | set(MORE) == keys | {"environment", "region"}
    assert (deployment.region, deployment.account, deployment.others) == (REGION, ACCOUNT, ())


def test_lists_and_mappings_are_followed_also_inside_of_texts() -> None:
    subnets = ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
    labels = ["subnet `subnet-0a1b2c3d`", "subnet `subnet-0a1b2c3e`"]
    expected = [(f"ids[{number}]", label) for number, label in enumerate(labels)]
    for written in (subnets, json.dumps(subnets), ",".join(subnets), " , ".join(subnets)):
        assert mentioned({"ids": written}) == expected
    assert mentioned({"net": {"private": subnets}}) == [
        (f"net.private[{number}]", label) for number, label in enumerate(labels)
    ]
    assert mentioned({"FraudStack": {"TableName": "rules"}, "n": 3, "none": None, "yes": True}) == [
        ("FraudStack.TableName", "table `rules`")
    ]


def test_a_vpc_has_its_gateways_looked_for() -> None:
    assert mentioned({"vpc": "vpc-0a1b2c3d"}) == [
        ("vpc", "VPC `vpc-0a1b2c3d`"),
        ("vpc", "NAT gateways of `vpc-0a1b2c3d`"),
    ]


def test_a_service_is_looked_for_in_the_only_cluster_that_there_is() -> None:
    def parents(**named: str) -> list[str]:
        found = outputs.deployment(named).mentions
        return [each.subject.parent for each in found if each.subject.kind is Kind.ECS_SERVICE]

    assert parents(ecs_service_name="s") == []
    assert parents(ecs_service_name="s", ecs_cluster_name="c") == ["c"]
    assert parents(ecs_service_name="s", ecs_cluster_name="c", other=arn("ecs", "cluster/d")) == []
    assert parents(ecs_service_name="s", ecs_cluster_name="d", other=arn("ecs", "service/c/s")) == ["c", "c"]


def test_an_arn_that_cannot_be_asked_for_is_kept_as_such() -> None:
    deployment = outputs.deployment({"subnet_group_arn": arn("rds", "subgrp:x"), "name": "x"})
    assert (deployment.mentions, deployment.others) == ((), ("subnet_group_arn",))


@pytest.mark.parametrize(
    ("named", "region"),
    [
        ({"region": "us-east-1", "arn": arn("sns", "t")}, "us-east-1"),
        ({"awsRegion": "us-east-1"}, "us-east-1"),
        ({"region": "Ireland", "arn": arn("sns", "t")}, REGION),
        ({"replica_regions": ["us-east-1"], "arn": arn("sns", "t")}, REGION),
        ({"a": arn("sns", "t"), "b": arn("sns", "t", "us-east-1")}, ""),
        ({"vpc": "vpc-0a1b2c3d"}, ""),
    ],
)
def test_the_region_is_that_of_the_output_or_of_all_arns(named: dict[str, Any], region: str) -> None:
    assert outputs.deployment(named).region == region


def placed(text: str) -> list[tuple[str, int, int, int]]:
    def place(mention: Mention) -> tuple[str, int, int, int]:
        span = mention.span
        return (mention.key, span.line, span.column, span.end_column or 0) if span else (mention.key, 0, 0, 0)

    return [place(each) for each in outputs.deployment(json.loads(text), "o.json", text).mentions]


def test_a_place_is_shown_only_where_its_line_holds_nothing_else() -> None:
    named = {"a": "sg-0a1b2c3d", "ids": ["sg-0a1b2c3e"]}
    assert placed(json.dumps(named, indent=2)) == [("a", 2, 8, 21), ("ids[0]", 4, 5, 18)]
    assert placed(json.dumps(named)) == [("a", 0, 0, 0), ("ids[0]", 0, 0, 0)]


LEAVES = (
    st.none()
    | st.booleans()
    | st.text(max_size=20)
    | st.sampled_from(["vpc-0a1b2c3d", "arn:aws:s3:::a", "[1"])
)


@given(st.dictionaries(st.text(max_size=10), LEAVES | st.lists(LEAVES, max_size=3), max_size=3))
def test_any_outputs_are_read(value: Any) -> None:
    outputs.deployment({"x": value}, "o.json", json.dumps(value))
