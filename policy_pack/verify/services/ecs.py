"""ECS clusters, services with their tasks, and task definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policy_pack.linter import diagnostics
from policy_pack.refresh.live.asking import Client, Item
from policy_pack.verify.probes import Expected, Probe, Seen, Trouble, first, not_ready, stated
from policy_pack.verify.subjects import Kind, Subject


def _cluster(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    cluster = first(client.describe_clusters(clusters=[subject.name])["clusters"])
    # What is deleted is told of for a while, as inactive.
    if cluster is None or cluster["status"] == "INACTIVE":
        return None
    facts = {"running": cluster.get("runningTasksCount", 0), "pending": cluster.get("pendingTasksCount", 0)}
    return Seen(cluster["status"], stated(subject, cluster["status"], "ACTIVE"), facts)


def _service(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    answered = client.describe_services(cluster=subject.parent, services=[subject.name])
    service = first(answered["services"])
    if service is None or service["status"] == "INACTIVE":
        return None
    primary = first([each for each in service.get("deployments", ()) if each["status"] == "PRIMARY"]) or {}
    facts = {
        "desired": service["desiredCount"],
        "running": service["runningCount"],
        "rollout": primary.get("rolloutState"),
        "task_definition": service.get("taskDefinition"),
    }
    troubles = [
        *stated(subject, service["status"], "ACTIVE"),
        *_rollout(subject, primary),
        *_tasks(subject, service),
        *_differences(subject, service, expected),
    ]
    return Seen(service["status"], tuple(troubles), facts)


def _rollout(subject: Subject, primary: Item) -> Iterator[Trouble]:
    # Only ECS's own deployments have such a state.
    state = primary.get("rolloutState", "COMPLETED")
    if state != "COMPLETED":
        what = f"the deployment of {subject}"
        yield not_ready(what, state, "COMPLETED", primary.get("rolloutStateReason"))


def _tasks(subject: Subject, service: Item) -> Iterator[Trouble]:
    running, desired = service["runningCount"], service["desiredCount"]
    if running < desired:
        event = first(service.get("events", ()))
        yield Trouble(
            diagnostics.TASKS_NOT_RUNNING,
            f"{subject} runs {running} of {desired} tasks",
            "look at `stoppedReason` of its stopped tasks: `aws ecs list-tasks --desired-status STOPPED`",
            event["message"] if event else None,
        )


def _differences(subject: Subject, service: Item, expected: Expected) -> Iterator[Trouble]:
    """From what the program said: the task definition, and as many tasks as it wants or scaling allows."""
    definition, wanted = service.get("taskDefinition"), expected.get("task_definition")
    if definition and wanted and definition != wanted:
        yield _differs(subject, f"runs `{_short(definition)}`, not `{_short(wanted)}`")
    least, most = expected.get("tasks", (0, None))
    desired = service["desiredCount"]
    if desired < least or (most is not None and desired > most):
        meant = f"{least}" if least == most else f"{least} to {most}"
        yield _differs(subject, f"is set to {desired} tasks, not {meant}")


def _differs(subject: Subject, how: str) -> Trouble:
    return Trouble(
        diagnostics.RESOURCE_DIFFERS,
        f"{subject} {how}",
        "run `pulumi refresh`, and put the difference into the program or deploy again",
    )


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]


def _task_definition(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    definition = client.describe_task_definition(taskDefinition=subject.name)["taskDefinition"]
    return Seen(definition["status"], stated(subject, definition["status"], "ACTIVE"))


PROBES: Mapping[Kind, Probe] = {
    Kind.ECS_CLUSTER: Probe("ecs", ("ecs:DescribeClusters",), _cluster),
    Kind.ECS_SERVICE: Probe(
        "ecs", ("ecs:DescribeServices",), _service, frozenset({"ClusterNotFoundException"})
    ),
    Kind.TASK_DEFINITION: Probe(
        "ecs", ("ecs:DescribeTaskDefinition",), _task_definition, frozenset({"ClientException"})
    ),
}
