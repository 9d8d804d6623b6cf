"""Rule: parameter-group-family-mismatch."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Resource, Severity, Value
from policy_pack.rules.general._families import LINKS, family
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, made

CACHE, GRAPH = "aws:elasticache/replicationGroup:ReplicationGroup", "aws:neptune/cluster:Cluster"
DOCUMENTS, INSTANCE = "aws:docdb/cluster:Cluster", "aws:rds/instance:Instance"
MEMORY = "aws:memorydb/cluster:Cluster"


def pair(token: str, group_family: Value, **inputs: Value) -> tuple[Resource, Resource]:
    """A group of a family for an example, and what uses it."""
    path, kind = LINKS[token]
    group = made(kind, "settings", family=group_family)
    return group, made(token, "db", {path: f"{kind}::settings"}, **inputs)


class ParameterGroupFamilyMismatch(PlanRule):
    """A database or cache uses a parameter group of another engine or major version.

    ## Why this fails
    A parameter group belongs to one family, such as `postgres16` or `redis7`, and a database takes only
    groups of its own. `pulumi preview` does not compare them; the deployment fails with
    `InvalidParameterCombination`.

    ## What to do instead
    Give the group the family of the engine's version. A database that moves to another major version needs
    a group of the new family.
    """

    name = "parameter-group-family-mismatch"
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.Overview.html"
    flagged = (
        Flagged(
            pair(INSTANCE, "postgres15", engine="postgres", engineVersion="16.4"),
            says="family `postgres15`, and the database needs `postgres16`",
            at="parameterGroupName",
        ),
        Flagged(pair(CACHE, "redis6.x", engineVersion="7.1"), says="needs `redis7`"),
        Flagged(pair(CACHE, "redis7", engine="valkey", engineVersion="8.0"), says="needs `valkey8`"),
        Flagged(pair(MEMORY, "memorydb_redis6", engineVersion="7.1"), says="needs `memorydb_redis7`"),
        Flagged(pair(DOCUMENTS, "docdb4.0", engineVersion="5.0.0"), says="needs `docdb5.0`"),
        Flagged(pair(GRAPH, "neptune1", engineVersion="1.3.2.0"), says="needs `neptune1.3`"),
    )
    allowed = (
        Allowed(pair(INSTANCE, "postgres16", engine="postgres", engineVersion="16.4"), because="the same"),
        Allowed(
            pair(INSTANCE, "mysql8.4", engine="mysql", engineVersion="8"),
            because="the version does not say which family",
        ),
        Allowed(
            pair(INSTANCE, UNKNOWN, engine="postgres", engineVersion="16.4"), because="decided at deployment"
        ),
        Allowed(pair(CACHE, "redis6.x", engineVersion="6.2"), because="all of Redis 6 have one family"),
        Allowed(pair(CACHE, "redis9", engineVersion="9.0"), because="newer than what is known"),
        Allowed(pair(CACHE, "valkey8", engine=UNKNOWN, engineVersion="7.1"), because="which engine is open"),
        Allowed(pair(GRAPH, "neptune1", engineVersion="1.1.1.0"), because="older versions have one family"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Compare each database with the group that it is given by reference."""
        for database in plan.of_type(*LINKS):
            path, kind = LINKS[database.type]
            group, needed = plan.target(database, path, kind), family(database)
            given = group.text("family") if group and needed else None
            if needed is None or given is None or given == needed:
                continue
            yield Problem(
                f"the parameter group is of the family `{given}`, and the database needs `{needed}`",
                note="a database takes parameter groups of its own engine and major version only",
                help=f"give the group the family `{needed}`, or the database a version of `{given}`",
                urn=database.urn,
                property_path=path,
                severity=Severity.ERROR,
                confidence=Confidence.CERTAIN,
            )
