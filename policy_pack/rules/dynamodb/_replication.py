"""Where a DynamoDB table has replicas, by whatever resource of the plan says so."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from policy_pack.model import Predicted, Secret, Unknown
from policy_pack.rules.rule import PlanView, View

TABLE = "aws:dynamodb/table:Table"
TABLE_REPLICA = "aws:dynamodb/tableReplica:TableReplica"
# The version of 2017: it joins tables of the same name in several regions.
GLOBAL_TABLE = "aws:dynamodb/globalTable:GlobalTable"


class Replication(Struct, frozen=True):
    """`regions` hold a replica; `complete` when nothing unknown can add another."""

    regions: frozenset[str]
    complete: bool = True

    def __or__(self, other: Replication) -> Replication:
        return Replication(self.regions | other.regions, self.complete and other.complete)


NOWHERE = Replication(frozenset())
UNCERTAIN = Replication(frozenset(), complete=False)


def replication(plan: PlanView, table: View) -> Replication:
    """The regions of a table's replicas, inline ones and those of resources of their own."""
    found = listed(table)
    for replica in plan.of_type(TABLE_REPLICA):
        belongs = belongs_to(plan, replica, table)
        if belongs is None:
            found |= UNCERTAIN
        elif belongs:
            found |= _regions([replica.region])
    for group in plan.of_type(GLOBAL_TABLE):
        joins = _joins(plan, group, table)
        if joins is None:
            found |= UNCERTAIN
        elif joins:
            found |= listed(group)
    return found


def listed(resource: View) -> Replication:
    """The regions in a resource's own list of replicas."""
    regions = [element.text("regionName") for element in resource.elements("replicas")]
    return _regions(regions) | (NOWHERE if is_given(resource, "replicas") else UNCERTAIN)


def belongs_to(plan: PlanView, replica: View, table: View) -> bool | None:
    """Whether a `TableReplica` replicates a table, None when that is not known."""
    sources = {source.urn for source in plan.targets(replica, "globalTableArn", TABLE)}
    if sources:
        return None if table.urn in sources and len(sources) > 1 else table.urn in sources
    arn, name = replica.text("globalTableArn"), table.text("name")
    if arn is None or name is None:
        return None
    return arn.endswith(f":table/{name}") and (table.region is None or f":{table.region}:" in arn)


def _joins(plan: PlanView, group: View, table: View) -> bool | None:
    if table.urn in {source.urn for source in plan.targets(group, "name", TABLE)}:
        return True
    ours, theirs = table.text("name"), group.text("name")
    return None if ours is None or theirs is None else ours == theirs


def _regions(regions: Iterable[str | None]) -> Replication:
    given = list(regions)
    return Replication(frozenset(region for region in given if region), None not in given)


def is_given(resource: View, path: str) -> bool:
    """Whether what stands at a path, or that nothing does, is known."""
    value = resource.resource.at(resource.path(path))
    while isinstance(value, Secret):
        value = value.value
    return not isinstance(value, Unknown | Predicted)
