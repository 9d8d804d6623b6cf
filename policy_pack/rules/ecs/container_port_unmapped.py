"""Rule: container-port-unmapped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Predicted, Problem, Resource, Severity, Value
from policy_pack.rules.ecs._tasks import SERVICE, TASK_DEFINITION, Container, containers
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made

TASK = {"taskDefinition": f"{TASK_DEFINITION}::task"}
WEB = '[{"name": "web", "portMappings": [{"containerPort": 8080}]}]'


def balanced(name: str = "web", port: Value = 8080, document: Value = WEB) -> list[Resource]:
    """A service behind a load balancer, and its task definition."""
    target = {"containerName": name, "containerPort": port}
    task = made(TASK_DEFINITION, "task", containerDefinitions=document)
    return [made(SERVICE, "api", TASK, loadBalancers=[target]), task]


class ContainerPortUnmapped(PlanRule):
    """A service's load balancer names a container or port that its task does not have.

    ## Why this fails
    ECS looks both up in the task definition when it creates the service: `The container web did not have a
    container port 80 defined`. By then the load balancer and the database are running.

    ## What to do instead
    Use one name and one port for the container's `portMappings` and for the service's `load_balancers`.
    """

    name = "container-port-unmapped"
    url = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html"
    flagged = (
        Flagged(balanced(name="api"), says="no container `api`", at="loadBalancers[0].containerName"),
        Flagged(balanced(port=80), says="port `80`", at="loadBalancers[0].containerPort"),
        Flagged(balanced(document=WEB.replace("8080", '"' + "9" * 5000 + '"')), says="port `8080`"),
        Flagged(balanced(port=80, document=Predicted(WEB)), says="port `80`", severity=Severity.WARNING),
    )
    allowed = (
        Allowed(balanced(), because="both are there"),
        Allowed(balanced(port=UNKNOWN), because="the port is decided at deployment"),
        Allowed(balanced(port=80, document=UNKNOWN), because="the containers are decided at deployment"),
        Allowed(
            balanced(document='[{"name": "web", "portMappings": [{"containerPortRange": "8000-9000"}]}]'),
            "ranges",
        ),
        Allowed(
            [made(SERVICE, "api", loadBalancers=[{"containerName": "x"}])], because="its task is elsewhere"
        ),
        Allowed([made(SERVICE, "api", TASK), made(TASK_DEFINITION, "task")], because="no load balancer"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Look up what each load balancer of a service names in the document of its task definition."""
        for service in plan.of_type(SERVICE):
            task = plan.target(service, "taskDefinition", TASK_DEFINITION)
            known = containers(task.foreseen("containerDefinitions")) if task else None
            if task is None or known is None:
                continue
            certain = not task.is_predicted("containerDefinitions")
            for target in service.elements("loadBalancers"):
                yield from _unmapped(service, target, known, certain=certain)


def _unmapped(service: View, target: View, known: Sequence[Container], *, certain: bool) -> Iterator[Problem]:
    name, port = target.text("containerName"), target.number("containerPort")
    if name is None:
        return
    ports = [found for container in known if container.name == name for found in container.ports]
    if all(container.name != name for container in known):
        missing, path = f"no container `{name}`", "containerName"
        choice = ", ".join(f"`{container.name}`" for container in known)
    elif port is not None and not any(port in found for found in ports):
        missing, path = f"no port `{port}` in the container `{name}`", "containerPort"
        choice = ", ".join(f"`{found.start}`" for found in ports)
    else:
        return
    yield Problem(
        f"the task definition of `{service.name}` has {missing}",
        note="ECS refuses a service whose load balancer names a container or port that is not there",
        help=f"use {choice}" if choice else f"add a port mapping for `{port}` to the container",
        property_path=target.path(path),
        urn=service.urn,
        severity=None if certain else Severity.WARNING,
        confidence=Confidence.CERTAIN if certain else Confidence.ASSUMED,
    )
