"""Alarms, dashboards and log groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policy_pack.linter import diagnostics
from policy_pack.refresh.live.asking import Client, Item, items
from policy_pack.verify.probes import Expected, Probe, Seen, Trouble, first
from policy_pack.verify.subjects import Kind, Subject


def _alarm(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    both = ["CompositeAlarm", "MetricAlarm"]
    answered = client.describe_alarms(AlarmNames=[subject.name], AlarmTypes=both)
    alarm = first([*answered.get("MetricAlarms", ()), *answered.get("CompositeAlarms", ())])
    return alarm and Seen(alarm["StateValue"], tuple(_raised(subject, alarm)))


def _raised(subject: Subject, alarm: Item) -> Iterator[Trouble]:
    if alarm["StateValue"] == "ALARM":
        yield Trouble(
            diagnostics.ALARM_RAISED,
            f"{subject} is in the state `ALARM`",
            "look at its metric: `aws cloudwatch describe-alarms`",
            alarm.get("StateReason"),
        )


def _dashboard(client: Client, subject: Subject, expected: Expected) -> Seen:
    client.get_dashboard(DashboardName=subject.name)
    return Seen()


def _log_group(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    listed = items(client, "describe_log_groups", "logGroups", logGroupNamePrefix=subject.name)
    group = next((each for each in listed if each["logGroupName"] == subject.name), None)
    return group and Seen(facts={"retention_days": group.get("retentionInDays")})


PROBES: Mapping[Kind, Probe] = {
    Kind.ALARM: Probe("cloudwatch", ("cloudwatch:DescribeAlarms",), _alarm),
    Kind.DASHBOARD: Probe(
        "cloudwatch",
        ("cloudwatch:GetDashboard",),
        _dashboard,
        frozenset({"ResourceNotFound", "DashboardNotFoundError"}),
    ),
    Kind.LOG_GROUP: Probe("logs", ("logs:DescribeLogGroups",), _log_group),
}
