"""Rule: major-version-upgrade-not-allowed."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View
from policy_pack.rules.version_change import change

FLAG = "allowMajorVersionUpgrade"
INSTANCE, NEPTUNE = "aws:rds/instance:Instance", "aws:neptune/cluster:Cluster"
OLDER = {"engine": "aurora-postgresql", "engineVersion": "15.10"}
NEWER = {**OLDER, "engineVersion": "16.6"}


class MajorVersionUpgradeNotAllowed(ResourceRule):
    """A deployed database moves to another major version, and nothing allows that it does.

    ## Why this fails
    AWS upgrades to another major version only when the call says so: `InvalidParameterCombination: The
    AllowMajorVersionUpgrade flag must be present when upgrading to a new major version`. `pulumi preview`
    shows the change of the version, and does not ask for the flag.

    ## What to do instead
    Set `allow_major_version_upgrade=True` for the upgrade, with a parameter group of the new major version,
    or ask for a version of the major that is deployed. This rule needs `preflight check --state FILE`.
    """

    name = "major-version-upgrade-not-allowed"
    resource_types = ("aws:rds/cluster:Cluster", INSTANCE, "aws:docdb/cluster:Cluster", NEPTUNE)
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html"
    flagged = (
        Flagged(NEWER, says="from aurora-postgresql 15 to 16", at="engineVersion", deployed=OLDER),
        Flagged({**NEWER, FLAG: False}, says="does not allow", deployed=OLDER),
        Flagged(
            {"engine": "mysql", "engineVersion": "8.4"},
            says="from mysql 8.0 to 8.4",
            type=INSTANCE,
            deployed={"engine": "mysql", "engineVersion": "8.0.40"},
        ),
        Flagged(
            {"engineVersion": "1.4.6.1"},
            says="from neptune 1.3 to 1.4",
            severity=Severity.WARNING,
            type=NEPTUNE,
            deployed={"engineVersion": "1.3.2.0"},
        ),
    )
    allowed = (
        Allowed({**NEWER, FLAG: True}, because="it is allowed", deployed=OLDER),
        Allowed({**NEWER, FLAG: UNKNOWN}, because="decided at deployment", deployed=OLDER),
        Allowed({**OLDER, "engineVersion": "15.12"}, because="the major stays", deployed=OLDER),
        Allowed({**OLDER, "engineVersion": "14.9"}, because="another rule's matter", deployed=OLDER),
        Allowed(
            {**NEWER, "globalClusterIdentifier": "g"}, because="the global cluster decides", deployed=OLDER
        ),
        Allowed(
            {"engine": "mysql", "engineVersion": "8.4", "blueGreenUpdate": {"enabled": True}},
            because="a copy is upgraded",
            type=INSTANCE,
            deployed={"engine": "mysql", "engineVersion": "8.0.40"},
        ),
        Allowed({"engine": "aurora-postgresql"}, because="the version is left as it is", deployed=OLDER),
        Allowed(NEWER, because="no state is given"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Compare the major version with the deployed one."""
        found = change(resource, facts)
        if found is None or not (resource.absent(FLAG) or resource.flag(FLAG) is False):
            return
        # A blue/green deployment upgrades a copy, and a global cluster its members.
        if not (resource.absent("blueGreenUpdate") and resource.absent("globalClusterIdentifier")):
            return
        old, new = found.majors
        if new <= old:
            return
        # What a major version of Neptune is, AWS does not say in so many words.
        is_plain = resource.type != NEPTUNE
        yield Problem(
            f"the database moves from {found.engine} {old} to {new}, and the program does not allow it to",
            note=f"`{found.before}` is deployed; AWS takes another major version only with the flag for it",
            help="set `allow_major_version_upgrade=True`, or ask for a version of " + str(old),
            property_path=found.kind.path,
            severity=Severity.ERROR if is_plain else Severity.WARNING,
            confidence=found.confidence if is_plain else Confidence.LIKELY,
        )
