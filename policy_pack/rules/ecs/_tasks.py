"""What ECS rules ask of task definitions and services."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policy_pack.rules.rule import View

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"


@dataclass(frozen=True)
class Container:
    """A container of a task definition: its name and the ports it listens on, as ranges."""

    name: str
    ports: tuple[range, ...]


def needs_fargate(task: View) -> bool:
    """Whether a task definition says that it runs on Fargate."""
    required = task.known("requiresCompatibilities")
    return isinstance(required, list) and "FARGATE" in required


def is_on_fargate(service: View) -> bool:
    """Whether a service says that its tasks run on Fargate."""
    providers = (item.text("capacityProvider") for item in service.elements("capacityProviderStrategies"))
    return service.text("launchType") == "FARGATE" or any(
        provider in ("FARGATE", "FARGATE_SPOT") for provider in providers
    )


def containers(document: object) -> list[Container] | None:
    """The containers in the text of a document, None when it is no such document."""
    try:
        given = json.loads(document) if isinstance(document, str) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, list) or not all(isinstance(item, Mapping) and "name" in item for item in given):
        return None
    return [Container(str(item["name"]), tuple(_ports(item))) for item in given]


def _ports(container: Mapping[str, Any]) -> Iterator[range]:
    mappings = container.get("portMappings")
    for mapping in mappings if isinstance(mappings, list) else ():
        if not isinstance(mapping, Mapping):
            continue
        first, _, last = str(mapping.get("containerPortRange") or mapping.get("containerPort")).partition("-")
        if all(_is_port(text) for text in (first, last or first)):
            yield range(int(first), int(last or first) + 1)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len("65535")
