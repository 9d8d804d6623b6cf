"""Resources that AWS refuses until another one is there, and what a resource waits for."""

from __future__ import annotations

from dataclasses import dataclass

from policy_pack.model import Plan, Resource
from policy_pack.rules.lb._tokens import LISTENERS, TARGET_GROUPS

RULES = ("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule")
SERVICE = "aws:ecs/service:Service"
DEPLOYMENT, API = "aws:apigateway/deployment:Deployment", "aws:apigateway/restApi:RestApi"
INTEGRATION = "aws:apigateway/integration:Integration"
NOTIFICATION, FUNCTION = "aws:s3/bucketNotification:BucketNotification", "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"


@dataclass(frozen=True)
class Race:
    """What AWS refuses before another resource is there that refers to the same one.

    `path` and those of `first`, by their types, are the properties that refer to a resource of a type in
    `shared`; `says` is how AWS refuses it.
    """

    path: str
    shared: tuple[str, ...]
    first: dict[str, str]
    says: str


RACES = {
    SERVICE: Race(
        "loadBalancers",
        TARGET_GROUPS,
        dict.fromkeys(LISTENERS, "defaultActions") | dict.fromkeys(RULES, "actions"),
        "The target group does not have an associated load balancer",
    ),
    DEPLOYMENT: Race("restApi", (API,), {INTEGRATION: "restApi"}, "No integration defined for method"),
    NOTIFICATION: Race(
        "lambdaFunctions",
        (FUNCTION,),
        {PERMISSION: "function"},
        "Unable to validate the following destination configurations",
    ),
}


def waited_for(resource: Resource, plan: Plan) -> set[str]:
    """The URNs of everything that is there before a resource is made."""
    seen: set[str] = set()
    waiting = [resource.urn]
    while waiting:
        item = plan.by_urn.get(waiting.pop())
        if item is not None and item.urn not in seen:
            seen.add(item.urn)
            waiting += [*item.dependencies, *([item.parent] if item.parent else ())]
            waiting += [urn for urns in item.property_dependencies.values() for urn in urns]
    return seen
