"""Plans to judge."""

from __future__ import annotations

import os

from msgspec.structs import replace

from policy_pack.model import Plan, Resource
from policy_pack.simulator import SimulationOptions, Simulator, default_cache, find_project

from .places import STACK


def stack_plan() -> Plan:
    """The stack's prod plan, simulated once."""
    options = SimulationOptions(environment=dict(os.environ), cache=default_cache(os.environ))
    return Simulator(find_project(STACK), "prod", options).finish("stack").plan


def repeated(plan: Plan, size: int) -> Plan:
    """A plan of `size` resources: copies of the plan's own, each copy referring to itself."""
    made: list[Resource] = []
    for copy in range(size // len(plan.resources) + 1):
        made += [renamed(item, copy) for item in plan.resources]
    return replace(plan, resources=tuple(made[:size]))


def renamed(item: Resource, copy: int) -> Resource:
    """One resource of a copy."""
    links = {key: tuple(f"{urn}-{copy}" for urn in urns) for key, urns in item.property_dependencies.items()}
    return replace(item, urn=f"{item.urn}-{copy}", name=f"{item.name}-{copy}", property_dependencies=links)
