"""The component and the program around it: every part is there, connected to the others, and exported."""

from __future__ import annotations

import functools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from fraud_detection.component import FraudDetectionComponent

from .harness import ACCOUNT, ENVIRONMENTS, REGION, Aws, AwsBeforeCreation, deploy, execute, pinned_name, run

if TYPE_CHECKING:
    from fraud_detection.settings import Settings

    from .harness import Program

COUNTS = {
    "dev": {"total": 95, "ec2/natGateway": 1, "rds/clusterInstance": 1, "cloudwatch/metricAlarm": 16},
    "staging": {"total": 97, "ec2/natGateway": 1, "rds/clusterInstance": 2, "cloudwatch/metricAlarm": 17},
    "prod": {"total": 102, "ec2/natGateway": 3, "rds/clusterInstance": 3, "cloudwatch/metricAlarm": 17},
}

# AWS knows no tags on these.
UNTAGGABLE = {
    "aws:appautoscaling/policy:Policy",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/alias:Alias",
    "aws:sns/topicPolicy:TopicPolicy",
    "fraud-detection:index:FraudDetectionComponent",
}

# Their names live in the cluster, which has the environment's.
SCOPED = {"aws:ecs/service:Service", "aws:appautoscaling/policy:Policy"}


def arn(service: str, kind: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}/{name}"


@functools.cache
def exports(environment: str) -> dict[str, Any]:
    """What the stack exports, as the mocked AWS names it, but for the alarms' names."""
    name = f"fraud-detection-{environment}"
    domain = f"{REGION}.rds.amazonaws.com"
    subnets = {
        f"{tier}_subnet_ids": [f"fraud-{tier}-subnet-{number}-id" for number in (1, 2, 3)]
        for tier in ("public", "application", "database")
    }
    return subnets | {
        "environment": environment,
        "region": REGION,
        "kms_key_arn": arn("kms", "key", "fraud-key-1a2b3c4"),
        "log_group_names": [
            f"/vpc/{name}/flow",
            f"/ecs/{name}/scoring",
            f"/aws/ecs/containerinsights/{name}/performance",
            f"/aws/rds/cluster/{name}/postgresql",
        ],
        "vpc_id": "fraud-vpc-id",
        "aurora_cluster_id": name,
        "aurora_cluster_arn": arn("rds", "cluster", name),
        "aurora_endpoint": f"{name}.cluster-abc.{domain}",
        "aurora_reader_endpoint": f"{name}.cluster-ro-abc.{domain}",
        "rules_table_name": f"fraud-rules-{environment}",
        "rules_table_arn": arn("dynamodb", "table", f"fraud-rules-{environment}"),
        "transactions_table_name": f"fraud-transactions-{environment}",
        "transactions_table_arn": arn("dynamodb", "table", f"fraud-transactions-{environment}"),
        "alb_arn": arn("lb", "loadbalancer", name),
        "alb_dns_name": f"{name}.{REGION}.elb.amazonaws.com",
        "target_group_arn": arn("lb", "targetgroup", "fraud-targets-1a2b3c4"),
        "ecs_cluster_arn": arn("ecs", "cluster", name),
        "ecs_cluster_name": name,
        "ecs_service_arn": arn("ecs", "service", "scoring"),
        "ecs_service_name": "scoring",
        "task_definition_arn": arn("ecs", "taskdefinition", "fraud-task-1a2b3c4"),
        "alarm_topic_arn": arn("sns", "topic", f"{name}-alarms"),
        "dashboard_name": name,
    }


def component(settings: Settings, opts: pulumi.ResourceOptions) -> None:
    FraudDetectionComponent("scoring", settings, opts)


class TestWhole:
    def test_counts(self, program: Program, environment: str) -> None:
        counts = Counter(each.type.split(":")[1] for each in program.resources)
        expected = dict(COUNTS[environment])
        assert len(program.resources) == expected.pop("total")
        assert {kind: counts[kind] for kind in expected} == expected

    def test_everything_is_the_components_child(self, program: Program, environment: str) -> None:
        parents = {each.name: each.parent for each in program.resources}
        assert parents.pop("fraud-detection") == f"fraud-detection-{environment}"
        assert set(parents.values()) == {"fraud-detection"}

    def test_belongs_where_its_maker_says(self) -> None:
        deployed = deploy(component, "dev")
        (made,) = deployed.of("FraudDetectionComponent")
        assert (made.name, made.parent) == ("scoring", "parent")

    def test_logical_names_are_unique_and_say_whose_they_are(self, program: Program) -> None:
        names = [each.name for each in program.resources]
        assert len(set(names)) == len(names)
        assert all(name.startswith("fraud-") for name in names)

    def test_everything_taggable_is_tagged(self, program: Program, environment: str) -> None:
        expected = {"Project": "fraud-detection", "Environment": environment, "ManagedBy": "pulumi"}
        for each in program.resources:
            if each.type not in UNTAGGABLE:
                tags = dict(each.inputs["tags"])
                assert tags.pop("Name").startswith(f"fraud-detection-{environment}-"), each.urn
                tags.pop("Tier", None)
                assert tags == expected, each.urn

    def test_no_placeholder_of_an_unresolved_output(self, program: Program) -> None:
        for each in program.resources:
            assert "Calling __str__" not in repr(each.inputs), each.urn

    def test_previews_what_it_will_declare(self, program: Program, environment: str) -> None:
        before = execute(environment, aws=AwsBeforeCreation())
        assert {each.urn for each in before.resources} == {each.urn for each in program.resources}
        document = before["fraud-task"]["containerDefinitions"]
        assert isinstance(document, pulumi.output.Unknown)


