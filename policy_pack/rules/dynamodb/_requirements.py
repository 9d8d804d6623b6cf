"""Holds the DynamoDB tables of a plan against what the project's configuration declares of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec

from policy_pack.model import Confidence, Problem, Severity
from policy_pack.rules.dynamodb._replication import TABLE, replication
from policy_pack.rules.rule import PlanView, View


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tables that match `table` need replicas in `regions`, in the stacks that match `stacks`."""

    table: str
    regions: tuple[str, ...]
    stacks: tuple[str, ...] = ("*",)

    def matches(self, table: View) -> bool:
        """Whether it is about a table; without a name Pulumi makes one up from the resource's."""
        physical = f"{table.name}-0000000" if table.absent("name") else table.text("name") or ""
        return any(fnmatchcase(name, self.table) for name in (physical, table.name, table.urn))


def for_stack(given: object, stack: str) -> list[Requirement]:
    """The requirements that a parameter declares for a stack."""
    requirements = msgspec.convert(given, tuple[Requirement, ...])
    return [item for item in requirements if any(fnmatchcase(stack, glob) for glob in item.stacks)]


def unmet(plan: PlanView, requirements: Sequence[Requirement]) -> Iterator[Problem]:
    """Yield one problem for each table that lacks a required replica."""
    for table in plan.of_type(TABLE):
        wanted = {region for item in requirements if item.matches(table) for region in item.regions}
        found = replication(plan, table)
        missing = wanted - found.regions - {table.region}
        if missing and found.complete:
            certain = table.region is not None
            yield Problem(
                f"the table `{table.name}` has no replica in {quoted(missing)}",
                note="the project's configuration requires it",
                help=suggestion(missing),
                property_path="replicas",
                urn=table.urn,
                severity=None if certain else Severity.WARNING,
                confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            )


def unmatched(plan: PlanView, requirements: Sequence[Requirement]) -> Iterator[Problem]:
    """Yield one problem for each requirement that no table answers to, if every table's name is known."""
    tables = plan.of_type(TABLE)
    if not plan.plan.complete or any(_is_nameless(table) for table in tables):
        return
    for item in requirements:
        if not any(item.matches(table) for table in tables):
            yield Problem(
                f"no table matches `{item.table}`, which must have a replica in {quoted(item.regions)}",
                note="the project's configuration requires it",
                help="create the table, or correct the pattern in `[rules.global-table-without-replicas]`",
            )


def suggestion(regions: Iterable[str]) -> str:
    """What to write on a table so that it has replicas in some regions."""
    replicas = ", ".join(
        f'aws.dynamodb.TableReplicaArgs(region_name="{region}")' for region in sorted(regions)
    )
    return f"give the table `replicas=[{replicas}]`"


def quoted(regions: Iterable[str]) -> str:
    """Regions for a message."""
    return ", ".join(f"`{region}`" for region in sorted(regions))


def _is_nameless(table: View) -> bool:
    return table.text("name") is None and not table.absent("name")
