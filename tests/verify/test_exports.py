"""What a stack export names, and what the program said that AWS can confirm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from policy_pack.verify.findings import Judge
from policy_pack.verify.reading import DeploymentFileError, read
from policy_pack.verify.subjects import Deployment, Mention
from policy_pack.verify.verifying import Verification

from . import account as aws
from .account import ACCOUNT, OUTPUTS, REGION, TASK, arn
from .conftest import Verify
from .test_states import TODAY

PROVIDER = "urn:pulumi:dev::fraud-detection::pulumi:providers:aws::default_7_51_1"
CLUSTER = {"clusterIdentifier": "fraud-detection-dev", "id": "fraud-detection-dev"}
SERVICE = {"taskDefinition": TASK, "desiredCount": 2}
RULES = {"name": "fraud-rules-dev"}


def entry(kind: str, name: str, outputs: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A resource of an export: what is not given as inputs are its outputs."""
    urn = f"urn:pulumi:dev::fraud-detection::{kind}::{name}"
    known = {"urn": urn, "type": kind, "custom": True, "provider": f"{PROVIDER}::1"}
    return {**known, "inputs": outputs, "outputs": outputs, **more}


def table(**more: Any) -> dict[str, Any]:
    made = {"arn": OUTPUTS["rules_table_arn"], "id": "fraud-rules-dev"}
    return entry("aws:dynamodb/table:Table", "rules", RULES | made, **more)


def service(inputs: Mapping[str, Any] = SERVICE, **more: Any) -> dict[str, Any]:
    outputs = {**inputs, "arn": OUTPUTS["ecs_service_arn"]}
    return entry("aws:ecs/service:Service", "service", outputs, inputs=inputs, **more)


def scaling(least: int, most: int, name: str = "scoring") -> dict[str, Any]:
    limits = {"resourceId": f"service/fraud-detection-dev/{name}", "minCapacity": least, "maxCapacity": most}
    return entry("aws:appautoscaling/target:Target", "scaling", limits)


def instance(number: int, zone: str) -> dict[str, Any]:
    made = {"arn": arn("rds", f"db:fraud-detection-dev-{number}"), "availabilityZone": zone}
    return entry("aws:rds/clusterInstance:ClusterInstance", f"i{number}", {**CLUSTER, **made, "id": "x"})


def cluster() -> dict[str, Any]:
    return entry("aws:rds/cluster:Cluster", "database", {**CLUSTER, "arn": OUTPUTS["aurora_cluster_arn"]})


@pytest.fixture
def deployed(tmp_path: Path) -> Any:
    def write(*entries: Mapping[str, Any]) -> Deployment:
        provider = {
            "urn": PROVIDER,
            "type": "pulumi:providers:aws",
            "custom": True,
            "inputs": {"region": REGION},
        }
        file = tmp_path / "export.json"
        file.write_text(json.dumps({"version": 3, "deployment": {"resources": [provider, *entries]}}))
        return read(file)

    return write


def found(verification: Verification) -> list[tuple[str, str]]:
    return [(each.rule, each.message) for each in Judge(TODAY).findings(verification)]


def only(deployment: Deployment) -> Mention:
    (mention,) = deployment.mentions
    return mention


def test_resources_are_those_of_their_type(deployed: Any) -> None:
    topic, board = arn("sns", "alarms"), arn("cloudwatch", "dashboard/b", "")
    deployment = deployed(
        entry("aws:ec2/vpc:Vpc", "vpc", {"id": OUTPUTS["vpc_id"]}),
        entry("aws:sns/topicPolicy:TopicPolicy", "policy", {"arn": topic, "id": topic}),
        entry("aws:ec2/routeTable:RouteTable", "routes", {"id": "rtb-0a1b2c3d", "vpcId": OUTPUTS["vpc_id"]}),
        entry("aws:cloudwatch/dashboard:Dashboard", "board", {"dashboardArn": board}),
        entry("aws:sqs/queue:Queue", "made", {}),
        entry("aws:sqs/queue:Queue", "read", {"arn": arn("sqs", "q")}, external=True),
        entry("aws:sqs/queue:Queue", "old", {"arn": arn("sqs", "q")}, delete=True),
    )  # fmt: skip
    assert [(str(each.subject), each.subject.region, each.resource_name) for each in deployment.mentions] == [
        (f"VPC `{OUTPUTS['vpc_id']}`", REGION, "vpc"),
        ("dashboard `b`", REGION, "board"),
    ]
    assert deployment.others == ("urn:pulumi:dev::fraud-detection::aws:sqs/queue:Queue::made",)
    assert (deployment.stack, deployment.region, deployment.account) == ("dev", REGION, ACCOUNT)