class TestExports:
    def test_what_checks_after_a_deployment_need(self, program: Program, environment: str) -> None:
        found = dict(program.exports)
        alarms = found.pop("alarm_names")
        assert found == exports(environment)
        assert sorted(alarms) == sorted(each.inputs["name"] for each in program.of("MetricAlarm"))

    def test_are_the_components_outputs(self, program: Program) -> None:
        assert program.exports == program.component_outputs


class TestZones:
    def test_the_first_ordinary_zones_are_used(self, program: Program) -> None:
        zones = {each.inputs["availabilityZone"] for each in program.of("Subnet")}
        assert zones == {f"{REGION}a", f"{REGION}b", f"{REGION}c"}

    def test_as_many_as_are_configured(self) -> None:
        program = run("dev", azCount=2)
        zones = sorted(each.inputs["availabilityZone"] for each in program.of("Subnet"))
        assert zones == [f"{REGION}{letter}" for letter in "aaabbb"]

    def test_exactly_enough_is_enough(self) -> None:
        program = execute("dev", aws=Aws(zones=3))
        assert len(program.of("Subnet")) == 9

    def test_too_few_is_an_error_that_names_the_key(self) -> None:
        with pytest.raises(pulumi.RunError) as refused:
            execute("dev", aws=Aws(zones=2))
        assert str(refused.value) == "fraud-detection:azCount is 3, but eu-west-1 has 2 zones available"


class TestConnections:
    def test_one_key_encrypts_all(self, program: Program) -> None:
        key = program.exports["kms_key_arn"]
        assert {each.inputs["kmsKeyId"] for each in program.of("LogGroup")} == {key}
        assert program["fraud-database"]["kmsKeyId"] == key
        assert program["fraud-transactions"]["serverSideEncryption"]["kmsKeyArn"] == key
        assert program["fraud-alarms"]["kmsMasterKeyId"] == key
        for policy in ("fraud-task-policy", "fraud-execution-policy"):
            *_, use_key = program.named(policy).policy()
            assert use_key["Resource"] == [key]

    def test_each_writes_into_its_own_log_group(self, program: Program) -> None:
        (container,) = json.loads(program["fraud-task"]["containerDefinitions"])
        group = container["logConfiguration"]["options"]["awslogs-group"]
        flow_log = program["fraud-flow-log"]
        assert group == program["fraud-service-logs"]["name"]
        assert flow_log["logDestination"].endswith(program["fraud-network-logs"]["name"])
        assert flow_log["iamRoleArn"].endswith("fraud-flow-log-role-1a2b3c4")
        assert flow_log["logDestination"] in program.named("fraud-flow-log-policy").policy()[0]["Resource"]

    def test_the_instances_are_monitored_by_their_role(self, program: Program) -> None:
        role = arn("iam", "role", "fraud-database-monitoring-role-1a2b3c4")
        assert {each.inputs["monitoringRoleArn"] for each in program.of("ClusterInstance")} == {role}

    def test_the_service_knows_its_own_data(self, program: Program) -> None:
        (container,) = json.loads(program["fraud-task"]["containerDefinitions"])
        variables = {each["name"]: each["value"] for each in container["environment"]}
        assert variables["DATABASE_HOST"] == program.exports["aurora_endpoint"]
        assert variables["RULES_TABLE"] == program.exports["rules_table_name"]
        assert variables["TRANSACTIONS_TABLE"] == program.exports["transactions_table_name"]

    def test_the_account_that_deploys_is_the_one_that_is_trusted(self, program: Program) -> None:
        for role in program.of("Role"):
            (trust,) = role.policy("assumeRolePolicy")
            assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        root, *_ = program.named("fraud-key").policy()
        assert root["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        (publish,) = program.named("fraud-alarms-policy").policy()
        assert publish["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        (container,) = json.loads(program["fraud-task"]["containerDefinitions"])
        assert container["image"].startswith(f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/")


def test_the_environments_share_no_address_and_no_name() -> None:
    cidrs = {run(environment)["fraud-vpc"]["cidrBlock"] for environment in ENVIRONMENTS}
    assert len(cidrs) == len(ENVIRONMENTS)
    names = Counter(
        (each.type, name)
        for environment in ENVIRONMENTS
        for each in run(environment).resources
        if (name := pinned_name(each.inputs)) and each.type not in SCOPED
    )
    assert [name for name, times in names.items() if times > 1] == []
