"""Logs, alarms and the dashboard: what is measured, where the line is, and who hears of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fraud_detection.monitoring import create_log_groups, create_monitoring

from .harness import ACCOUNT, PARENT, REGION, Program, deploy, selected
from .neighbours import KEY, balancer, database, output, service

if TYPE_CHECKING:
    import pulumi
    from fraud_detection.monitoring import LogGroups, Monitoring
    from fraud_detection.settings import Settings

EMAIL = "alarms@example.com"
LOAD_BALANCER = {"LoadBalancer": "app/front/1"}
TARGETS = LOAD_BALANCER | {"TargetGroup": "targetgroup/tasks/2"}
TASKS = {"ClusterName": "the-tasks", "ServiceName": "scoring"}
CLUSTER = {"DBClusterIdentifier": "the-cluster"}
RULES = {"TableName": "the-rules"}
TRANSACTIONS = {"TableName": "the-transactions"}
ABROAD = RULES | {"ReceivingRegion": "eu-central-1"}

# Each alarm on one metric: the metric, of what, how samples are summed up, beyond which line, what it says.
ALARMS: dict[str, tuple[str, str, dict[str, str], str, float, str]] = {
    "balancer-5xx": (
        *("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", LOAD_BALANCER),
        *("Sum", 10, "The load balancer answers with errors of its own"),
    ),
    "target-5xx": (
        *("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", TARGETS),
        *("Sum", 10, "The scoring service answers with errors"),
    ),
    "target-unhealthy": (
        *("AWS/ApplicationELB", "UnHealthyHostCount", TARGETS),
        *("Maximum", 0, "A task fails its health check"),
    ),
    "target-latency": (
        *("AWS/ApplicationELB", "TargetResponseTime", TARGETS),
        *("p99", 0.5, "Scoring takes over half a second"),
    ),
    "service-cpu": ("AWS/ECS", "CPUUtilization", TASKS, "Average", 85, "The tasks run short of CPU"),
    "service-memory": ("AWS/ECS", "MemoryUtilization", TASKS, "Average", 85, "The tasks run short of memory"),
    "database-cpu": ("AWS/RDS", "CPUUtilization", CLUSTER, "Average", 80, "Aurora runs short of CPU"),
    "database-connections": (
        *("AWS/RDS", "DatabaseConnections", CLUSTER),
        *("Maximum", 400, "Aurora is close to its connections"),
    ),
    "database-memory": (
        *("AWS/RDS", "FreeableMemory", CLUSTER),
        *("Minimum", 268_435_456, "Aurora runs short of memory"),
    ),
    "database-replica-lag": (
        *("AWS/RDS", "AuroraReplicaLagMaximum", CLUSTER),
        *("Maximum", 1000, "A reader is over a second behind"),
    ),
    "rules-read-throttles": (
        *("AWS/DynamoDB", "ReadThrottleEvents", RULES),
        *("Sum", 0, "Reads of the rules table are throttled"),
    ),
    "rules-write-throttles": (
        *("AWS/DynamoDB", "WriteThrottleEvents", RULES),
        *("Sum", 0, "Writes of the rules table are throttled"),
    ),
    "transactions-read-throttles": (
        *("AWS/DynamoDB", "ReadThrottleEvents", TRANSACTIONS),
        *("Sum", 0, "Reads of the transactions table are throttled"),
    ),
    "transactions-write-throttles": (
        *("AWS/DynamoDB", "WriteThrottleEvents", TRANSACTIONS),
        *("Sum", 0, "Writes of the transactions table are throttled"),
    ),
    "rules-replication-eu-central-1": (
        *("AWS/DynamoDB", "ReplicationLatency", ABROAD),
        *("Average", 10_000, "Fraud rules reach eu-central-1 late"),
    ),
}
ERROR_ALARMS = ("rules-errors", "transactions-errors")


def log_groups(settings: Settings, opts: pulumi.ResourceOptions) -> LogGroups:
    return create_log_groups(settings, output(KEY), opts)


def log_group_names(settings: Settings, opts: pulumi.ResourceOptions) -> list[pulumi.Output[str]]:
    return log_groups(settings, opts).names


def monitoring(settings: Settings, opts: pulumi.ResourceOptions) -> Monitoring:
    return create_monitoring(settings, ACCOUNT, output(KEY), balancer(), service(), database(), opts)


def widgets(deployed: Program) -> list[dict[str, Any]]:
    return list(json.loads(deployed["fraud-dashboard"]["dashboardBody"])["widgets"])


def topic(environment: str) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:topic/fraud-detection-{environment}-alarms"


class TestLogGroups:
    def test_have_the_names_that_their_writers_expect(self, environment: str) -> None:
        groups = deploy(log_groups, environment).of("LogGroup")
        assert {each.name: each.inputs["name"] for each in groups} == {
            "fraud-network-logs": f"/vpc/fraud-detection-{environment}/flow",
            "fraud-service-logs": f"/ecs/fraud-detection-{environment}/scoring",
            "fraud-insights-logs": (f"/aws/ecs/containerinsights/fraud-detection-{environment}/performance"),
            "fraud-database-logs": f"/aws/rds/cluster/fraud-detection-{environment}/postgresql",
        }

    @pytest.mark.parametrize(("environment", "days"), [("dev", 7), ("staging", 30), ("prod", 365)])
    def test_are_encrypted_and_kept_as_long_as_configured(self, environment: str, days: int) -> None:
        expected = {"retentionInDays": days, "kmsKeyId": KEY}
        for each in deploy(log_groups, environment).of("LogGroup"):
            assert selected(each.inputs, *expected) == expected

    def test_are_handed_on_by_who_writes_to_them(self) -> None:
        returned = vars(deploy(log_groups, "dev").returned)
        assert returned == {
            name: f"fraud-{name}-logs" for name in ("network", "service", "insights", "database")
        }

    def test_say_all_their_names(self) -> None:
        deployed = deploy(log_group_names, "dev")
        assert sorted(deployed.returned) == sorted(each.inputs["name"] for each in deployed.resources)

    def test_name_tags(self) -> None:
        deployed = deploy(log_groups, "prod")
        assert set(deployed.name_tags().values()) == {
            f"fraud-detection-prod-{name}-logs" for name in ("network", "service", "insights", "database")
        }
        assert {each.parent for each in deployed.resources} == {PARENT}


class TestTopic:
    def test_is_encrypted_and_open_to_the_alarms_of_this_account(self, environment: str) -> None:
        deployed = deploy(monitoring, environment)
        expected = {"name": f"fraud-detection-{environment}-alarms", "kmsMasterKeyId": KEY}
        assert selected(deployed["fraud-alarms"], *expected) == expected
        assert deployed["fraud-alarms-policy"]["arn"] == topic(environment)
        assert deployed.named("fraud-alarms-policy").policy() == [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": ["sns:Publish"],
                "Resource": topic(environment),
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            }
        ]

    def test_tells_nobody_by_default(self, environment: str) -> None:
        assert deploy(monitoring, environment).of("TopicSubscription") == []

    def test_tells_who_is_configured(self) -> None:
        deployed = deploy(monitoring, "prod", alarmEmail=EMAIL)
        expected = {"topic": topic("prod"), "protocol": "email", "endpoint": EMAIL}
        assert deployed["fraud-alarms-email"] == expected
        assert deployed.named("fraud-alarms-email").parent == PARENT


class TestAlarms:
    @pytest.mark.parametrize("name", ALARMS)
    def test_watch_one_metric_of_one_thing(self, name: str) -> None:
        namespace, metric, dimensions, statistic, threshold, description = ALARMS[name]
        kind = "extendedStatistic" if statistic == "p99" else "statistic"
        expected = {
            "name": f"fraud-detection-prod-{name}",
            "alarmDescription": description,
            "namespace": namespace,
            "metricName": metric,
            "dimensions": dimensions,
            kind: statistic,
            "period": 60,
            "evaluationPeriods": 5,
            "comparisonOperator": (
                "LessThanThreshold" if name == "database-memory" else "GreaterThanThreshold"
            ),
            "threshold": threshold,
        }
        alarm = deploy(monitoring, "prod")[f"fraud-{name}"]
        assert selected(alarm, *expected, "statistic", "extendedStatistic", "metricQueries") == expected

    @pytest.mark.parametrize("table", ["rules", "transactions"])
    def test_add_up_the_errors_of_a_tables_operations(self, table: str) -> None:
        alarm = deploy(monitoring, "prod")[f"fraud-{table}-errors"]
        expected = {
            "name": f"fraud-detection-prod-{table}-errors",
            "alarmDescription": f"DynamoDB fails on the {table} table",
            "evaluationPeriods": 5,
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 0,
        }
        assert selected(alarm, *expected, "metricName", "statistic") == expected
        total, *operations = alarm["metricQueries"]
        assert total == {
            "id": "total",
            "expression": "SUM(METRICS())",
            "label": "System errors",
            "returnData": True,
        }
        assert operations == [
            {
                "id": operation.lower(),
                "metric": {
                    "namespace": "AWS/DynamoDB",
                    "metricName": "SystemErrors",
                    "dimensions": {"TableName": f"the-{table}", "Operation": operation},
                    "period": 60,
                    "stat": "Sum",
                },
            }
            for operation in ("GetItem", "PutItem", "Query", "UpdateItem")
        ]

    def test_one_instance_has_no_reader_that_lags(self) -> None:
        names = {each.name for each in deploy(monitoring, "dev").of("MetricAlarm")}
        expected = {f"fraud-{name}" for name in (*ALARMS, *ERROR_ALARMS)}
        assert names == expected - {"fraud-database-replica-lag"}

    @pytest.mark.parametrize("environment", ["staging", "prod"])
    def test_elsewhere_all_are_there(self, environment: str) -> None:
        names = {each.name for each in deploy(monitoring, environment).of("MetricAlarm")}
        assert names == {f"fraud-{name}" for name in (*ALARMS, *ERROR_ALARMS)}

    def test_each_replica_is_watched(self) -> None:
        regions = ("eu-central-1", "eu-north-1")
        deployed = deploy(monitoring, "dev", replicaRegions=regions)
        for region in regions:
            dimensions = deployed[f"fraud-rules-replication-{region}"]["dimensions"]
            assert dimensions == RULES | {"ReceivingRegion": region}

    def test_tell_the_topic_when_it_starts_and_when_it_ends(self, environment: str) -> None:
        actions = [topic(environment)]
        expected = {"alarmActions": actions, "okActions": actions, "treatMissingData": "notBreaching"}
        for each in deploy(monitoring, environment).of("MetricAlarm"):
            assert selected(each.inputs, *expected) == expected, each.name

    def test_are_handed_on(self, environment: str) -> None:
        deployed = deploy(monitoring, environment)
        returned = deployed.returned
        assert returned.topic_arn == topic(environment)
        assert sorted(returned.alarm_names) == sorted(
            each.inputs["name"] for each in deployed.of("MetricAlarm")
        )
        assert returned.dashboard_name == f"fraud-detection-{environment}"

    def test_name_tags(self) -> None:
        assert deploy(monitoring, "prod").name_tags() == {
            f"fraud-{name}": f"fraud-detection-prod-{name}" for name in (*ALARMS, *ERROR_ALARMS, "alarms")
        }

    def test_all_belongs_to_the_component(self) -> None:
        resources = deploy(monitoring, "prod").resources
        assert {each.parent for each in resources if each.name.startswith("fraud-")} == {PARENT}


class TestDashboard:
    def test_shows_what_the_alarms_watch(self) -> None:
        shown = {each["properties"]["title"]: each for each in widgets(deploy(monitoring, "prod"))}
        assert list(shown) == list(ALARMS)
        for name, (namespace, metric, dimensions, statistic, threshold, description) in ALARMS.items():
            flat = [part for dimension in dimensions.items() for part in dimension]
            assert shown[name]["type"] == "metric"
            assert shown[name]["properties"] == {
                "title": name,
                "region": REGION,
                "period": 60,
                "stat": statistic,
                "metrics": [[namespace, metric, *flat]],
                "annotations": {"horizontal": [{"label": description, "value": threshold}]},
            }

    def test_has_two_in_a_row(self) -> None:
        places = [(each["x"], each["y"]) for each in widgets(deploy(monitoring, "prod"))]
        assert places[:4] == [(0, 0), (12, 0), (0, 6), (12, 6)]
        assert len(set(places)) == len(ALARMS)
        assert {(each["width"], each["height"]) for each in widgets(deploy(monitoring, "prod"))} == {(12, 6)}

    def test_is_named_after_its_environment(self, environment: str) -> None:
        dashboard = deploy(monitoring, environment)["fraud-dashboard"]
        assert dashboard["dashboardName"] == f"fraud-detection-{environment}"