def test_a_replica_that_the_program_wants_is_missing(deployed: Any, ask: Verify) -> None:
    wanted = {**RULES, "replicas": [{"regionName": "eu-central-1"}, {"regionName": "us-east-1"}]}
    deployment = deployed(table(inputs=wanted))
    assert only(deployment).expected == {"replicas": ("eu-central-1", "us-east-1")}
    (finding,) = Judge(TODAY).findings(ask(deployment))
    assert (finding.rule, finding.message) == (
        "replica-missing",
        "table `fraud-rules-dev` has no replica in us-east-1",
    )
    assert (finding.urn, finding.resource_name) == (table()["urn"], "rules")
    assert finding.note == "AWS has replicas of it in eu-central-1"
    answer = aws.table("x", replicas={"eu-central-1": "ACTIVE", "us-east-1": "ACTIVE"})
    assert found(ask(deployment, {("DescribeTable", ""): answer})) == []


def test_a_replica_may_be_a_resource_of_its_own(deployed: Any) -> None:
    replica = {"globalTableArn": OUTPUTS["rules_table_arn"], "region": "us-east-1"}
    other = {"globalTableArn": OUTPUTS["transactions_table_arn"], "region": "us-west-2"}
    kind = "aws:dynamodb/tableReplica:TableReplica"
    assert only(deployed(table(), entry(kind, "a", replica), entry(kind, "b", other))).expected == {
        "replicas": ("us-east-1",)
    }


def test_a_service_that_was_changed_by_hand(deployed: Any, ask: Verify) -> None:
    deployment = deployed(service())
    assert found(ask(deployment)) == []
    changed = aws.service(3, 3, taskDefinition=TASK.replace(":7", ":8"))
    assert found(ask(deployment, {("DescribeServices", ""): changed})) == [
        ("resource-differs", "ECS service `scoring` is set to 3 tasks, not 2"),
        (
            "resource-differs",
            "ECS service `scoring` runs `fraud-detection-dev:8`, not `fraud-detection-dev:7`",
        ),
    ]
    scaled = deployed(service(), scaling(1, 3), scaling(5, 9, "other"))
    assert found(ask(scaled, {("DescribeServices", ""): aws.service(3, 3)})) == []
    assert found(ask(scaled, {("DescribeServices", ""): aws.service(0, 0)})) == [
        ("resource-differs", "ECS service `scoring` is set to 0 tasks, not 1 to 3")
    ]


def test_what_the_program_does_not_insist_on_is_not_compared(deployed: Any) -> None:
    ignoring = deployed(service(ignoreChanges=["desiredCount", "taskDefinition"]))
    assert only(ignoring).expected == {}
    assert only(deployed(service({"taskDefinition": "family"}))).expected == {}


def test_a_database_in_fewer_zones_than_the_program_wants(deployed: Any, ask: Verify) -> None:
    message = (
        "database cluster `fraud-detection-dev` is in one availability zone; the program wants it in several"
    )
    several = deployed(cluster(), instance(1, "eu-west-1a"), instance(2, "eu-west-1b"))
    assert found(ask(several)) == [("resource-differs", message)]
    assert found(ask(several, {("DescribeDBClusters", ""): aws.cluster(MultiAZ=True)})) == []
    assert found(ask(deployed(cluster(), instance(1, "eu-west-1a"), instance(2, "eu-west-1a")))) == []
    own = entry("aws:rds/instance:Instance", "own", {"arn": arn("rds", "db:own"), "multiAz": True})
    answer = {"DBInstances": [{"DBInstanceStatus": "available", "MultiAZ": False}]}
    assert len(found(ask(deployed(own), {("DescribeDBInstances", ""): answer}))) == 1
    assert found(ask(deployed({**own, "inputs": {}}), {("DescribeDBInstances", ""): answer})) == []


def test_what_is_encrypted_is_not_expected(deployed: Any) -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
    hidden = deployed(
        table(inputs={"replicas": secret}), service({"taskDefinition": secret, "desiredCount": secret})
    )
    assert [each.expected for each in hidden.mentions] == [{"replicas": ()}, {}]


def test_an_output_may_be_called_like_a_part_of_an_export(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"deployment": "blue", "version": "3", "vpc_id": OUTPUTS["vpc_id"]}))
    assert read(file).mentions[0].key == "vpc_id"
    file.write_text(json.dumps({"version": 99, "deployment": {}}))
    with pytest.raises(DeploymentFileError, match="is a state of version 99"):
        read(file)
