"""Who may do what: the encryption key and the roles, each with no more than it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from fraud_detection.database import Database
    from fraud_detection.monitoring import LogGroups
    from fraud_detection.settings import Settings

Statement = dict[str, Any]
Condition = dict[str, dict[str, Any]]

READ_ITEMS = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]
WRITE_ITEMS = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"]
USE_KEY = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]


@dataclass(frozen=True)
class GrantedRole:
    """A role and the policy that must be in place before anybody assumes it."""

    arn: pulumi.Output[str]
    policy: pulumi.Resource


@dataclass(frozen=True)
class TaskRoles:
    """What the scoring service runs as, and what starts it."""

    task: GrantedRole
    execution: GrantedRole


def policy_document(*statements: Statement) -> pulumi.Output[str]:
    """The JSON of a policy whose statements may hold outputs."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(
    actions: list[str], resources: list[pulumi.Input[str]], condition: Condition | None = None
) -> Statement:
    """A statement of an identity policy."""
    return _on_condition({"Effect": "Allow", "Action": actions, "Resource": resources}, condition)


def allow_service(
    service: str,
    actions: list[str],
    resource: pulumi.Input[str] | None = "*",
    condition: Condition | None = None,
) -> Statement:
    """A statement of a resource policy; a trust policy names no resource."""
    statement: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}
    if resource is not None:
        statement["Resource"] = resource
    return _on_condition(statement, condition)


def _on_condition(statement: Statement, condition: Condition | None) -> Statement:
    return statement if condition is None else statement | {"Condition": condition}


def from_account(account_id: str) -> Condition:
    """Keeps a service from acting on behalf of somebody else's account."""
    return {"StringEquals": {"aws:SourceAccount": account_id}}


def create_key(settings: Settings, account_id: str, opts: pulumi.ResourceOptions) -> aws.kms.Key:
    """The key that encrypts the databases, the logs and the alarms."""
    key = aws.kms.Key(
        "fraud-key",
        description=f"Encrypts the data of {settings.name}",
        enable_key_rotation=True,
        deletion_window_in_days=30 if settings.deletion_protection else 7,
        policy=_key_policy(settings, account_id),
        tags=settings.tags("key"),
        opts=opts,
    )
    aws.kms.Alias("fraud-key-alias", name=f"alias/{settings.name}", target_key_id=key.key_id, opts=opts)
    return key


def _key_policy(settings: Settings, account_id: str) -> pulumi.Output[str]:
    groups = f"arn:aws:logs:{settings.region}:{account_id}:log-group:*{settings.name}*"
    return policy_document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        allow_service(
            f"logs.{settings.region}.amazonaws.com",
            USE_KEY,
            condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        ),
        # Alarms reach an encrypted topic only so; who may publish to it, the topic's policy says.
        allow_service("cloudwatch.amazonaws.com", ["kms:Decrypt", "kms:GenerateDataKey*"]),
    )


def create_flow_log_role(
    settings: Settings, account_id: str, log_group_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> GrantedRole:
    """Lets the VPC write its flow logs into one log group."""
    role = _create_role(settings, account_id, "flow-log", "vpc-flow-logs.amazonaws.com", opts)
    document = policy_document(
        allow(
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [log_group_arn, pulumi.Output.concat(log_group_arn, ":*")],
        ),
        allow(["logs:DescribeLogGroups"], ["*"]),
    )
    return _grant(role, "flow-log", document, opts)


def create_database_monitoring_role(
    settings: Settings, account_id: str, opts: pulumi.ResourceOptions
) -> GrantedRole:
    """Lets RDS publish the operating system's metrics of its instances."""
    role = _create_role(settings, account_id, "database-monitoring", "monitoring.rds.amazonaws.com", opts)
    policy = aws.iam.RolePolicyAttachment(
        "fraud-database-monitoring-policy",
        role=role.name,
        policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        opts=opts,
    )
    return GrantedRole(role.arn, policy)


def create_task_roles(
    settings: Settings,
    account_id: str,
    key_arn: pulumi.Output[str],
    database: Database,
    logs: LogGroups,
    opts: pulumi.ResourceOptions,
) -> TaskRoles:
    """The roles of the scoring service."""
    task = _create_role(settings, account_id, "task", "ecs-tasks.amazonaws.com", opts)
    execution = _create_role(settings, account_id, "execution", "ecs-tasks.amazonaws.com", opts)
    repository_arn = (
        f"arn:aws:ecr:{settings.region}:{account_id}:repository/{settings.service.image_repository}"
    )
    return TaskRoles(
        task=_grant(task, "task", _task_policy(settings, key_arn, database), opts),
        execution=_grant(
            execution, "execution", _execution_policy(repository_arn, key_arn, database, logs), opts
        ),
    )


def _task_policy(settings: Settings, key_arn: pulumi.Output[str], database: Database) -> pulumi.Output[str]:
    transactions = database.transactions.arn
    return policy_document(
        allow(READ_ITEMS, [database.rules.arn]),
        allow(READ_ITEMS + WRITE_ITEMS, [transactions, pulumi.Output.concat(transactions, "/index/*")]),
        allow(
            USE_KEY,
            [key_arn],
            {"StringEquals": {"kms:ViaService": f"dynamodb.{settings.region}.amazonaws.com"}},
        ),
    )


def _execution_policy(
    repository_arn: str, key_arn: pulumi.Output[str], database: Database, logs: LogGroups
) -> pulumi.Output[str]:
    return policy_document(
        allow(["ecr:GetAuthorizationToken"], ["*"]),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [repository_arn],
        ),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [pulumi.Output.concat(logs.service.arn, ":*")]),
        allow(["secretsmanager:GetSecretValue"], [database.aurora.secret_arn]),
        allow(["kms:Decrypt"], [key_arn]),
    )


def _create_role(
    settings: Settings, account_id: str, name: str, service: str, opts: pulumi.ResourceOptions
) -> aws.iam.Role:
    trust = allow_service(service, ["sts:AssumeRole"], resource=None, condition=from_account(account_id))
    return aws.iam.Role(
        f"fraud-{name}-role", assume_role_policy=policy_document(trust), tags=settings.tags(name), opts=opts
    )


def _grant(
    role: aws.iam.Role, name: str, document: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> GrantedRole:
    policy = aws.iam.RolePolicy(f"fraud-{name}-policy", role=role.name, policy=document, opts=opts)
    return GrantedRole(role.arn, policy)
