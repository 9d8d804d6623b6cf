"""Rule: parameter-group-family-mismatch."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.catalog.versions import EngineVersion
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made

CLUSTER, INSTANCE = "aws:rds/cluster:Cluster", "aws:rds/instance:Instance"
CLUSTER_GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
GROUP = "aws:rds/parameterGroup:ParameterGroup"
_LINKS = {CLUSTER: ("dbClusterParameterGroupName", CLUSTER_GROUP), INSTANCE: ("parameterGroupName", GROUP)}
_GIVEN = {"parameterGroupName": f"{GROUP}::settings"}
# The engines whose families are named by the engine and its major.
_ENGINES = ("aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "postgres")


class ParameterGroupFamilyMismatch(PlanRule):
    """A database uses a parameter group that is of another engine or another major version.

    ## Why this fails
    A parameter group belongs to one family, such as `postgres16`, and a database takes only groups of its
    own. `pulumi preview` does not compare them; the deployment fails with `InvalidParameterCombination`.

    ## What to do instead
    Give the group the family of the engine's version. A database that moves to another major version needs
    a group of the new family.
    """

    name = "parameter-group-family-mismatch"
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.Overview.html"
    flagged = (
        Flagged(
            (
                made(GROUP, "settings", family="postgres15"),
                made(
                    INSTANCE,
                    "db",
                    _GIVEN,
                    engine="postgres",
                    engineVersion="16.4",
                ),
            ),
            says="family `postgres15`, and the database needs `postgres16`",
            at="parameterGroupName",
        ),
    )
    allowed = (
        Allowed(
            (
                made(GROUP, "settings", family="postgres16"),
                made(
                    INSTANCE,
                    "db",
                    _GIVEN,
                    engine="postgres",
                    engineVersion="16.4",
                ),
            ),
            because="it is of the same family",
        ),
        Allowed(
            (
                made(GROUP, "settings", family="mysql8.4"),
                made(INSTANCE, "db", _GIVEN, engine="mysql", engineVersion="8"),
            ),
            because="the version does not say which family",
        ),
        Allowed(
            (
                made(GROUP, "settings", family=UNKNOWN),
                made(
                    INSTANCE,
                    "db",
                    _GIVEN,
                    engine="postgres",
                    engineVersion="16.4",
                ),
            ),
            because="decided at deployment",
        ),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Compare each database with the group that it is given by reference."""
        for database in plan.of_type(*_LINKS):
            path, kind = _LINKS[database.type]
            group, needed = plan.target(database, path, kind), _family(database)
            family = group.text("family") if group and needed else None
            if needed is None or family is None or family == needed:
                continue
            yield Problem(
                f"the parameter group is of the family `{family}`, and the database needs `{needed}`",
                note="a database takes parameter groups of its own engine and major version only",
                help=f"give the group the family `{needed}`, or the database a version of `{family}`",
                urn=database.urn,
                property_path=path,
                severity=Severity.ERROR,
                confidence=Confidence.CERTAIN,
            )


def _family(database: View) -> str | None:
    """The family of a database, None when its version does not say."""
    engine, version = database.text("engine"), database.text("engineVersion")
    if engine not in _ENGINES or version is None:
        return None
    major = EngineVersion(version).major(engine)
    numbers = 1 if "postgres" in engine and not version.startswith("9") else 2
    return f"{engine}{major}" if len(major.components) == numbers and major.is_well_formed else None
