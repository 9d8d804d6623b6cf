"""Rule: missing-depends-on."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from policy_pack.catalog.facts import Facts
from policy_pack.model import Confidence, Problem, Resource, Severity
from policy_pack.rules.general._races import (
    API,
    DEPLOYMENT,
    FUNCTION,
    INTEGRATION,
    NOTIFICATION,
    PERMISSION,
    RACES,
    RULES,
    SERVICE,
    Race,
    waited_for,
)
from policy_pack.rules.lb._tokens import LISTENERS, TARGET_GROUPS
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made

GROUP, LISTENER, LISTENER_RULE = TARGET_GROUPS[0], LISTENERS[0], RULES[0]


def _plan(*depends_on: str, listener: str = "group") -> tuple[Resource, ...]:
    service = made(SERVICE, "web", {"loadBalancers": f"{GROUP}::group"})
    urns = tuple(f"urn:pulumi:dev::example::{item}" for item in depends_on)
    group, other = made(GROUP, "group"), made(GROUP, "other")
    http = made(LISTENER, "http", {"defaultActions": f"{GROUP}::{listener}"})
    return replace(service, dependencies=urns), group, other, http


def _both(late: str, path: str, shared: str, early: str, own_path: str) -> list[Resource]:
    link = f"{shared}::shared"
    return [made(shared, "shared"), made(late, "late", {path: link}), made(early, "early", {own_path: link})]


def _behind() -> tuple[Resource, ...]:
    gate = made(LISTENER_RULE, "gate", {"listenerArn": f"{LISTENER}::http"})
    return *_plan(f"{LISTENER_RULE}::gate"), gate


class MissingDependsOn(PlanRule):
    """A resource is made beside another one that AWS needs to find there first.

    ## Why this fails
    Pulumi makes resources at the same time unless one is made of the other's outputs. An ECS service is
    refused until a listener forwards to its target group, the deployment of an API until its methods have
    integrations, a bucket's notification until the function permits it. Which of both comes first is luck.

    ## What to do instead
    Give it `opts=pulumi.ResourceOptions(depends_on=[…])`.

    ## What it cannot see
    Only these documented races are known. Resources made by other stacks are believed to be there.
    """

    name = "missing-depends-on"
    severity = Severity.WARNING
    url = "https://www.pulumi.com/docs/iac/concepts/options/dependson/"
    flagged = (
        Flagged(_plan(), says="`web` does not wait for `http`"),
        Flagged(_both(DEPLOYMENT, "restApi", API, INTEGRATION, "restApi"), says="`late` does not wait"),
        Flagged(
            _both(NOTIFICATION, "lambdaFunctions", FUNCTION, PERMISSION, "function"),
            says="`late` does not wait for `early`",
        ),
    )
    allowed = (
        Allowed(_plan(f"{LISTENER}::http"), because="it waits"),
        Allowed(
            [*_plan(f"{LISTENER}::http"), made(LISTENER, "more", {"defaultActions": f"{GROUP}::group"})],
            because="one listener is enough",
        ),
        Allowed(_behind(), because="it waits for what is made of the listener"),
        Allowed(_plan(listener="other"), because="the listener is for another target group"),
        Allowed(_plan()[:2], because="the listener is made elsewhere"),
        Allowed([made(SERVICE, "web"), *_plan()[1:]], because="it has no load balancer"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Look for resources that wait for none of those that have to be there."""
        for resource in plan.of_type(*RACES):
            race = RACES[resource.type]
            shared = plan.targets(resource, race.path, *race.shared)
            first = [item for item in _first(plan, race) if _refers(item, race, shared)]
            waited = waited_for(resource.resource, plan.plan) if first else set()
            if first and not any(item.urn in waited for item in first):
                yield Problem(
                    f"`{resource.name}` does not wait for `{first[0].name}`",
                    note=f"AWS refuses it where it comes first: {race.says}",
                    help=f"give it `opts=pulumi.ResourceOptions(depends_on=[…])` with `{first[0].name}`",
                    property_path=race.path,
                    urn=resource.urn,
                    confidence=Confidence.LIKELY,
                )


def _first(plan: PlanView, race: Race) -> list[View]:
    return plan.of_type(*race.first)


def _refers(item: View, race: Race, shared: Iterable[View]) -> bool:
    targets = item.resource.property_dependencies.get(race.first[item.type], ())
    return any(each.urn in targets for each in shared)
