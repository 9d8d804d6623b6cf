"""Rule: fargate-size-invalid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem
from policy_pack.rules.ecs._tasks import TASK_DEFINITION, needs_fargate
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

FARGATE = {"requiresCompatibilities": ["FARGATE"]}
UNITS = {"": 1, "vcpu": 1024, "gb": 1024}
SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(vcpu|gb)?", re.IGNORECASE)
SHOWN = 6


class FargateSizeInvalid(ResourceRule):
    """A Fargate task has a CPU and memory size that Fargate does not offer.

    ## Why this fails
    Fargate has a fixed table of sizes: each CPU size goes with certain memory sizes only, and both are needed
    for the task as a whole. AWS refuses any other with `No Fargate configuration exists for given values`.

    ## What to do instead
    Set `cpu` to 256, 512, 1024 and so on (1024 is one vCPU) and `memory` to a size in MiB that goes with it.
    """

    name = "fargate-size-invalid"
    resource_types = (TASK_DEFINITION,)
    url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"
    flagged = (
        Flagged({**FARGATE, "cpu": "256", "memory": "4096"}, says="`256` CPU units with `4096`", at="memory"),
        Flagged({**FARGATE, "cpu": "300", "memory": "512"}, says="`300`", at="cpu"),
        Flagged({**FARGATE, "cpu": "0.25", "memory": "512"}, says="`0.25`", at="cpu"),
        Flagged({**FARGATE, "memory": "512"}, says="no `cpu`", at="requiresCompatibilities"),
        Flagged({**FARGATE, "cpu": "256"}, says="no `memory`", at="requiresCompatibilities"),
    )
    allowed = (
        Allowed({**FARGATE, "cpu": "256", "memory": "512"}, because="Fargate offers it"),
        Allowed({**FARGATE, "cpu": ".5 vCPU", "memory": "1 GB"}, because="AWS takes sizes with their units"),
        Allowed({"requiresCompatibilities": ["EC2"], "cpu": "300"}, because="instances have no such table"),
        Allowed({**FARGATE, "cpu": UNKNOWN, "memory": "512"}, because="the CPU is decided at deployment"),
        Allowed({**FARGATE, "cpu": "256", "memory": UNKNOWN}, because="the memory is decided at deployment"),
        Allowed({"requiresCompatibilities": UNKNOWN}, because="may run on instances"),
        Allowed({}, because="runs on instances"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look both sizes up in the table."""
        if not needs_fargate(resource):
            return
        sizes = facts.catalogs.fargate_sizes
        for path in ("cpu", "memory"):
            if resource.absent(path):
                yield _missing(path)
                return
        cpu_text, memory_text = resource.known("cpu"), resource.known("memory")
        if cpu_text is None:
            return
        cpu = units(cpu_text, "vcpu")
        memories = sizes.memory_for(cpu or 0)
        evidence = (sizes.evidence(cpu or 0),)
        if not memories:
            yield replace(_unknown_cpu(cpu_text, sizes.cpus), evidence=evidence)
        elif memory_text is not None and units(memory_text, "gb") not in memories:
            yield replace(_unknown_memory(cpu_text, memory_text, memories), evidence=evidence)


def units(size: object, unit: str) -> int | None:
    """A size as a number of CPU units or MiB, None when it is no whole number of them."""
    match = SIZE.fullmatch(str(size).strip())
    if not match or (match[2] or unit).lower() != unit:
        return None
    number = float(match[1]) * UNITS[(match[2] or "").lower()]
    return int(number) if number.is_integer() else None


def _missing(path: str) -> Problem:
    return Problem(
        f"the Fargate task has no `{path}`",
        note=f"Fargate requires that `{path}` is given for the task as a whole",
        help=f'add `{path}="{256 if path == "cpu" else 512}"`, or a larger size',
        property_path="requiresCompatibilities",
    )


def _unknown_cpu(cpu: object, cpus: Sequence[int]) -> Problem:
    return Problem(
        f"Fargate has no task size of `{cpu}` CPU units",
        note="1024 CPU units are one vCPU",
        help="use one of " + ", ".join(f"`{size}`" for size in cpus),
        property_path="cpu",
    )


def _unknown_memory(cpu: object, memory: object, memories: Sequence[int]) -> Problem:
    wanted = units(memory, "gb") or 0
    nearest = sorted(memories, key=lambda size: (abs(size - wanted), size))
    return Problem(
        f"Fargate has no task size of `{cpu}` CPU units with `{memory}` MiB of memory",
        note=f"with `{cpu}` CPU units it offers from {min(memories)} to {max(memories)} MiB",
        help="use " + " or ".join(f"`{size}`" for size in sorted(nearest[:2])) + " MiB, or another CPU size",
        property_path="memory",
    )
