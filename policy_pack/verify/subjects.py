"""What can be verified: the kinds of resources, and one resource as AWS is asked for it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from policy_pack.model import SourceSpan


class Kind(enum.Enum):
    """A kind of resource: how it is called, and its type token (None for what is none by itself)."""

    ALARM = ("alarm", "aws:cloudwatch/metricAlarm:MetricAlarm")
    BALANCER = ("load balancer", "aws:lb/loadBalancer:LoadBalancer")
    BUCKET = ("bucket", "aws:s3/bucket:Bucket")
    DASHBOARD = ("dashboard", "aws:cloudwatch/dashboard:Dashboard")
    DATABASE_CLUSTER = ("database cluster", "aws:rds/cluster:Cluster")
    DATABASE_INSTANCE = ("database instance", "aws:rds/instance:Instance")
    ECS_CLUSTER = ("ECS cluster", "aws:ecs/cluster:Cluster")
    ECS_SERVICE = ("ECS service", "aws:ecs/service:Service")
    FUNCTION = ("function", "aws:lambda/function:Function")
    GATEWAYS = ("NAT gateways of", None)
    INSTANCE = ("instance", "aws:ec2/instance:Instance")
    KEY = ("key", "aws:kms/key:Key")
    LOG_GROUP = ("log group", "aws:cloudwatch/logGroup:LogGroup")
    NAT_GATEWAY = ("NAT gateway", "aws:ec2/natGateway:NatGateway")
    QUEUE = ("queue", "aws:sqs/queue:Queue")
    ROLE = ("role", "aws:iam/role:Role")
    SECURITY_GROUP = ("security group", "aws:ec2/securityGroup:SecurityGroup")
    SUBNET = ("subnet", "aws:ec2/subnet:Subnet")
    TABLE = ("table", "aws:dynamodb/table:Table")
    TARGET_GROUP = ("target group", "aws:lb/targetGroup:TargetGroup")
    TASK_DEFINITION = ("task definition", "aws:ecs/taskDefinition:TaskDefinition")
    TOPIC = ("topic", "aws:sns/topic:Topic")
    VPC = ("VPC", "aws:ec2/vpc:Vpc")

    def __init__(self, label: str, type_token: str | None) -> None:
        self.label = label
        self.type_token = type_token


class Subject(Struct, frozen=True):
    """One resource, by the name, id or ARN that AWS is asked for. `parent` is the cluster of a service.

    `region` and `account` are empty as long as nothing tells them.
    """

    kind: Kind
    name: str
    region: str = ""
    account: str = ""
    parent: str = ""

    def __str__(self) -> str:
        return f"{self.kind.label} `{self.label}`"

    @property
    def label(self) -> str:
        """The name for people: of an ARN only the name in it, so that no account is shown."""
        if not self.name.startswith("arn:"):
            return self.name
        last = self.name.split(":", 5)[-1]
        return last.split("/")[1] if "/" in last else last


class Mention(Struct, frozen=True):
    """Where a deployment names a resource, and what it says of it.

    `key` is the path of an output, or the URN of a resource. `sure` says that the value itself tells what it
    is, not only the name of the output. `expected` holds what the program said and AWS can confirm.
    """

    subject: Subject
    key: str
    sure: bool = True
    span: SourceSpan | None = None
    urn: str | None = None
    resource_type: str | None = None
    resource_name: str | None = None
    expected: Mapping[str, Any] = field(default_factory=dict)


class Deployment(Struct, frozen=True):
    """What a file says was deployed. `others` are ARNs and resources of AWS that cannot be asked for."""

    mentions: tuple[Mention, ...]
    region: str = ""
    account: str = ""
    others: tuple[str, ...] = ()
    stack: str = ""
