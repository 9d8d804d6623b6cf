"""What is logged and measured, and who is told when a measure is off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from fraud_detection.access import allow_service, from_account, policy_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fraud_detection.compute import Balancer, Service
    from fraud_detection.database import Aurora, Database, Table
    from fraud_detection.settings import Settings

PERIOD_SECONDS = 60
TABLE_OPERATIONS = ("GetItem", "PutItem", "Query", "UpdateItem")
WIDGETS_PER_ROW = 2
WIDGET_WIDTH, WIDGET_HEIGHT = 12, 6

Dimensions = dict[str, pulumi.Input[str]]


@dataclass(frozen=True)
class LogGroups:
    """One group for each part that writes logs."""

    network: aws.cloudwatch.LogGroup
    service: aws.cloudwatch.LogGroup
    insights: aws.cloudwatch.LogGroup
    database: aws.cloudwatch.LogGroup

    @property
    def names(self) -> list[pulumi.Output[str]]:
        """The names of all groups."""
        return [group.name for group in (self.network, self.service, self.insights, self.database)]


@dataclass(frozen=True)
class Metric:
    """One measure of one thing, and how its samples are summed up."""

    namespace: str
    name: str
    dimensions: Dimensions
    statistic: str = "Average"


@dataclass(frozen=True)
class Alarm:
    """When a metric is off: beyond the threshold for so many minutes in a row."""

    name: str
    description: str
    metric: Metric
    threshold: float
    comparison: str = "GreaterThanThreshold"
    periods: int = 5


@dataclass(frozen=True)
class Monitoring:
    """The topic that alarms go to, the alarms, and the dashboard."""

    topic_arn: pulumi.Output[str]
    alarm_names: list[pulumi.Output[str]]
    dashboard_name: pulumi.Output[str]


def create_log_groups(
    settings: Settings, key_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> LogGroups:
    """The log groups, encrypted; RDS and Container Insights dictate the names of theirs."""

    def create(name: str, path: str) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"fraud-{name}-logs",
            name=path,
            retention_in_days=settings.monitoring.log_retention_days,
            kms_key_id=key_arn,
            tags=settings.tags(f"{name}-logs"),
            opts=opts,
        )

    return LogGroups(
        network=create("network", f"/vpc/{settings.name}/flow"),
        service=create("service", f"/ecs/{settings.name}/scoring"),
        insights=create("insights", f"/aws/ecs/containerinsights/{settings.name}/performance"),
        database=create("database", f"/aws/rds/cluster/{settings.name}/postgresql"),
    )


def create_monitoring(
    settings: Settings,
    account_id: str,
    key_arn: pulumi.Output[str],
    balancer: Balancer,
    service: Service,
    database: Database,
    opts: pulumi.ResourceOptions,
) -> Monitoring:
    """The alarms with their topic, and the dashboard that shows the same metrics."""
    topic_arn = _create_topic(settings, account_id, key_arn, opts)
    alarms = [
        *_balancer_alarms(balancer),
        *_service_alarms(service),
        *_aurora_alarms(settings, database.aurora),
        *_table_alarms("rules", database.rules),
        *_table_alarms("transactions", database.transactions),
        *_replication_alarms(settings, database.rules),
    ]
    created = [_create_alarm(settings, alarm, topic_arn, opts) for alarm in alarms]
    errors = [
        _create_table_error_alarm(settings, name, table, topic_arn, opts)
        for name, table in (("rules", database.rules), ("transactions", database.transactions))
    ]
    return Monitoring(
        topic_arn=topic_arn,
        alarm_names=[alarm.name for alarm in created + errors],
        dashboard_name=_create_dashboard(settings, alarms, opts),
    )


def _create_topic(
    settings: Settings, account_id: str, key_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    topic = aws.sns.Topic(
        "fraud-alarms",
        name=f"{settings.name}-alarms",
        kms_master_key_id=key_arn,
        tags=settings.tags("alarms"),
        opts=opts,
    )
    publish = allow_service("cloudwatch.amazonaws.com", ["sns:Publish"], topic.arn, from_account(account_id))
    aws.sns.TopicPolicy("fraud-alarms-policy", arn=topic.arn, policy=policy_document(publish), opts=opts)
    if settings.monitoring.alarm_email:
        aws.sns.TopicSubscription(
            "fraud-alarms-email",
            topic=topic.arn,
            protocol="email",
            endpoint=settings.monitoring.alarm_email,
            opts=opts,
        )
    return topic.arn


def _balancer_alarms(balancer: Balancer) -> Iterator[Alarm]:
    def metric(name: str, statistic: str) -> Metric:
        dimensions: Dimensions = {
            "LoadBalancer": balancer.arn_suffix,
            "TargetGroup": balancer.target_group_suffix,
        }
        return Metric("AWS/ApplicationELB", name, dimensions, statistic)

    rejected = Metric(
        "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", {"LoadBalancer": balancer.arn_suffix}, "Sum"
    )
    failed = metric("HTTPCode_Target_5XX_Count", "Sum")
    yield Alarm("balancer-5xx", "The load balancer answers with errors of its own", rejected, 10)
    yield Alarm("target-5xx", "The scoring service answers with errors", failed, 10)
    yield Alarm(
        "target-unhealthy", "A task fails its health check", metric("UnHealthyHostCount", "Maximum"), 0
    )
    yield Alarm(
        "target-latency", "Scoring takes over half a second", metric("TargetResponseTime", "p99"), 0.5
    )


def _service_alarms(service: Service) -> Iterator[Alarm]:
    def metric(name: str) -> Metric:
        dimensions: Dimensions = {"ClusterName": service.cluster_name, "ServiceName": service.service_name}
        return Metric("AWS/ECS", name, dimensions)

    yield Alarm("service-cpu", "The tasks run short of CPU", metric("CPUUtilization"), 85)
    yield Alarm("service-memory", "The tasks run short of memory", metric("MemoryUtilization"), 85)


def _aurora_alarms(settings: Settings, aurora: Aurora) -> Iterator[Alarm]:
    def metric(name: str, statistic: str = "Average") -> Metric:
        return Metric("AWS/RDS", name, {"DBClusterIdentifier": aurora.identifier}, statistic)

    yield Alarm("database-cpu", "Aurora runs short of CPU", metric("CPUUtilization"), 80)
    yield Alarm(
        "database-connections",
        "Aurora is close to its connections",
        metric("DatabaseConnections", "Maximum"),
        400,
    )
    yield Alarm(
        "database-memory",
        "Aurora runs short of memory",
        metric("FreeableMemory", "Minimum"),
        256 * 1024**2,
        comparison="LessThanThreshold",
    )
    if settings.database.instances > 1:
        lag = metric("AuroraReplicaLagMaximum", "Maximum")
        yield Alarm("database-replica-lag", "A reader is over a second behind", lag, 1000)


def _table_alarms(name: str, table: Table) -> Iterator[Alarm]:
    for kind in ("Read", "Write"):
        metric = Metric("AWS/DynamoDB", f"{kind}ThrottleEvents", {"TableName": table.name}, "Sum")
        yield Alarm(
            f"{name}-{kind.lower()}-throttles", f"{kind}s of the {name} table are throttled", metric, 0
        )


def _replication_alarms(settings: Settings, table: Table) -> Iterator[Alarm]:
    for region in settings.database.replica_regions:
        dimensions: Dimensions = {"TableName": table.name, "ReceivingRegion": region}
        latency = Metric("AWS/DynamoDB", "ReplicationLatency", dimensions)
        yield Alarm(f"rules-replication-{region}", f"Fraud rules reach {region} late", latency, 10_000)


def _create_alarm(
    settings: Settings, alarm: Alarm, topic_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    metric = alarm.metric
    is_percentile = metric.statistic.startswith("p")
    return aws.cloudwatch.MetricAlarm(
        f"fraud-{alarm.name}",
        name=f"{settings.name}-{alarm.name}",
        alarm_description=alarm.description,
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=metric.dimensions,
        statistic=None if is_percentile else metric.statistic,
        extended_statistic=metric.statistic if is_percentile else None,
        period=PERIOD_SECONDS,
        evaluation_periods=alarm.periods,
        comparison_operator=alarm.comparison,
        threshold=alarm.threshold,
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        tags=settings.tags(alarm.name),
        opts=opts,
    )


def _create_table_error_alarm(
    settings: Settings, name: str, table: Table, topic_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    # DynamoDB counts system errors per operation only, so the alarm adds them up.
    total = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="total", expression="SUM(METRICS())", label="System errors", return_data=True
    )
    return aws.cloudwatch.MetricAlarm(
        f"fraud-{name}-errors",
        name=f"{settings.name}-{name}-errors",
        alarm_description=f"DynamoDB fails on the {name} table",
        metric_queries=[total, *(_system_errors(table, operation) for operation in TABLE_OPERATIONS)],
        evaluation_periods=5,
        comparison_operator="GreaterThanThreshold",
        threshold=0,
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        tags=settings.tags(f"{name}-errors"),
        opts=opts,
    )


def _system_errors(table: Table, operation: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id=operation.lower(),
        metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace="AWS/DynamoDB",
            metric_name="SystemErrors",
            dimensions={"TableName": table.name, "Operation": operation},
            period=PERIOD_SECONDS,
            stat="Sum",
        ),
    )


def _create_dashboard(
    settings: Settings, alarms: list[Alarm], opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    widgets = [_widget(settings, position, alarm) for position, alarm in enumerate(alarms)]
    dashboard = aws.cloudwatch.Dashboard(
        "fraud-dashboard",
        dashboard_name=settings.name,
        dashboard_body=pulumi.Output.json_dumps({"widgets": widgets}),
        opts=opts,
    )
    return dashboard.dashboard_name


def _widget(settings: Settings, position: int, alarm: Alarm) -> dict[str, Any]:
    metric = alarm.metric
    row, column = divmod(position, WIDGETS_PER_ROW)
    dimensions = [part for dimension in metric.dimensions.items() for part in dimension]
    return {
        "type": "metric",
        "x": column * WIDGET_WIDTH,
        "y": row * WIDGET_HEIGHT,
        "width": WIDGET_WIDTH,
        "height": WIDGET_HEIGHT,
        "properties": {
            "title": alarm.name,
            "region": settings.region,
            "period": PERIOD_SECONDS,
            "stat": metric.statistic,
            "metrics": [[metric.namespace, metric.name, *dimensions]],
            "annotations": {"horizontal": [{"label": alarm.description, "value": alarm.threshold}]},
        },
    }
