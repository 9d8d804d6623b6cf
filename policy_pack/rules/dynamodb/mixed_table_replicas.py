"""Rule: mixed-table-replicas."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem, Severity
from policy_pack.rules.dynamodb._replication import TABLE, TABLE_REPLICA, belongs_to
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, made

REPLICA = made(TABLE_REPLICA, "copy", {"globalTableArn": f"{TABLE}::rules"}, region="us-east-1")
INLINE = made(TABLE, "rules", replicas=[{"regionName": "eu-central-1"}])


class MixedTableReplicas(PlanRule):
    """A table lists replicas of its own and has `TableReplica` resources beside them.

    ## Why this fails
    The two ways exclude each other. The table's list is taken for complete: the next update of the table
    removes the replica that the other resource made, and that resource makes it again.

    ## What to do instead
    Keep one way: list all regions in the table's `replicas`, or leave `replicas` out, make each replica a
    `TableReplica`, and set `ignore_changes=["replicas"]` on the table.
    """

    name = "mixed-table-replicas"
    severity = Severity.WARNING
    url = "https://www.pulumi.com/registry/packages/aws/api-docs/dynamodb/tablereplica/"
    flagged = (Flagged([INLINE, REPLICA], says="`rules` lists replicas and has `copy` beside them"),)
    allowed = (
        Allowed([made(TABLE, "rules"), REPLICA], because="the table lists none"),
        Allowed([INLINE], because="there is no other resource"),
        Allowed([made(TABLE, "rules", replicas=UNKNOWN), REPLICA], because="decided at deployment"),
        Allowed(
            [INLINE, made(TABLE_REPLICA, "copy", globalTableArn=UNKNOWN)], because="of which table is open"
        ),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Look for tables that are replicated in both ways."""
        for table in plan.of_type(TABLE):
            if not table.elements("replicas") or "replicas" in table.resource.options.ignore_changes:
                continue
            names = [item.name for item in plan.of_type(TABLE_REPLICA) if belongs_to(plan, item, table)]
            if names:
                beside = ", ".join(f"`{name}`" for name in names)
                yield Problem(
                    f"the table `{table.name}` lists replicas and has {beside} beside them",
                    note="the provider's documentation calls the two ways mutually exclusive",
                    help="move the regions of the `TableReplica` resources into the table's `replicas`",
                    property_path="replicas",
                    urn=table.urn,
                )
