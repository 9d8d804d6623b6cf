"""Rule: fargate-network-mode-invalid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem, Value
from policy_pack.rules.ecs._tasks import TASK_DEFINITION, needs_fargate
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

FARGATE = {"requiresCompatibilities": ["FARGATE"]}


class FargateNetworkModeInvalid(ResourceRule):
    """A Fargate task definition has a network mode other than `awsvpc`.

    ## Why this fails
    On Fargate every task has a network interface of its own. AWS refuses other modes, and the default that
    holds without one: `Fargate only supports network mode 'awsvpc'`.

    ## What to do instead
    Set `network_mode="awsvpc"` on the task definition, and give the service a `network_configuration`.
    """

    name = "fargate-network-mode-invalid"
    resource_types = (TASK_DEFINITION,)
    url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html"
    flagged = (
        Flagged({**FARGATE, "networkMode": "bridge"}, says="`bridge`", at="networkMode"),
        Flagged(
            FARGATE,
            says="no network mode",
            at="requiresCompatibilities",
            remedied={"networkMode": "awsvpc"},
        ),
    )
    allowed = (
        Allowed({**FARGATE, "networkMode": "awsvpc"}, because="the one that Fargate has"),
        Allowed({"requiresCompatibilities": ["EC2"], "networkMode": "bridge"}, because="runs on instances"),
        Allowed({**FARGATE, "networkMode": UNKNOWN}, because="decided at deployment"),
        Allowed({"networkMode": "host"}, because="runs on instances"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look at the network mode of a task for Fargate."""
        mode = resource.text("networkMode")
        if not needs_fargate(resource) or mode == "awsvpc":
            return
        if mode is not None or resource.absent("networkMode"):
            yield Problem(
                f"the Fargate task has the network mode `{mode}`"
                if mode
                else "the Fargate task has no network mode",
                note="Fargate only supports the network mode `awsvpc`, and it is not the default",
                help='set `network_mode="awsvpc"`',
                property_path="networkMode" if mode is not None else "requiresCompatibilities",
            )

    def remedy(self, resource: View, facts: Facts) -> Mapping[str, Value]:
        """The only mode there is, where none is given; one that is may be for a task on instances."""
        return {"networkMode": "awsvpc"} if resource.absent("networkMode") else {}
