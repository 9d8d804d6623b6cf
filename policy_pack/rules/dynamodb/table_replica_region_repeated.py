"""Rule: table-replica-region-repeated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity, Value
from policy_pack.rules.dynamodb._replication import TABLE, TABLE_REPLICA, belongs_to
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made

IRELAND = {"regionName": "eu-west-1"}
FRANKFURT = {"regionName": "eu-central-1"}
NEXT_TO_IT: dict[str, Value] = {"regionName": "eu-central-1", "pointInTimeRecovery": True}
OF_TABLE = {"globalTableArn": f"{TABLE}::rules"}


class TableReplicaRegionRepeated(PlanRule):
    """A table's replica is in the table's own region, or in a region that has one already.

    ## Why this fails
    A table is itself the copy in its own region. AWS refuses to add another there (`Cannot add, delete, or
    update the local region through ReplicaUpdates`), and refuses a second replica in one region. The table
    exists by then.

    ## What to do instead
    List each other region once. Where the list comes from configuration, leave out the region of the stack:
    `[region for region in replica_regions if region != home]`.
    """

    name = "table-replica-region-repeated"
    url = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html"
    flagged = (
        Flagged(
            {"replicas": [IRELAND]}, "`eu-west-1` is the table's own", "replicas[0].regionName", type=TABLE
        ),
        Flagged({"replicas": [FRANKFURT, NEXT_TO_IT]}, "twice", "replicas[1].regionName", type=TABLE),
        Flagged({"replicas": [FRANKFURT, FRANKFURT]}, "twice", severity=Severity.WARNING, type=TABLE),
        Flagged([made(TABLE, "rules"), made(TABLE_REPLICA, "r", OF_TABLE)], "the table's own region"),
    )
    allowed = (
        Allowed({"replicas": [FRANKFURT, {"regionName": "us-east-1"}]}, "two other regions", TABLE),
        Allowed({"replicas": [IRELAND]}, "the table's region is not known", TABLE, region=None),
        Allowed({"replicas": [{"regionName": UNKNOWN}, FRANKFURT]}, "decided at deployment", TABLE),
        Allowed({}, "there is no replica", TABLE),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Compare the regions of each table's replicas with its own and with each other."""
        for table in plan.of_type(TABLE):
            yield from _inline(table)
            for replica in plan.of_type(TABLE_REPLICA):
                if table.region and replica.region == table.region and belongs_to(plan, replica, table):
                    yield _own_region(table.region, replica, None)


def _inline(table: View) -> Iterator[Problem]:
    seen: dict[str, View] = {}
    for element in table.elements("replicas"):
        region = element.text("regionName")
        if region is None:
            continue
        if region == table.region:
            yield _own_region(region, element, "regionName")
        elif region in seen:
            yield _twice(region, seen[region], element)
        seen.setdefault(region, element)


def _own_region(region: str, where: View, path: str | None) -> Problem:
    return Problem(
        f"the replica's region `{region}` is the table's own region",
        note="the table itself is the copy there, and AWS adds replicas in other regions only",
        help=f"leave `{region}` out of the replicas",
        property_path=where.path(path) if path else None,
        urn=where.urn,
    )


def _twice(region: str, first: View, second: View) -> Problem:
    same = first.known("") == second.known("")
    return Problem(
        f"the table has a replica in `{region}` twice",
        note="the provider takes equal ones for one" if same else "AWS keeps one replica in a region",
        help=f"list `{region}` once",
        property_path=second.path("regionName"),
        urn=second.urn,
        severity=Severity.WARNING if same else None,
        confidence=Confidence.LIKELY if same else Confidence.CERTAIN,
    )
