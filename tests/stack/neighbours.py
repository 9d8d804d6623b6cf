"""What a module of the stack is handed by the others: made here, so that a test runs one module only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
from fraud_detection.access import GrantedRole, TaskRoles
from fraud_detection.compute import Balancer, Service
from fraud_detection.database import Aurora, Database, Table
from fraud_detection.monitoring import LogGroups
from fraud_detection.networking import Network, SecurityGroups

from .harness import ACCOUNT, REGION

if TYPE_CHECKING:
    from pulumi import Output

ZONES = [f"{REGION}a", f"{REGION}b", f"{REGION}c"]
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!cluster-1a2b3c4"
RULES = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/the-rules"
TRANSACTIONS = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/the-transactions"


def output(value: str) -> Output[str]:
    return pulumi.Output.from_input(value)


def stand_in(name: str) -> pulumi.Resource:
    """Something to depend on."""
    return pulumi.CustomResource("tests:index:StandIn", name)


def role(name: str) -> GrantedRole:
    return GrantedRole(output(f"arn:aws:iam::{ACCOUNT}:role/{name}"), stand_in(f"{name}-policy"))


def roles() -> TaskRoles:
    return TaskRoles(task=role("task"), execution=role("execution"))


def network() -> Network:
    return Network(
        vpc_id=output("vpc"),
        zones=ZONES,
        public_subnet_ids=[output(f"public-{zone}") for zone in ZONES],
        application_subnet_ids=[output(f"application-{zone}") for zone in ZONES],
        database_subnet_ids=[output(f"database-{zone}") for zone in ZONES],
        security_groups=SecurityGroups(output("balancer"), output("service"), output("database")),
        ingress=stand_in("way-in"),
        egress=[stand_in("way-out")],
    )


def log_group(name: str) -> aws.cloudwatch.LogGroup:
    return aws.cloudwatch.LogGroup(f"{name}-logs", name=f"/logs/{name}")


def logs() -> LogGroups:
    return LogGroups(*(log_group(name) for name in ("network", "service", "insights", "database")))


def aurora() -> Aurora:
    return Aurora(
        identifier=output("the-cluster"),
        arn=output(f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:the-cluster"),
        endpoint=output("writer.example.com"),
        reader_endpoint=output("reader.example.com"),
        secret_arn=output(SECRET),
        instances=[stand_in("writer"), stand_in("reader")],
    )


def database() -> Database:
    return Database(
        aurora=aurora(),
        rules=Table(output("the-rules"), output(RULES)),
        transactions=Table(output("the-transactions"), output(TRANSACTIONS)),
    )


def balancer() -> Balancer:
    return Balancer(
        arn=output(f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/front/1"),
        arn_suffix=output("app/front/1"),
        dns_name=output("front.example.com"),
        target_group_arn=output(f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/tasks/2"),
        target_group_suffix=output("targetgroup/tasks/2"),
        listener=stand_in("listener"),
    )


def service() -> Service:
    return Service(
        cluster_arn=output(f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/the-tasks"),
        cluster_name=output("the-tasks"),
        service_arn=output(f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/the-tasks/scoring"),
        service_name=output("scoring"),
        task_definition_arn=output(f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/scoring:1"),
    )
