"""Rule: master-password-invalid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Secret, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

CLUSTER, INSTANCE = "aws:rds/cluster:Cluster", "aws:rds/instance:Instance"
ELASTIC, REDSHIFT = "aws:docdb/elasticCluster:ElasticCluster", "aws:redshift/cluster:Cluster"
DOCDB = "aws:docdb/cluster:Cluster"
PROPERTIES = {INSTANCE: ("password", "passwordWo"), ELASTIC: ("adminUserPassword",)}
ENGINES = {DOCDB: "docdb", ELASTIC: "docdb", REDSHIFT: "redshift"}
SHORTEST = 8
REFUSED = re.compile(r'[^ -~]|[/"@]')
REFUSED_BY_REDSHIFT = re.compile(r"""[^!-~]|[/"@'\\]""")
DOUBTFUL = re.compile(r"[ ']")
KINDS = (r"[A-Z]", r"[a-z]", r"[0-9]")


@dataclass(frozen=True)
class Longest:
    """The most characters a password may have; `agreed` when all of AWS's pages say the same."""

    length: int
    agreed: bool = True


LONGEST = {
    "aurora": Longest(41),
    "aurora-mysql": Longest(41),
    "aurora-postgresql": Longest(41, agreed=False),
    "mysql": Longest(41),
    "mariadb": Longest(41),
    "postgres": Longest(128),
    "docdb": Longest(100),
    "redshift": Longest(64),
}


class MasterPasswordInvalid(ResourceRule):
    """A database's master password is one that AWS refuses.

    ## Why this fails
    `pulumi preview` does not look at passwords. AWS refuses one that is too short or too long, or holds a
    character such as `/`, `"` or `@`, when the database is created: after its network, keys and roles.

    ## What to do instead
    Let AWS keep the password (`manage_master_user_password=True`), or make one from letters and digits, such
    as `random.RandomPassword(length=32, special=False)`.
    """

    name = "master-password-invalid"
    resource_types = (CLUSTER, INSTANCE, DOCDB, ELASTIC, REDSHIFT)
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
    flagged = (
        Flagged({"masterPassword": Secret("short")}, says="fewer than 8", at="masterPassword"),
        Flagged({"password": "with/slash-in-it"}, says="a character", at="password", type=INSTANCE),
        Flagged({"engine": "mysql", "password": "x" * 42}, says="more than 41", type=INSTANCE),
        Flagged({"masterPassword": "a9" * 8}, says="upper-case", type=REDSHIFT),
        Flagged({"masterPassword": "it's fine here"}, says="a space or `'`", severity=Severity.WARNING),
        Flagged(
            {"engine": "aurora-postgresql", "masterPassword": "x" * 42},
            says="more than 41",
            severity=Severity.WARNING,
        ),
    )
    allowed = (
        Allowed({"engine": "aurora-postgresql", "masterPassword": "x" * 41}, because="41 are allowed"),
        Allowed({"engine": "postgres", "password": "x" * 42}, because="PostgreSQL takes 128", type=INSTANCE),
        Allowed({"engine": UNKNOWN, "masterPassword": "x" * 60}, because="the limit is the engine's"),
        Allowed({"masterPassword": UNKNOWN}, because="decided at deployment"),
        Allowed({"engine": "mysql", "manageMasterUserPassword": True}, because="AWS makes the password"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the password without ever quoting it."""
        for path in PROPERTIES.get(resource.type, ("masterPassword", "masterPasswordWo")):
            password = resource.text(path)
            if password is None:
                continue
            engine = ENGINES.get(resource.type) or resource.text("engine") or ""
            for flaw, is_agreed in flaws(engine, password):
                yield Problem(
                    f"the master password has {flaw}",
                    note="AWS refuses it when it creates the database"
                    if is_agreed
                    else "AWS's pages differ on it",
                    help="use letters and digits, or let AWS keep the password",
                    property_path=path,
                    severity=None if is_agreed else Severity.WARNING,
                    confidence=Confidence.CERTAIN if is_agreed else Confidence.LIKELY,
                )
                break


def flaws(engine: str, password: str) -> Iterator[tuple[str, bool]]:
    """Yield what is wrong with a password, the worst first, and whether AWS's pages agree on it."""
    redshift = engine == "redshift"
    if len(password) < SHORTEST:
        yield f"fewer than {SHORTEST} characters", True
    if (REFUSED_BY_REDSHIFT if redshift else REFUSED).search(password):
        yield "a character that AWS does not allow", True
    if redshift and not all(re.search(kind, password) for kind in KINDS):
        yield "no upper-case letter, no lower-case letter or no digit", True
    longest = LONGEST.get(engine)
    if longest and len(password) > longest.length:
        yield f"more than {longest.length} characters", longest.agreed
    if engine != "docdb" and DOUBTFUL.search(password):
        yield "a space or `'`, which the RDS limits exclude", False
