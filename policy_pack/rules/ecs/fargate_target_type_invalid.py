"""Rule: fargate-target-type-invalid."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem
from policy_pack.rules.ecs._tasks import SERVICE, TASK_DEFINITION, is_on_fargate
from policy_pack.rules.lb._tokens import TARGET_GROUPS
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made

GROUP = TARGET_GROUPS[0]
LINKS = {"loadBalancers": f"{GROUP}::group", "taskDefinition": f"{TASK_DEFINITION}::task"}
ON_FARGATE = made(SERVICE, "api", LINKS, launchType="FARGATE")
ON_INSTANCES = made(SERVICE, "api", LINKS)


class FargateTargetTypeInvalid(PlanRule):
    """A service whose tasks have their own addresses uses a target group of instances.

    ## Why this fails
    With the network mode `awsvpc`, which Fargate always has, the load balancer reaches tasks by address. ECS
    refuses a target group of type `instance`, the default, as `incompatible with the awsvpc network mode`.

    ## What to do instead
    Set `target_type="ip"` on the target group.
    """

    name = "fargate-target-type-invalid"
    url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html"
    flagged = (
        Flagged([ON_FARGATE, made(GROUP, "group", targetType="instance")], "`instance`", "targetType"),
        Flagged([ON_FARGATE, made(GROUP, "group")], says="`group` has no target type"),
        Flagged(
            [ON_INSTANCES, made(GROUP, "group"), made(TASK_DEFINITION, "task", networkMode="awsvpc")],
            says="`group` has no target type",
        ),
    )
    allowed = (
        Allowed([ON_FARGATE, made(TARGET_GROUPS[1], "group", targetType="ip")], because="by address"),
        Allowed([ON_FARGATE, made(GROUP, "group", targetType=UNKNOWN)], because="decided at deployment"),
        Allowed([ON_INSTANCES, made(GROUP, "group")], because="tasks on instances share their address"),
        Allowed([made(SERVICE, "api", launchType="FARGATE"), made(GROUP, "group")], because="not its group"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Look at the target groups of every service whose tasks have their own addresses."""
        judged: set[str] = set()
        for service in plan.of_type(SERVICE):
            if not _has_addresses(plan, service):
                continue
            for group in plan.targets(service, "loadBalancers", *TARGET_GROUPS):
                kind = group.text("targetType")
                if group.urn not in judged and (kind not in ("ip", None) or group.absent("targetType")):
                    judged.add(group.urn)
                    yield _incompatible(group, kind, service)


def _has_addresses(plan: PlanView, service: View) -> bool:
    task = plan.target(service, "taskDefinition", TASK_DEFINITION)
    return is_on_fargate(service) or (task is not None and task.text("networkMode") == "awsvpc")


def _incompatible(group: View, kind: str | None, service: View) -> Problem:
    stated = f"is of target type `{kind}`" if kind else "has no target type, which means `instance`"
    return Problem(
        f"the target group `{group.name}` {stated}, and the tasks of `{service.name}` need `ip`",
        note="each task has an address of its own with the network mode `awsvpc`",
        help='set `target_type="ip"` on the target group',
        property_path="targetType" if kind else None,
        urn=group.urn,
    )
