"""Rule: data-without-protection."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Plan, Problem, ResourceOptions, Severity, Value
from policy_pack.rules.rule import Allowed, Flagged, Parameter, PlanRule, PlanView, View, made

CLUSTER, INSTANCE, TABLE = "aws:rds/cluster:Cluster", "aws:rds/instance:Instance", "aws:dynamodb/table:Table"
# The switch with which AWS refuses to delete a resource of a type.
SWITCHES = {
    CLUSTER: "deletionProtection",
    INSTANCE: "deletionProtection",
    "aws:docdb/cluster:Cluster": "deletionProtection",
    "aws:neptune/cluster:Cluster": "deletionProtection",
    TABLE: "deletionProtectionEnabled",
}
# What makes another resource's data again.
COPIES = ("replicateSourceDb", "replicationSourceIdentifier", "globalClusterIdentifier")
DENYING = frozenset({"dev", "non", "not", "pre", "staging", "test"})


def _plan(
    stack: str = "prod", kind: str = CLUSTER, options: ResourceOptions | None = None, **inputs: Value
) -> Plan:
    resource = replace(made(kind, "main", None, **inputs), options=options or ResourceOptions())
    return Plan("example", stack, "/example", (resource,))


class DataWithoutProtection(PlanRule):
    """A database of a production stack can be deleted by a mistake.

    ## Why this fails
    A renamed resource, a changed property that replaces it or `pulumi destroy` in the wrong stack deletes the
    database with its data, unless AWS or Pulumi refuses.

    ## What to do instead
    Set `deletion_protection=True` (`deletion_protection_enabled` of a table), or give the resource
    `opts=pulumi.ResourceOptions(protect=True)`.

    ## What it cannot see
    What a stack is for is told by its name alone. Replicas of other databases are left alone.
    """

    name = "data-without-protection"
    severity = Severity.NOTE
    url = "https://www.pulumi.com/docs/iac/concepts/options/protect/"
    parameters = {
        "stacks": Parameter(
            "The words of a stack's name that say it is production, as in `prod` or `prod-eu`.",
            tuple[str, ...],
            ("prod", "production", "live"),
        )
    }
    flagged = (
        Flagged(_plan(), says="`main`", at="deletionProtection"),
        Flagged(_plan("test/shop/prod-eu", deletionProtection=False), says="`main`"),
        Flagged(_plan(kind=TABLE), says="`main`", at="deletionProtectionEnabled"),
        Flagged(_plan("blue"), says="`main`", parameters={"stacks": ("blue",)}),
    )
    allowed = (
        Allowed(_plan("dev"), because="nothing says that it is production"),
        Allowed(_plan("non-prod"), because="the name says that it is not"),
        Allowed(_plan(deletionProtection=True), because="AWS refuses"),
        Allowed(_plan(deletionProtection=UNKNOWN), because="decided at deployment"),
        Allowed(_plan(options=ResourceOptions(protect=True)), because="Pulumi refuses"),
        Allowed(_plan(options=ResourceOptions(retain_on_delete=True)), because="Pulumi keeps it"),
        Allowed(_plan(kind=INSTANCE, replicateSourceDb="main"), because="it copies another one's data"),
        Allowed(_plan(kind="aws:ec2/vpc:Vpc"), because="it holds no data"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Look at the databases of a stack that is production by its name."""
        stack = plan.plan.stack
        if not _is_production(stack, facts.parameters["stacks"]):
            return
        for resource in plan.of_type(*SWITCHES):
            switch = SWITCHES[resource.type]
            if not _is_kept(resource, switch):
                yield Problem(
                    f"nothing keeps the data of `{resource.name}` from being deleted",
                    note=f"the stack `{stack}` is production by its name",
                    help=f"set `{_snake(switch)}=True`, or `protect=True` in its options",
                    property_path=switch,
                    urn=resource.urn,
                )


def _is_production(stack: str, words: object) -> bool:
    parts = set(re.split(r"[^a-z0-9]+", stack.lower().rpartition("/")[2]))
    return isinstance(words, tuple | list) and bool(parts.intersection(words)) and not parts & DENYING


def _is_kept(resource: View, switch: str) -> bool:
    """Whether something keeps a resource, may keep it, or need not."""
    options = resource.resource.options
    if options.protect or options.retain_on_delete:
        return True
    if not all(resource.absent(path) for path in COPIES):
        return True
    return not resource.absent(switch) and resource.flag(switch) is not False


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", name).lower()
