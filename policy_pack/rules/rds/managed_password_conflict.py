"""Rule: managed-password-conflict."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Absent, Confidence, Problem, Secret, Severity
from policy_pack.model.values import holds_unknown
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

INSTANCE, REDSHIFT = "aws:rds/instance:Instance", "aws:redshift/cluster:Cluster"
PASSWORDS = {INSTANCE: ("password", "passwordWo")}
SWITCHES = {REDSHIFT: "manageMasterPassword"}


class ManagedPasswordConflict(ResourceRule):
    """A database has a master password of its own and asks AWS to manage one.

    ## Why this fails
    The two inputs exclude each other: the provider refuses a database that has both.

    ## What to do instead
    Keep `manage_master_user_password=True` and remove the password; read it from the secret that AWS makes.
    To keep the password, leave the switch out altogether.
    """

    name = "managed-password-conflict"
    resource_types = ("aws:rds/cluster:Cluster", INSTANCE, "aws:docdb/cluster:Cluster", REDSHIFT)
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"
    flagged = (
        Flagged({"manageMasterUserPassword": True, "masterPassword": Secret("x")}, says="`masterPassword`"),
        Flagged({"manageMasterUserPassword": True, "password": "x"}, says="`password`", type=INSTANCE),
        Flagged({"manageMasterPassword": True, "masterPassword": "x"}, says="`masterP", type=REDSHIFT),
        Flagged(
            {"manageMasterUserPassword": True, "masterPassword": UNKNOWN},
            says="`masterPassword`",
            severity=Severity.WARNING,
        ),
    )
    allowed = (
        Allowed({"manageMasterUserPassword": True, "masterPassword": None}, because="null is no password"),
        Allowed({"manageMasterUserPassword": UNKNOWN, "masterPassword": "x"}, because="may be left out"),
        Allowed({"masterPassword": "x"}, because="the program keeps the password"),
        Allowed({"manageMasterUserPassword": True}, because="AWS keeps the password"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look for a password beside the switch."""
        switch = SWITCHES.get(resource.type, "manageMasterUserPassword")
        if not resource.flag(switch):
            return
        for path in PASSWORDS.get(resource.type, ("masterPassword", "masterPasswordWo")):
            value = resource.resource.at(path)
            if isinstance(value, Absent) or resource.absent(path):
                continue
            known = not holds_unknown(value)
            yield Problem(
                f"`{path}` is given beside `{switch}`",
                note="the provider refuses a password where AWS is to manage one",
                help=f"remove `{path}`: AWS makes a password and keeps it in Secrets Manager",
                property_path=switch,
                severity=None if known else Severity.WARNING,
                confidence=Confidence.CERTAIN if known else Confidence.LIKELY,
            )
            return
