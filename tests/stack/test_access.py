"""The key and the roles: who is trusted, with what, and nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fraud_detection.access import (
    create_database_monitoring_role,
    create_flow_log_role,
    create_key,
    create_task_roles,
)

from .harness import ACCOUNT, PARENT, REGION, Program, deploy
from .neighbours import KEY, RULES, SECRET, TRANSACTIONS, database, logs, output

if TYPE_CHECKING:
    import pulumi
    import pulumi_aws as aws
    from fraud_detection.access import GrantedRole, TaskRoles
    from fraud_detection.settings import Settings

FLOWS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/vpc/flow"
SERVICE_LOGS = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:loggroup//logs/service"
USE_KEY = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
READ = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]
WRITE = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"]


def key(settings: Settings, opts: pulumi.ResourceOptions) -> aws.kms.Key:
    return create_key(settings, ACCOUNT, opts)


def flow_log_role(settings: Settings, opts: pulumi.ResourceOptions) -> GrantedRole:
    return create_flow_log_role(settings, ACCOUNT, output(FLOWS), opts)


def database_monitoring_role(settings: Settings, opts: pulumi.ResourceOptions) -> GrantedRole:
    return create_database_monitoring_role(settings, ACCOUNT, opts)


def task_roles(settings: Settings, opts: pulumi.ResourceOptions) -> TaskRoles:
    return create_task_roles(settings, ACCOUNT, output(KEY), database(), logs(), opts)


def trusting(service: str) -> list[dict[str, Any]]:
    """A trust policy that lets a service of AWS act for this account, and for no other."""
    return [
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": ["sts:AssumeRole"],
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }
    ]


def allows(deployed: Program, policy: str) -> list[tuple[list[str], list[str]]]:
    """The actions and resources of each statement; every one of them allows."""
    statements = deployed.named(policy).policy()
    assert {statement["Effect"] for statement in statements} == {"Allow"}
    return [(statement["Action"], statement["Resource"]) for statement in statements]


class TestKey:
    def test_rotates_and_says_what_it_is_for(self, environment: str) -> None:
        inputs = deploy(key, environment)["fraud-key"]
        assert inputs["enableKeyRotation"] is True
        assert inputs["description"] == f"Encrypts the data of fraud-detection-{environment}"
        assert inputs["tags"]["Name"] == f"fraud-detection-{environment}-key"

    @pytest.mark.parametrize(("environment", "days"), [("dev", 7), ("staging", 7), ("prod", 30)])
    def test_a_deleted_key_can_be_saved_for_longer_in_prod(self, environment: str, days: int) -> None:
        assert deploy(key, environment)["fraud-key"]["deletionWindowInDays"] == days

    def test_has_a_name(self, environment: str) -> None:
        expected = {"name": f"alias/fraud-detection-{environment}", "targetKeyId": "fraud-key-1a2b3c4-id"}
        assert deploy(key, environment)["fraud-key-alias"] == expected

    def test_the_account_decides_who_uses_it(self) -> None:
        root, *_ = deploy(key, "prod").named("fraud-key").policy()
        principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        assert root == {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}

    def test_logs_use_it_for_log_groups_of_this_environment(self, environment: str) -> None:
        _, statement, _ = deploy(key, environment).named("fraud-key").policy()
        groups = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*fraud-detection-{environment}*"
        assert statement == {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
            "Action": USE_KEY,
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        }

    def test_alarms_reach_an_encrypted_topic(self) -> None:
        _, _, statement = deploy(key, "prod").named("fraud-key").policy()
        assert statement == {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        }

    def test_belongs_to_the_component(self) -> None:
        deployed = deploy(key, "prod")
        assert {each.name: each.parent for each in deployed.resources} == {
            "fraud-key": PARENT,
            "fraud-key-alias": PARENT,
        }


class TestFlowLogRole:
    def test_trusts_flow_logs(self) -> None:
        role = deploy(flow_log_role, "dev").named("fraud-flow-log-role")
        assert role.policy("assumeRolePolicy") == trusting("vpc-flow-logs.amazonaws.com")
        assert role.inputs["tags"]["Name"] == "fraud-detection-dev-flow-log"

    def test_writes_into_its_log_group_only(self) -> None:
        assert allows(deploy(flow_log_role, "dev"), "fraud-flow-log-policy") == [
            (["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [FLOWS, f"{FLOWS}:*"]),
            (["logs:DescribeLogGroups"], ["*"]),
        ]

    def test_the_policy_is_the_roles(self) -> None:
        deployed = deploy(flow_log_role, "dev")
        assert deployed["fraud-flow-log-policy"]["role"] == "fraud-flow-log-role-1a2b3c4"
        assert deployed.returned.arn.endswith("role/fraud-flow-log-role-1a2b3c4")
        assert deployed.returned.policy == "fraud-flow-log-policy"
        assert [each.parent for each in deployed.resources] == [PARENT] * 2


class TestDatabaseMonitoringRole:
    def test_trusts_the_monitoring_of_rds(self) -> None:
        role = deploy(database_monitoring_role, "dev").named("fraud-database-monitoring-role")
        assert role.policy("assumeRolePolicy") == trusting("monitoring.rds.amazonaws.com")
        assert role.inputs["tags"]["Name"] == "fraud-detection-dev-database-monitoring"

    def test_has_the_policy_that_aws_keeps_for_it(self) -> None:
        deployed = deploy(database_monitoring_role, "dev")
        assert deployed["fraud-database-monitoring-policy"] == {
            "role": "fraud-database-monitoring-role-1a2b3c4",
            "policyArn": "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        }
        assert deployed.returned.arn.endswith("role/fraud-database-monitoring-role-1a2b3c4")
        assert deployed.returned.policy == "fraud-database-monitoring-policy"
        assert [each.parent for each in deployed.resources] == [PARENT] * 2


class TestTaskRoles:
    @pytest.mark.parametrize("name", ["task", "execution"])
    def test_trust_the_tasks_of_this_account(self, environment: str, name: str) -> None:
        role = deploy(task_roles, environment).named(f"fraud-{name}-role")
        assert role.policy("assumeRolePolicy") == trusting("ecs-tasks.amazonaws.com")
        assert role.inputs["tags"]["Name"] == f"fraud-detection-{environment}-{name}"
        assert role.parent == PARENT

    def test_the_service_reads_rules_and_keeps_transactions(self) -> None:
        assert allows(deploy(task_roles, "prod"), "fraud-task-policy") == [
            (READ, [RULES]),
            (READ + WRITE, [TRANSACTIONS, f"{TRANSACTIONS}/index/*"]),
            (USE_KEY, [KEY]),
        ]

    def test_the_service_uses_the_key_through_dynamodb_only(self) -> None:
        *others, statement = deploy(task_roles, "prod").named("fraud-task-policy").policy()
        through = {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": through}
        assert not any("Condition" in other for other in others)

    def test_ecs_starts_it_with_its_image_its_logs_and_its_secret(self) -> None:
        repository = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/fraud-detection/scoring"
        pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        assert allows(deploy(task_roles, "prod"), "fraud-execution-policy") == [
            (["ecr:GetAuthorizationToken"], ["*"]),
            (pull, [repository]),
            (["logs:CreateLogStream", "logs:PutLogEvents"], [f"{SERVICE_LOGS}:*"]),
            (["secretsmanager:GetSecretValue"], [SECRET]),
            (["kms:Decrypt"], [KEY]),
        ]

    @pytest.mark.parametrize("name", ["task", "execution"])
    def test_each_policy_is_its_own_roles(self, name: str) -> None:
        deployed = deploy(task_roles, "dev")
        granted = getattr(deployed.returned, name)
        assert deployed[f"fraud-{name}-policy"]["role"] == f"fraud-{name}-role-1a2b3c4"
        assert granted.arn.endswith(f"role/fraud-{name}-role-1a2b3c4")
        assert granted.policy == f"fraud-{name}-policy"
        assert deployed.named(f"fraud-{name}-policy").parent == PARENT

    @pytest.mark.parametrize("build", [flow_log_role, task_roles])
    def test_no_policy_allows_everything(self, build: Any) -> None:
        for policy in deploy(build, "prod").of("RolePolicy"):
            for statement in policy.policy():
                assert not any(action.endswith(":*") or action == "*" for action in statement["Action"])

    @pytest.mark.parametrize("build", [flow_log_role, task_roles])
    def test_policies_are_written_in_the_current_language(self, build: Any) -> None:
        documents = [each.inputs["policy"] for each in deploy(build, "prod").of("RolePolicy")]
        assert all('"Version": "2012-10-17"' in document for document in documents)
