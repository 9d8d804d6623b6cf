"""Rule: database-identifier-invalid."""

from __future__ import annotations

import re
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

CLUSTERS = tuple(f"aws:{service}/cluster:Cluster" for service in ("rds", "docdb", "neptune", "redshift"))
MEMBERS = (
    "aws:rds/instance:Instance",
    *(f"aws:{service}/clusterInstance:ClusterInstance" for service in ("rds", "docdb", "neptune")),
)
GLOBAL = "aws:rds/globalCluster:GlobalCluster"
LONGEST = 63


class DatabaseIdentifierInvalid(ResourceRule):
    """The identifier of a cluster or instance is one that AWS or the provider refuses.

    ## Why this fails
    Identifiers become host names: 1 to 63 letters, digits and hyphens, beginning with a letter, with no
    hyphen at the end and no two in a row. AWS stores them in lower case, so the provider refuses upper case.

    ## What to do instead
    Use lower-case letters, digits and single hyphens, such as `fraud-detection-dev`.
    """

    name = "database-identifier-invalid"
    resource_types = (*CLUSTERS, *MEMBERS, GLOBAL)
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html"
    flagged = (
        Flagged({"clusterIdentifier": "fraud_db"}, says="`fraud_db` holds `_`", at="clusterIdentifier"),
        Flagged({"clusterIdentifier": "Fraud"}, says="upper-case letters"),
        Flagged({"clusterIdentifier": "1fraud"}, says="begins with `1`"),
        Flagged({"clusterIdentifier": "fraud-"}, says="ends with a hyphen"),
        Flagged({"clusterIdentifier": "fraud--db"}, says="two hyphens in a row"),
        Flagged({"clusterIdentifier": "x" * 64}, says="64 characters"),
        Flagged({"clusterIdentifierPrefix": "fraud_"}, says="`fraud_` holds `_`"),
        Flagged({"identifier": "fraud.db"}, says="`fraud.db`", type="aws:rds/instance:Instance"),
    )
    allowed = (
        Allowed({"clusterIdentifier": "fraud-db-1"}, because="it keeps to the rules"),
        Allowed({"clusterIdentifier": "x" * 63}, because="63 characters are allowed"),
        Allowed({"clusterIdentifierPrefix": "fraud-"}, because="a prefix may end with a hyphen"),
        Allowed({"globalClusterIdentifier": "Fraud"}, because="there upper case is allowed", type=GLOBAL),
        Allowed({"clusterIdentifier": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="Pulumi makes one up"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the identifier, or the prefix of one."""
        path = "globalClusterIdentifier" if resource.type == GLOBAL else "clusterIdentifier"
        path = "identifier" if resource.type in MEMBERS else path
        for key, is_prefix in ((path, False), (f"{path}Prefix", True)):
            identifier = resource.text(key)
            found = identifier and flaw(identifier, is_prefix=is_prefix, any_case=resource.type == GLOBAL)
            if found:
                yield Problem(
                    f"the identifier `{identifier}` {found}",
                    note=f"identifiers are host names: up to {LONGEST} letters, digits and single hyphens",
                    help=f"use `{suggestion(str(identifier))}`",
                    property_path=key,
                )


def flaw(identifier: str, *, is_prefix: bool = False, any_case: bool = False) -> str | None:
    """What is wrong with an identifier or a prefix of one, None when nothing is."""
    strange = re.search(r"[^A-Za-z0-9-]", identifier)
    if strange:
        return f"holds `{strange[0]}`" if strange[0].isprintable() else "holds a character that has no sign"
    if not any_case and identifier.lower() != identifier:
        return "holds upper-case letters"
    if not identifier[0].isalpha():
        return f"begins with `{identifier[0]}`, not with a letter"
    if "--" in identifier:
        return "has two hyphens in a row"
    if identifier.endswith("-") and not is_prefix:
        return "ends with a hyphen"
    if len(identifier) > LONGEST:
        return f"has {len(identifier)} characters, and {LONGEST} are allowed"
    return None


def suggestion(identifier: str) -> str:
    """An identifier like the given one that is allowed."""
    made = re.sub(r"[^a-z0-9]+", "-", identifier.lower()).lstrip("-0123456789")
    return made[:LONGEST].rstrip("-") or "database"
