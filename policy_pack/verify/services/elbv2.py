"""Application and network load balancers, and the health of their targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from policy_pack.linter import diagnostics
from policy_pack.model import Severity
from policy_pack.refresh.live.asking import Client, Item, items
from policy_pack.verify.probes import Expected, Probe, Seen, Trouble, first, stated
from policy_pack.verify.subjects import Kind, Subject

# On its way out, and no part of what serves.
_LEAVING = ("draining", "unhealthy.draining")
# Without health checks AWS knows of no health, and sends requests to all.
_UNCHECKED = "Target.HealthCheckDisabled"


def _balancer(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    found = first(client.describe_load_balancers(Names=[subject.name])["LoadBalancers"])
    if found is None:
        return None
    groups = items(client, "describe_target_groups", "TargetGroups", LoadBalancerArn=found["LoadBalancerArn"])
    leads = [
        Subject(Kind.TARGET_GROUP, group["TargetGroupArn"], subject.region, subject.account)
        for group in groups
    ]
    state = found["State"]["Code"]
    note = found["State"].get("Reason")
    zones = sorted(each["ZoneName"] for each in found.get("AvailabilityZones", ()))
    return Seen(state, stated(subject, state, "active", note=note), {"zones": zones}, tuple(leads))


def _target_group(client: Client, subject: Subject, expected: Expected) -> Seen:
    answered = client.describe_target_health(TargetGroupArn=subject.name)
    targets = answered["TargetHealthDescriptions"]
    serving = [each["TargetHealth"] for each in targets if each["TargetHealth"]["State"] not in _LEAVING]
    counts = Counter(_health(each) for each in serving)
    state = ", ".join(f"{count} {health}" for health, count in sorted(counts.items())) or "no targets"
    return Seen(state, tuple(_troubles(subject, serving)), {"targets": dict(counts)})


def _health(health: Item) -> str:
    return "healthy" if health.get("Reason") == _UNCHECKED else str(health["State"])


def _troubles(subject: Subject, serving: list[Item]) -> Iterator[Trouble]:
    """One for all targets that fail: what no listener or zone uses only waits for its turn."""
    failing = [each for each in serving if _health(each) not in ("healthy", "unused")]
    if failing:
        reasons = Counter(f"{each['State']}: {_reason(each)}" for each in failing)
        yield Trouble(
            diagnostics.TARGETS_UNHEALTHY,
            f"{len(failing)} of {len(serving)} targets of {subject} are not `healthy`",
            "compare the health check with what the targets answer, and look at their security groups",
            "; ".join(f"{count} {reason}" for reason, count in reasons.items()),
        )
    elif not any(_health(each) == "healthy" for each in serving):
        yield Trouble(
            diagnostics.TARGETS_UNHEALTHY,
            f"{subject} has no target that is `healthy`",
            "see that the service runs, and that a listener and a zone of the balancer use the group",
            severity=Severity.WARNING,
        )


def _reason(health: Item) -> str:
    return str(health.get("Description") or health.get("Reason") or "no reason is given")


PROBES: Mapping[Kind, Probe] = {
    Kind.BALANCER: Probe(
        "elbv2",
        ("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTargetGroups"),
        _balancer,
        frozenset({"LoadBalancerNotFound"}),
    ),
    Kind.TARGET_GROUP: Probe(
        "elbv2",
        ("elasticloadbalancing:DescribeTargetHealth",),
        _target_group,
        frozenset({"TargetGroupNotFound"}),
    ),
}
