"""Rule: database-name-invalid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

INSTANCE, REDSHIFT = "aws:rds/instance:Instance", "aws:redshift/cluster:Cluster"
LONGEST = {
    "postgres": 63,
    "aurora-postgresql": 63,
    "mysql": 64,
    "aurora-mysql": 64,
    "aurora": 64,
    "mariadb": 64,
}
COPIED = ("snapshotIdentifier", "replicateSourceDb", "replicationSourceIdentifier", "restoreToPointInTime")
POSTGRES = ("postgres", "aurora-postgresql")


class DatabaseNameInvalid(ResourceRule):
    """The name of a database's first database is one that AWS refuses.

    ## Why this fails
    Names of resources like hyphens, names of databases do not allow them: `DBName must begin with a letter
    and contain only alphanumeric characters`. AWS says so when it creates the cluster, not before.

    ## What to do instead
    Use letters, digits and underscores, beginning with a letter: `fraud_detection` in place of
    `fraud-detection`. SQL Server takes no name at all.
    """

    name = "database-name-invalid"
    resource_types = ("aws:rds/cluster:Cluster", INSTANCE, REDSHIFT)
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
    flagged = (
        Flagged({"engine": "aurora-postgresql", "databaseName": "fraud-db"}, says="`fraud-db`"),
        Flagged({"engine": "mysql", "dbName": "1db"}, says="no letter first", at="dbName", type=INSTANCE),
        Flagged({"engine": "aurora-postgresql", "databaseName": "x" * 64}, says="longer than 63"),
        Flagged({"engine": "sqlserver-ex", "dbName": "app"}, says="SQL Server", type=INSTANCE),
        Flagged({"databaseName": "Fraud"}, says="`Fraud`", type=REDSHIFT),
        Flagged(
            {"engine": "aurora-postgresql", "databaseName": "admin"},
            says="`admin`",
            severity=Severity.WARNING,
        ),
    )
    allowed = (
        Allowed({"engine": "aurora-postgresql", "databaseName": "fraud_db2"}, because="all are allowed"),
        Allowed({"engine": "aurora-mysql", "databaseName": "x" * 64}, because="MySQL allows 64"),
        Allowed({"engine": "aurora-postgresql", "databaseName": UNKNOWN}, because="decided at deployment"),
        Allowed({"engine": "aurora-postgresql"}, because="no database is asked for"),
        Allowed(
            {"dbName": "a-b", "snapshotIdentifier": UNKNOWN}, because="the snapshot's is used", type=INSTANCE
        ),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the name by the engine's rules."""
        path = "dbName" if resource.type == INSTANCE else "databaseName"
        name = resource.text(path)
        if not name or not all(resource.absent(origin) for origin in COPIED):
            return
        engine = "redshift" if resource.type == REDSHIFT else resource.text("engine") or ""
        for flaw, is_certain in flaws(engine, name):
            yield Problem(
                f"the database name `{name}` {flaw}",
                note="AWS refuses it when it creates the database",
                help=f"use {suggestion(engine, name)}",
                property_path=path,
                severity=None if is_certain else Severity.WARNING,
                confidence=Confidence.CERTAIN if is_certain else Confidence.LIKELY,
            )
            return


def flaws(engine: str, name: str) -> Iterator[tuple[str, bool]]:
    """Yield what is wrong with a name, the worst first, and whether that is certain."""
    if engine.startswith("sqlserver"):
        yield "is given to SQL Server, which takes none", True
    elif engine == "redshift":
        if not re.fullmatch(r"[a-z_][a-z0-9_$]*", name):
            yield "holds more than lower-case letters, digits and underscores", True
    elif re.search(r"[^A-Za-z0-9_]", name):
        yield "holds more than letters, digits and underscores", True
    elif not name[0].isalpha():
        yield "has no letter first", name[0] != "_"
    longest = 64 if engine == "redshift" else LONGEST.get(engine)
    if longest and len(name) > longest:
        yield f"is longer than {longest} characters", True
    if engine in POSTGRES and name.lower() == "admin":
        yield "has been refused by Aurora PostgreSQL", False


def suggestion(engine: str, name: str) -> str:
    """A name like the given one that the engine takes."""
    if engine.startswith("sqlserver"):
        return "no name, and create the database once the instance runs"
    made = re.sub(r"[^A-Za-z0-9_]", "_", name).lstrip("_0123456789")
    made = (made.lower() if engine == "redshift" else made)[:63]
    return "another name, such as `app`" if made.lower() in ("", "admin") else f"`{made}`"
