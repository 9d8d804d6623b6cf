"""A stand-in for the account that the fraud-detection stack is in, in any state that a test wants."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# The stand-in for AWS is a package beside the tests of `preflight refresh`.
sys.path.insert(0, str(ROOT / "tests" / "refresh"))

from live import wire  # noqa: E402
from live.server import Cut, Fault, Refuse, World  # noqa: E402
from live.wire import Call  # noqa: E402

ACCOUNT = "123456781234"
REGION = "eu-west-1"
SERVICES = (
    *("cloudwatch", "dynamodb", "ec2", "ecs", "elbv2", "iam", "kms", "lambda", "logs"),
    *("rds", "s3", "sns", "sqs", "sts"),
)
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
GROUP = "fraud-targets-1a2b3c4/73e2d6bc24d8a067"
BALANCER = "fraud-detection-dev/50dc6c495c0c9188"


def arn(service: str, resource: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


TARGETS = arn("elasticloadbalancing", f"targetgroup/{GROUP}")
TASK = arn("ecs", "task-definition/fraud-detection-dev:7")

# What `stack/__main__.py` exports, as `pulumi stack output --json` prints it.
OUTPUTS: Mapping[str, Any] = {
    "environment": "dev",
    "region": REGION,
    "kms_key_arn": arn("kms", f"key/{KEY}"),
    "log_group_names": ["/vpc/fraud-detection-dev/flow", "/ecs/fraud-detection-dev/scoring"],
    "vpc_id": "vpc-0a1b2c3d4e5f60718",
    "public_subnet_ids": [f"subnet-0a1b2c3d4e5f6071{number}" for number in (1, 2, 3)],
    "application_subnet_ids": [f"subnet-0a1b2c3d4e5f6072{number}" for number in (1, 2, 3)],
    "database_subnet_ids": [f"subnet-0a1b2c3d4e5f6073{number}" for number in (1, 2, 3)],
    "aurora_cluster_id": "fraud-detection-dev",
    "aurora_cluster_arn": arn("rds", "cluster:fraud-detection-dev"),
    "aurora_endpoint": f"fraud-detection-dev.cluster-c1abcdefghij.{REGION}.rds.amazonaws.com",
    "aurora_reader_endpoint": f"fraud-detection-dev.cluster-ro-c1abcdefghij.{REGION}.rds.amazonaws.com",
    "rules_table_name": "fraud-rules-dev",
    "rules_table_arn": arn("dynamodb", "table/fraud-rules-dev"),
    "transactions_table_name": "fraud-transactions-dev",
    "transactions_table_arn": arn("dynamodb", "table/fraud-transactions-dev"),
    "alb_arn": arn("elasticloadbalancing", f"loadbalancer/app/{BALANCER}"),
    "alb_dns_name": f"fraud-detection-dev-1234567890.{REGION}.elb.amazonaws.com",
    "target_group_arn": TARGETS,
    "ecs_cluster_arn": arn("ecs", "cluster/fraud-detection-dev"),
    "ecs_cluster_name": "fraud-detection-dev",
    "ecs_service_arn": arn("ecs", "service/fraud-detection-dev/scoring"),
    "ecs_service_name": "scoring",
    "task_definition_arn": TASK,
    "alarm_topic_arn": arn("sns", "fraud-detection-dev-alarms"),
    "alarm_names": ["fraud-detection-dev-service-cpu", "fraud-detection-dev-database-cpu"],
    "dashboard_name": "fraud-detection-dev",
}
# What other stacks name.
MORE: Mapping[str, Any] = {
    "bucket_name": "fraud-uploads",
    "lambda_function_arn": arn("lambda", "function:score"),
    "queue_url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/fraud-events",
    "task_role_arn": f"arn:aws:iam::{ACCOUNT}:role/fraud-task",
}

REPLICAS = {"fraud-rules-dev": {"eu-central-1": "ACTIVE"}}

Answer = Mapping[str, Any] | Fault
Asked = Mapping[str, Any]


@dataclass
class Account:
    """Everything is as it should be, but for `changes`: by operation and name, how AWS answers instead.

    A change may be a list: the answers to one request after the other, the last one to all that follow.
    """

    changes: Mapping[tuple[str, str], Answer | list[Answer]] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    world: World = field(init=False)
    _given: dict[tuple[str, str], int] = field(default_factory=dict)
    # The server decides on a fault first, and then asks for the answer, both for one request in one thread.
    _chosen: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self.world = World(self._answer, self._fault, services=SERVICES)

    def set(self, changes: Mapping[tuple[str, str], Any], faults: Mapping[str, Fault]) -> None:
        """From now on, this is different."""
        self.changes, self.faults = changes, faults
        self._given.clear()

    def asked(self, operation: str) -> int:
        """How often an operation was asked for."""
        return sum(count for (_, name, _), count in self.world.calls.items() if name == operation)

    @property
    def operations(self) -> set[tuple[str, str]]:
        return {(service, name) for service, name, _ in self.world.calls}

    def _fault(self, call: Call, number: int) -> Fault | None:
        chosen = self._chosen.answer = self.faults.get(call.service) or self._change(call)
        return chosen if isinstance(chosen, Refuse | Cut) else None

    def _answer(self, call: Call) -> Mapping[str, Any]:
        chosen = self._chosen.answer
        plain = chosen is None or isinstance(chosen, Refuse | Cut)
        return ANSWERS[call.operation](call.parameters) if plain else chosen

    def _change(self, call: Call) -> Answer | None:
        for (operation, name), change in self.changes.items():
            if operation == call.operation and name in ("", *_words(call.parameters)):
                if not isinstance(change, list):
                    return change
                given = self._given.get((operation, name), 0)
                self._given[operation, name] = given + 1
                return change[min(given, len(change) - 1)]
        return None


def _words(parameters: Asked) -> Iterator[str]:
    for value in parameters.values():
        yield from map(str, value if isinstance(value, list) else [value])


def cluster(state: str = "available", **more: Any) -> dict[str, Any]:
    members = [{"DBInstanceIdentifier": "fraud-detection-dev-1"}]
    found = {
        "DBClusterIdentifier": "fraud-detection-dev",
        "Status": state,
        "MultiAZ": False,
        "EngineVersion": "15.19",
    }
    return {"DBClusters": [{**found, "DBClusterMembers": members, **more}]}


def table(name: str, state: str = "ACTIVE", replicas: Mapping[str, str] | None = None) -> dict[str, Any]:
    listed = [{"RegionName": key, "ReplicaStatus": value} for key, value in (replicas or {}).items()]
    return {"Table": {"TableName": name, "TableStatus": state, "Replicas": listed}}


def service(desired: int = 2, running: int = 2, rollout: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    primary = {"status": "PRIMARY", "rolloutState": rollout, "rolloutStateReason": "circuit breaker"}
    counts = {"desiredCount": desired, "runningCount": running, "pendingCount": 0}
    found = {"serviceName": "scoring", "status": "ACTIVE", "deployments": [primary], "taskDefinition": TASK}
    return {"services": [found | counts | more]}


def targets(*states: str, **more: str) -> dict[str, Any]:
    found = [
        {"Target": {"Id": f"10.0.0.{n}"}, "TargetHealth": {"State": state, **more}}
        for n, state in enumerate(states)
    ]
    return {"TargetHealthDescriptions": found}


def instance(name: str, state: str = "available") -> dict[str, Any]:
    return {"DBInstances": [{"DBInstanceIdentifier": name, "DBInstanceStatus": state}]}


def gateways(**states: str) -> dict[str, Any]:
    return {
        "NatGateways": [{"NatGatewayId": f"nat-{name}", "State": state} for name, state in states.items()]
    }


def alarm(name: str, state: str = "OK") -> dict[str, Any]:
    return {"MetricAlarms": [{"AlarmName": name, "StateValue": state, "StateReason": "crossed"}]}


def _subnet(asked: Asked) -> Mapping[str, Any]:
    """Of a tier, each in a zone of its own."""
    name = asked["SubnetId.1"]
    zone = f"{REGION}{'abc'[int(name[-1]) % 3]}"
    found = {"SubnetId": name, "State": "available", "AvailabilityZone": zone, "VpcId": OUTPUTS["vpc_id"]}
    return {"Subnets": [found]}


def _balancer(asked: Asked) -> Mapping[str, Any]:
    zones = [{"ZoneName": f"{REGION}{letter}"} for letter in "abc"]
    found = {"LoadBalancerArn": OUTPUTS["alb_arn"], "State": {"Code": "active"}, "AvailabilityZones": zones}
    return {"LoadBalancers": [found | {"LoadBalancerName": asked["Names.member.1"]}]}


ANSWERS: Mapping[str, Callable[[Asked], Mapping[str, Any]]] = {
    "DescribeAlarms": lambda asked: alarm(asked["AlarmNames"][0]),
    "DescribeClusters": lambda asked: {"clusters": [{"clusterName": "x", "status": "ACTIVE"}]},
    "DescribeDBClusters": lambda asked: cluster(),
    "DescribeDBInstances": lambda asked: instance(asked["DBInstanceIdentifier"]),
    "DescribeInstances": lambda asked: {
        "Reservations": [{"Instances": [{"State": {"Code": 16, "Name": "running"}}]}]
    },
    "DescribeKey": lambda asked: {"KeyMetadata": {"KeyId": asked["KeyId"], "KeyState": "Enabled"}},
    "DescribeLoadBalancers": _balancer,
    "DescribeLogGroups": lambda asked: {
        "logGroups": [{"logGroupName": asked["logGroupNamePrefix"], "retentionInDays": 7}]
    },
    "DescribeNatGateways": lambda asked: gateways(**{"0a1b2c3d4e5f60721": "available"}),
    "DescribeSecurityGroups": lambda asked: {"SecurityGroups": [{"GroupId": asked["GroupId.1"]}]},
    "DescribeServices": lambda asked: service(),
    "DescribeSubnets": _subnet,
    "DescribeTable": lambda asked: table(asked["TableName"], replicas=REPLICAS.get(asked["TableName"])),
    "DescribeTargetGroups": lambda asked: {"TargetGroups": [{"TargetGroupArn": TARGETS}]},
    "DescribeTargetHealth": lambda asked: targets("healthy", "healthy"),
    "DescribeTaskDefinition": lambda asked: {"taskDefinition": {"status": "ACTIVE"}},
    "DescribeVpcs": lambda asked: {"Vpcs": [{"VpcId": asked["VpcId.1"], "State": "available"}]},
    "GetCallerIdentity": lambda asked: {"Account": ACCOUNT, "Arn": "x", "UserId": "x"},
    "GetDashboard": lambda asked: {"DashboardName": asked["DashboardName"], "DashboardBody": "{}"},
    "GetFunctionConfiguration": lambda asked: {"State": "Active", "LastUpdateStatus": "Successful"},
    "GetQueueUrl": lambda asked: {"QueueUrl": MORE["queue_url"]},
    "GetRole": lambda asked: {
        "Role": {"RoleName": asked["RoleName"], "Arn": f"arn:aws:iam::{ACCOUNT}:role/{asked['RoleName']}"}
    },
    "GetTopicAttributes": lambda asked: {"Attributes": {"TopicArn": asked["TopicArn"]}},
    "HeadBucket": lambda asked: {},
}

__all__ = ["Account", "Cut", "Refuse", "wire"]
