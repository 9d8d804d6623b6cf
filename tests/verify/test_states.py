"""Which states are findings: every service asked for over its own protocol."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from policy_pack.refresh.live.aws import Aws
from policy_pack.verify.findings import Judge, not_evaluated
from policy_pack.verify.verifying import AccountError, Patience, Verification

from . import account as aws
from .account import ACCOUNT, MORE, OUTPUTS, Account, Cut, Refuse
from .conftest import Verify

TODAY = datetime.date(2026, 11, 23)
EVERYTHING = {**OUTPUTS, **MORE}


def found(verification: Verification) -> list[tuple[str, str, str]]:
    return [(each.rule, each.severity.value, each.message) for each in Judge(TODAY).findings(verification)]


def some(*keys: str) -> dict[str, Any]:
    return {"region": aws.REGION, **{key: EVERYTHING[key] for key in keys}}


VPC, CLUSTER = OUTPUTS["vpc_id"], "fraud-detection-dev"
CASES: list[tuple[str, str, Any, list[tuple[str, str, str]]]] = [
    (
        "vpc_id",
        "DescribeVpcs",
        {"Vpcs": [{"State": "pending"}]},
        [("resource-not-ready", "error", f"VPC `{VPC}` is `pending`, not `available`")],
    ),
    (
        "vpc_id",
        "DescribeVpcs",
        {"Vpcs": []},
        [("resource-missing", "error", f"AWS has no VPC `{VPC}` in eu-west-1")],
    ),
    (
        "vpc_id",
        "DescribeNatGateways",
        aws.gateways(a="available", b="failed", c="deleted"),
        [("resource-not-ready", "warning", "NAT gateway `nat-b` is `failed`, not `available`")],
    ),
    (
        "application_subnet_ids",
        "DescribeSubnets",
        Refuse("InvalidSubnetID.NotFound"),
        3 * [("resource-missing", "error", "AWS has no subnet `subnet-0a1b2c3d4e5f6072")],
    ),
    (
        "alb_arn",
        "DescribeLoadBalancers",
        {"LoadBalancers": [{"LoadBalancerArn": OUTPUTS["alb_arn"], "State": {"Code": "provisioning"}}]},
        [("resource-not-ready", "error", f"load balancer `{CLUSTER}` is `provisioning`, not `active`")],
    ),
    (
        "alb_arn",
        "DescribeTargetHealth",
        aws.targets("healthy", "unhealthy", Reason="Target.Timeout"),
        [
            (
                "targets-unhealthy",
                "error",
                "1 of 2 targets of target group `fraud-targets-1a2b3c4` are not `healthy`",
            )
        ],
    ),
    ("target_group_arn", "DescribeTargetHealth", aws.targets("healthy", "draining"), []),
    (
        "target_group_arn",
        "DescribeTargetHealth",
        aws.targets("unavailable", Reason="Target.HealthCheckDisabled"),
        [],
    ),
    (
        "target_group_arn",
        "DescribeTargetHealth",
        aws.targets("draining"),
        [
            (
                "targets-unhealthy",
                "warning",
                "target group `fraud-targets-1a2b3c4` has no target that is `healthy`",
            )
        ],
    ),
    (
        "ecs_cluster_arn",
        "DescribeClusters",
        {"clusters": [], "failures": [{"reason": "MISSING"}]},
        [("resource-missing", "error", f"AWS has no ECS cluster `{CLUSTER}` in eu-west-1")],
    ),
    (
        "ecs_service_arn",
        "DescribeServices",
        aws.service(running=1),
        [("tasks-not-running", "error", "ECS service `scoring` runs 1 of 2 tasks")],
    ),
    (
        "ecs_service_arn",
        "DescribeServices",
        aws.service(rollout="FAILED"),
        [
            (
                "resource-not-ready",
                "error",
                "the deployment of ECS service `scoring` is `FAILED`, not `COMPLETED`",
            )
        ],
    ),
    (
        "ecs_service_arn",
        "DescribeServices",
        aws.service(status="INACTIVE"),
        [("resource-missing", "error", "AWS has no ECS service `scoring` in eu-west-1")],
    ),
    (
        "task_definition_arn",
        "DescribeTaskDefinition",
        {"taskDefinition": {"status": "INACTIVE"}},
        [("resource-not-ready", "error", f"task definition `{CLUSTER}:7` is `INACTIVE`, not `ACTIVE`")],
    ),
    ("aurora_endpoint", "DescribeDBClusters", aws.cluster("backing-up"), []),
    (
        "aurora_endpoint",
        "DescribeDBClusters",
        aws.cluster("creating"),
        [("resource-not-ready", "error", f"database cluster `{CLUSTER}` is `creating`, not `available`")],
    ),
    (
        "aurora_cluster_id",
        "DescribeDBInstances",
        aws.instance(f"{CLUSTER}-1", "failed"),
        [("resource-not-ready", "error", f"database instance `{CLUSTER}-1` is `failed`, not `available`")],
    ),
    (
        "rules_table_arn",
        "DescribeTable",
        aws.table("fraud-rules-dev", replicas={"eu-central-1": "CREATING", "us-east-1": "ACTIVE"}),
        [
            (
                "resource-not-ready",
                "error",
                "the replica of table `fraud-rules-dev` in eu-central-1 is `CREATING`, not `ACTIVE`",
            )
        ],
    ),
    (
        "rules_table_name",
        "DescribeTable",
        Refuse("ResourceNotFoundException"),
        [("resource-missing", "warning", "AWS has no table `fraud-rules-dev` in eu-west-1")],
    ),
    (
        "kms_key_arn",
        "DescribeKey",
        {"KeyMetadata": {"KeyId": aws.KEY, "KeyState": "PendingDeletion"}},
        [("resource-not-ready", "error", f"key `{aws.KEY}` is `PendingDeletion`, not `Enabled`")],
    ),
    (
        "task_role_arn",
        "GetRole",
        Refuse("NoSuchEntity", 404),
        [("resource-missing", "error", "AWS has no role `fraud-task`")],
    ),
    (
        "log_group_names",
        "DescribeLogGroups",
        {"logGroups": [{"logGroupName": "/vpc/fraud-detection-dev/flow-old"}]},
        2 * [("resource-missing", "error", "AWS has no log group")],
    ),
    (
        "alarm_names",
        "DescribeAlarms",
        aws.alarm("x", "ALARM"),
        2 * [("alarm-raised", "warning", "is in the state `ALARM`")],
    ),
    ("alarm_names", "DescribeAlarms", aws.alarm("x", "INSUFFICIENT_DATA"), []),
    (
        "alarm_names",
        "DescribeAlarms",
        {"MetricAlarms": []},
        2 * [("resource-missing", "error", "AWS has no alarm")],
    ),
    (
        "alarm_topic_arn",
        "GetTopicAttributes",
        Refuse("NotFound", 404),
        [("resource-missing", "error", f"AWS has no topic `{CLUSTER}-alarms` in eu-west-1")],
    ),
    (
        "bucket_name",
        "HeadBucket",
        Refuse("404", 404),
        [("resource-missing", "error", "AWS has no bucket `fraud-uploads`")],
    ),
    (
        "lambda_function_arn",
        "GetFunctionConfiguration",
        {"State": "Pending", "LastUpdateStatus": "InProgress"},
        [
            ("resource-not-ready", "error", "function `score` is `Pending`, not `Active`"),
            (
                "resource-not-ready",
                "error",
                "the last update of function `score` is `InProgress`, not `Successful`",
            ),
        ],
    ),
    (
        "queue_url",
        "GetQueueUrl",
        Refuse("QueueDoesNotExist"),
        [("resource-missing", "error", "AWS has no queue `fraud-events` in eu-west-1")],
    ),
    (
        "dashboard_name",
        "GetDashboard",
        Refuse("ResourceNotFound", 404),
        [("resource-missing", "warning", f"AWS has no dashboard `{CLUSTER}` in eu-west-1")],
    ),
]


@pytest.mark.parametrize(
    ("key", "operation", "answer", "expected"),
    CASES,
    ids=[f"{case[0]}-{case[1]}-{n}" for n, case in enumerate(CASES)],
)
def test_a_state_and_what_is_found(
    key: str, operation: str, answer: Any, expected: list[tuple[str, str, str]], ask: Verify
) -> None:
    verification = ask(some(key), {(operation, ""): answer})
    got = found(verification)
    assert [(rule, severity) for rule, severity, _ in got] == [
        (rule, severity) for rule, severity, _ in expected
    ]
    assert all(says in message for (_, _, message), (_, _, says) in zip(got, expected, strict=True))
    assert list(not_evaluated(verification)) == []
    assert found(ask(some(key))) == []


def test_every_output_of_the_bundled_stack_has_a_state(ask: Verify) -> None:
    verification = ask(EVERYTHING)
    assert found(verification) == []
    assert {key: verification.state(key) for key in EVERYTHING if key.endswith(("_arn", "_id"))} == {
        "kms_key_arn": "Enabled",
        "vpc_id": "available",
        "aurora_cluster_id": "available",
        "aurora_cluster_arn": "available",
        "rules_table_arn": "ACTIVE",
        "transactions_table_arn": "ACTIVE",
        "alb_arn": "active",
        "target_group_arn": "2 healthy",
        "ecs_cluster_arn": "ACTIVE",
        "ecs_service_arn": "ACTIVE",
        "task_definition_arn": "ACTIVE",
        "alarm_topic_arn": "exists",
        "lambda_function_arn": "Active",
        "task_role_arn": "exists",
    }
    assert verification.facts("ecs_service_name")["running"] == 2
    assert verification.facts("aurora_endpoint")["instances"] == [f"{CLUSTER}-1"]
    with pytest.raises(LookupError, match="`environment` names no resource"):
        verification.state("environment")


def test_each_resource_is_asked_for_once_however_often_it_is_named(
    ask: Verify, session: tuple[Account, Aws]
) -> None:
    account, _ = session
    account.world.calls.clear()
    ask(EVERYTHING)
    counts = {operation: account.asked(operation) for _, operation in account.operations}
    assert counts["DescribeDBClusters"] == counts["DescribeLoadBalancers"] == counts["DescribeServices"] == 1
    assert counts["DescribeTargetHealth"] == counts["DescribeClusters"] == 1
    assert counts["DescribeDBInstances"] == 1
    assert counts["DescribeTable"] == 2
    assert counts["DescribeSubnets"] == 9


def test_what_one_service_denies_is_said_and_the_rest_is_verified(ask: Verify) -> None:
    changes = {("DescribeVpcs", ""): {"Vpcs": [{"State": "pending"}]}}
    verification = ask(EVERYTHING, changes, {"dynamodb": Refuse("AccessDeniedException")})
    missed = list(not_evaluated(verification))
    assert found(verification) == [
        (
            "not-verified",
            "error",
            "`dynamodb` in eu-west-1 does not tell the state of 2 resources: "
            "not allowed (AccessDeniedException); it takes dynamodb:DescribeTable",
        ),
        ("resource-not-ready", "error", f"VPC `{VPC}` is `pending`, not `available`"),
    ]
    assert [(item.urn, item.property_path) for item in missed] == [
        ("table `fraud-rules-dev`", "rules_table_name"),
        ("table `fraud-transactions-dev`", "transactions_table_name"),
    ]
    with pytest.raises(LookupError, match="AWS did not tell of table `fraud-rules-dev`: not allowed"):
        verification.state("rules_table_arn")


def test_a_bucket_that_may_not_be_looked_at_is_neither_there_nor_missing(ask: Verify) -> None:
    ((rule, _, message),) = found(ask(some("bucket_name"), {("HeadBucket", ""): Refuse("403", 403)}))
    assert rule == "not-verified"
    assert message.endswith("not allowed (403); it takes s3:ListBucket")


def test_a_lost_connection_is_tried_again(ask: Verify) -> None:
    answers = [Cut(), Cut(), aws.table("fraud-rules-dev")]
    assert found(ask(some("rules_table_arn"), {("DescribeTable", ""): answers})) == []


def test_what_belongs_to_another_account_is_not_asked_for(ask: Verify) -> None:
    foreign = "arn:aws:iam::999999999999:role/shared"
    verification = ask({**some("kms_key_arn"), "shared_role_arn": foreign})
    (missed,) = not_evaluated(verification)
    assert found(verification) == []
    assert missed.reason == "it belongs to another account (…9999)"


def test_the_wrong_credentials_find_nothing_missing(ask: Verify) -> None:
    here, there = ACCOUNT[-4:], "4321"
    identity = {"Account": f"12345678{there}", "Arn": "x", "UserId": "x"}
    with pytest.raises(AccountError, match=f"of account …{there}, the deployment is in account …{here}"):
        ask(some("vpc_id", "kms_key_arn"), {("GetCallerIdentity", ""): identity})


def test_an_account_that_is_not_told_is_said(ask: Verify) -> None:
    verification = ask(some("kms_key_arn"), None, {"sts": Refuse("ExpiredToken", 403)})
    assert found(verification) == [
        (
            "not-verified",
            "error",
            "`sts` does not tell the account: the credentials have expired (ExpiredToken)",
        )
    ]
    assert verification.state("kms_key_arn") == "Enabled"


def test_without_a_region_there_is_nobody_to_ask(ask: Verify) -> None:
    verification = ask({"vpc_id": VPC})
    reasons = {item.reason for item in not_evaluated(verification)}
    assert (verification.results, reasons) == ({}, {"its region is not known: give --region"})
    assert ask({"vpc_id": VPC}, region="eu-west-1").state("vpc_id") == "available"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.heard: list[list[str]] = []

    def patience(self, seconds: float) -> Patience:
        return Patience(
            seconds,
            lambda: self.now,
            self.sleep,
            lambda pending, left: self.heard.append([*map(str, pending)]),
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_waiting_ends_as_soon_as_all_is_ready(ask: Verify, session: tuple[Account, Aws]) -> None:
    clock = Clock()
    session[0].world.calls.clear()
    changes = {
        ("DescribeTable", "fraud-rules-dev"): [aws.table("x", "CREATING")] * 3 + [aws.table("x")],
        ("DescribeServices", ""): [aws.service(running=0), aws.service(running=1), aws.service()],
    }
    verification = ask(EVERYTHING, changes, patience=clock.patience(600))
    assert found(verification) == []
    assert clock.slept == [1, 2, 4]
    assert clock.heard[-1] == ["table `fraud-rules-dev`"]
    # What is ready is not asked for again.
    assert session[0].asked("DescribeTable") == 5
    assert session[0].asked("DescribeVpcs") == 1


def test_waiting_ends_when_the_time_is_up(ask: Verify) -> None:
    clock = Clock()
    changes = {("DescribeTable", ""): Refuse("ResourceNotFoundException")}
    verification = ask(some("rules_table_arn"), changes, patience=clock.patience(60))
    assert [rule for rule, _, _ in found(verification)] == ["resource-missing"]
    assert sum(clock.slept) == 60
    assert clock.slept == [1, 2, 4, 8, 15, 15, 15]


def test_nobody_waits_for_what_waiting_does_not_change(ask: Verify) -> None:
    clock = Clock()
    faults = {"dynamodb": Refuse("AccessDeniedException")}
    changes = {("DescribeAlarms", ""): aws.alarm("x", "ALARM")}
    verification = ask(some("rules_table_arn", "alarm_names"), changes, faults, patience=clock.patience(600))
    assert {rule for rule, _, _ in found(verification)} == {"not-verified", "alarm-raised"}
    assert clock.slept == []


def test_findings_show_the_last_digits_of_an_account_only(ask: Verify) -> None:
    told = aws.service(
        running=1, events=[{"message": f"(service {OUTPUTS['ecs_service_arn']}) has a problem"}]
    )
    (finding,) = Judge(TODAY, "dev").findings(ask(some("ecs_service_arn"), {("DescribeServices", ""): told}))
    assert finding.note == (
        "(service arn:aws:ecs:eu-west-1:…1234:service/fraud-detection-dev/scoring) has a problem; "
        "output `ecs_service_arn`"
    )
    (evidence,) = finding.evidence
    assert (evidence.source, evidence.fetched, evidence.scope) == (
        "AWS, live, account …1234",
        "2026-11-23",
        "eu-west-1",
    )
    assert finding.stacks == ("dev",)
