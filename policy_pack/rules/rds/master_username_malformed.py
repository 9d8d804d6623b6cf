"""Rule: master-username-malformed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

CLUSTER, INSTANCE = "aws:rds/cluster:Cluster", "aws:rds/instance:Instance"
DOCDB, ELASTIC = "aws:docdb/cluster:Cluster", "aws:docdb/elasticCluster:ElasticCluster"
REDSHIFT = "aws:redshift/cluster:Cluster"
PROPERTIES = {INSTANCE: "username", ELASTIC: "adminUserName"}
ENGINES = {DOCDB: "docdb", ELASTIC: "docdb", REDSHIFT: "redshift"}
LETTERS = {"docdb": r"[A-Za-z0-9]", "redshift": r"[a-z0-9_+.@-]"}
ANY_ENGINE = r"[A-Za-z0-9_]"
LONGEST = {"docdb": 63, "redshift": 128}
SHORT_NAMES = 16
# For the other engines one of AWS's pages allows more than sixteen characters.
SURELY_SHORT = ("mysql", "mariadb", "aurora", "aurora-mysql")


class MasterUsernameMalformed(ResourceRule):
    """A database's master user name is too long, or holds a character that AWS refuses.

    ## Why this fails
    `pulumi preview` accepts any name. AWS takes 1 to 16 letters, digits and underscores for RDS and Aurora,
    beginning with a letter, up to 63 letters and digits for DocumentDB, and lower case for Redshift; it says
    so when it creates the database.

    ## What to do instead
    Choose a short name of letters and digits that the engine does not reserve, such as `dbadmin`.
    """

    name = "master-username-malformed"
    resource_types = (CLUSTER, INSTANCE, DOCDB, ELASTIC, REDSHIFT)
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html"
    flagged = (
        Flagged({"engine": "aurora-postgresql", "masterUsername": "db-admin"}, says="holds `-`"),
        Flagged({"engine": "mysql", "username": "1admin"}, says="begins with", at="username", type=INSTANCE),
        Flagged({"engine": "aurora-mysql", "masterUsername": "x" * 17}, says="17 characters"),
        Flagged(
            {"engine": "aurora-postgresql", "masterUsername": "x" * 17},
            says="17 characters",
            severity=Severity.WARNING,
        ),
        Flagged({"masterUsername": "db_admin"}, says="holds `_`", type=DOCDB),
        Flagged({"masterUsername": "Admin1"}, says="holds `A`", type=REDSHIFT),
    )
    allowed = (
        Allowed({"engine": "aurora-postgresql", "masterUsername": "fraud_admin"}, because="allowed"),
        Allowed({"masterUsername": "x" * 63}, because="DocumentDB allows 63", type=DOCDB),
        Allowed({"engine": UNKNOWN, "masterUsername": "x" * 16}, because="every engine takes 16"),
        Allowed({"engine": "aurora-mysql", "masterUsername": UNKNOWN}, because="decided at deployment"),
        Allowed({"engine": "aurora-mysql"}, because="restored from a snapshot"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the form of the name; which names are reserved is another rule's question."""
        path = PROPERTIES.get(resource.type, "masterUsername")
        username = resource.text(path)
        if not username:
            return
        engine = ENGINES.get(resource.type) or resource.text("engine") or ""
        for flaw, is_certain in flaws(engine, username):
            yield Problem(
                f"the master user name `{username}` {flaw}",
                note="AWS refuses it when it creates the database",
                help="use a short name of letters and digits, such as `dbadmin`",
                property_path=path,
                severity=None if is_certain else Severity.WARNING,
                confidence=Confidence.CERTAIN if is_certain else Confidence.LIKELY,
            )
            return


def flaws(engine: str, username: str) -> Iterator[tuple[str, bool]]:
    """Yield what is wrong with a name, the worst first, and whether AWS's pages agree on it."""
    rest = re.sub(LETTERS.get(engine, ANY_ENGINE), "", username)
    if rest:
        yield f"holds `{rest[0]}`" if rest[0].isprintable() else "holds a character that has no sign", True
    if not username[0].isalpha():
        yield f"begins with `{username[0]}`, not with a letter", True
    longest = LONGEST.get(engine, SHORT_NAMES)
    if len(username) > longest:
        is_certain = engine in LONGEST or engine in SURELY_SHORT
        yield f"has {len(username)} characters, and {longest} are allowed", is_certain
