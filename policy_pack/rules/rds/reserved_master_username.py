"""Rule: reserved-master-username."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

DOCDB = "aws:docdb/cluster:Cluster"
REDSHIFT = "aws:redshift/cluster:Cluster"
ENGINES = {
    DOCDB: "docdb",
    "aws:docdb/elasticCluster:ElasticCluster": "docdb",
    "aws:neptune/cluster:Cluster": "neptune",
    REDSHIFT: "redshift",
}
PROPERTIES = {
    "aws:docdb/elasticCluster:ElasticCluster": "adminUserName",
    "aws:rds/instance:Instance": "username",
}


class ReservedMasterUsername(ResourceRule):
    """A database's master user name is a word that its engine reserves.

    ## Why this fails
    `pulumi preview` accepts any name. AWS refuses a reserved one with `InvalidParameterValue:
    MasterUsername … cannot be used as it is a reserved word used by the engine`, and only once every
    resource before the database has been created.

    ## What to do instead
    Choose a name that the engine does not reserve, such as `dbadmin`. Which names are reserved differs by
    engine: `admin` is refused by PostgreSQL and accepted by MySQL.
    """

    name = "reserved-master-username"
    resource_types = ("aws:rds/cluster:Cluster", "aws:rds/instance:Instance", *ENGINES)
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html"
    flagged = (
        Flagged({"engine": "aurora-postgresql", "masterUsername": "admin"}, says="`admin` is reserved"),
        Flagged({"engine": "aurora-mysql", "masterUsername": "rdsadmin"}, says="`rdsadmin` is reserved"),
        Flagged(
            {"engine": "postgres", "username": "admin"},
            says="`admin` is reserved",
            at="username",
            type="aws:rds/instance:Instance",
        ),
        Flagged({"masterUsername": "admin"}, says="`admin` is reserved", type=DOCDB),
        Flagged(
            {"engine": "aurora-postgresql", "masterUsername": "select"},
            says="`select` is a keyword",
            severity=Severity.WARNING,
        ),
    )
    allowed = (
        Allowed({"engine": "aurora-mysql", "masterUsername": "admin"}, because="MySQL does not reserve it"),
        Allowed({"engine": "aurora-postgresql", "masterUsername": "postgres"}, because="AWS accepts it"),
        Allowed({"engine": "aurora-postgresql", "masterUsername": "dbadmin"}, because="not reserved"),
        Allowed({"engine": "aurora-postgresql", "masterUsername": UNKNOWN}, because="decided at deployment"),
        Allowed({"engine": UNKNOWN, "masterUsername": "admin"}, because="the engine is not known"),
        Allowed({"engine": "aurora-postgresql"}, because="restored from a snapshot"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the name by the engine's own list."""
        path = PROPERTIES.get(resource.type, "masterUsername")
        engine = ENGINES.get(resource.type) or resource.text("engine")
        username = resource.text(path)
        if engine is None or username is None:
            return
        reserved = facts.catalogs.reserved_usernames.judge(engine, username)
        if reserved is None:
            return
        kind = "reserved" if reserved.verified else "a keyword of the engine"
        yield Problem(
            f"the master user name `{username}` is {kind} in {engine}",
            note=reserved.reason,
            help="use a name that the engine does not reserve, such as `dbadmin`",
            property_path=path,
            severity=Severity.ERROR if reserved.verified else Severity.WARNING,
            confidence=Confidence.CERTAIN if reserved.verified else Confidence.LIKELY,
            evidence=(reserved.evidence,),
        )
