"""Rule: global-table-without-replicas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity, Value
from policy_pack.rules.dynamodb._replication import NOWHERE, TABLE, TABLE_REPLICA, replication
from policy_pack.rules.dynamodb._requirements import (
    Requirement,
    for_stack,
    quoted,
    suggestion,
    unmatched,
    unmet,
)
from policy_pack.rules.dynamodb._signs import asked_regions, is_called_global, regions_in_use, switched_on
from policy_pack.rules.rule import Allowed, Flagged, Parameter, PlanRule, PlanView, View, made

RULES: dict[str, Any] = {"required": [{"table": "fraud-*", "regions": ["eu-central-1"]}]}
ELSEWHERE = {"required": [{"table": "fraud-*", "regions": ["eu-central-1"], "stacks": ["prod*"]}]}
ASKED = {"fraud:replicaRegions": '["eu-central-1"]'}
SWITCHED = {"enableGlobalTable": "true"}
INLINE: dict[str, Value] = {"name": "fraud-rules", "replicas": [{"regionName": "eu-central-1"}]}
SEPARATE = (made(TABLE, "fraud-rules"), made(TABLE_REPLICA, "r", {"globalTableArn": f"{TABLE}::fraud-rules"}))
WARNING = Severity.WARNING


class GlobalTableWithoutReplicas(PlanRule):
    """A table that should be global has no replica in a region where it should have one.

    ## Why this fails
    A log line that says replicas "would be created" creates none, and neither does a flag that nothing
    reads. The deployment succeeds with one region, and the loss of that region is when it shows.

    ## What to do instead
    List the regions on the table itself: `replicas=[aws.dynamodb.TableReplicaArgs(region_name=region) for
    region in regions]`. Declare what must hold under `[rules.global-table-without-replicas]`:
    `required = [{table = "fraud-rules-*", regions = ["eu-central-1"], stacks = ["prod"]}]`; a declared table
    without its replicas is an error. Without a declaration, names, tags and configuration are only signs.
    """

    name = "global-table-without-replicas"
    url = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html"
    parameters = {
        "required": Parameter(
            "Tables that need replicas: `table` is a pattern for a table's name, its resource's name or its "
            "URN, `regions` where it must be, `stacks` patterns of the stacks this holds for (default: all).",
            tuple[Requirement, ...],
            (),
        )
    }
    flagged = (
        Flagged({"name": "fraud-a"}, "no replica in `eu", "replicas", type=TABLE, parameters=RULES),
        Flagged([], "no table matches `fraud-*`", parameters=RULES),
        Flagged({"name": "rules-global"}, "is called global", "replicas", WARNING, TABLE),
        Flagged({"tags": {"GlobalTable": "true"}}, "is called global", "replicas", WARNING, TABLE),
        Flagged({"name": "rules"}, "is global by `enable", "replicas", WARNING, TABLE, config=SWITCHED),
        Flagged({"name": "rules"}, "`fraud:replicaRegions`", "replicas", WARNING, TABLE, config=ASKED),
        Flagged([made(TABLE, "a"), made(TABLE, "b")], "`eu-central-1`", severity=WARNING, config=ASKED),
    )
    allowed = (
        Allowed(INLINE, "the region is there", TABLE, parameters=RULES, config=ASKED),
        Allowed(SEPARATE, "a resource of its own is the replica", region="eu-central-1", parameters=RULES),
        Allowed({"name": "fraud-a", "replicas": UNKNOWN}, "decided at deployment", TABLE, parameters=RULES),
        Allowed({"name": "rules"}, "nothing asks for replicas", TABLE),
        Allowed({"name": "globalization"}, "another word", TABLE),
        Allowed([made("aws:s3/bucket:Bucket")], "there is no table to replicate", config=ASKED),
        Allowed([], "the declaration is for other stacks", parameters=ELSEWHERE),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Hold the tables against the declaration; those it says nothing of, against the signs."""
        required = for_stack(facts.parameters["required"], facts.stack)
        problems = [*unmet(plan, required), *unmatched(plan, required)]
        if problems:
            return problems
        tables = [item for item in plan.of_type(TABLE) if not any(rule.matches(item) for rule in required)]
        return [*_misnamed(plan, tables, facts)] or [*_unanswered(plan, tables, facts)]


def _misnamed(plan: PlanView, tables: Sequence[View], facts: Facts) -> Iterator[Problem]:
    switch = switched_on(facts.config) if len(tables) == 1 else None
    _, regions = asked_regions(facts.config) or ("", ("eu-central-1",))
    for table in tables:
        sign = "called global" if is_called_global(table) else f"global by `{switch}`" if switch else None
        if sign and replication(plan, table) == NOWHERE:
            yield Problem(
                f"the table `{table.name}` is {sign} and has no replica",
                note="a table without `replicas` lives in one region, whatever its name and tags say",
                help=suggestion(regions) + ", or name the table for what it is",
                property_path="replicas",
                urn=table.urn,
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
            )


def _unanswered(plan: PlanView, tables: Sequence[View], facts: Facts) -> Iterator[Problem]:
    asked = asked_regions(facts.config)
    if asked is None or not tables or not all(replication(plan, table).complete for table in tables):
        return
    key, regions = asked
    missing = set(regions) - regions_in_use(plan)
    if missing:
        yield Problem(
            f"the stack's `{key}` lists {quoted(missing)}, where no table has a replica",
            note="nothing that the program makes is in a region it lists there",
            help=suggestion(missing),
            property_path="replicas" if len(tables) == 1 else None,
            urn=tables[0].urn if len(tables) == 1 else None,
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
        )
