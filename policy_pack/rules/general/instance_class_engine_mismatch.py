"""Rule: instance-class-engine-mismatch."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.engine_versions import State
from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem, Severity
from policy_pack.rules.general._classes import asked
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View


class InstanceClassEngineMismatch(ResourceRule):
    """A database asks for an instance class that there is for other engines only.

    ## Why this fails
    Aurora has no `m` classes and few small ones, and Oracle, SQL Server and Db2 have none with Graviton.
    `pulumi preview` does not look; the deployment fails with `InvalidParameterCombination: RDS does not
    support creating a DB instance with the following combination`.

    ## What to do instead
    Use the class that the message names, or choose one that AWS lists for the engine
    (`aws rds describe-orderable-db-instance-options --engine …`).
    """

    name = "instance-class-engine-mismatch"
    severity = Severity.WARNING
    resource_types = (
        "aws:rds/instance:Instance",
        "aws:rds/cluster:Cluster",
        "aws:rds/clusterInstance:ClusterInstance",
    )
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html"
    flagged = (
        Flagged(
            {"instanceClass": "db.t3.micro", "engine": "aurora-postgresql"},
            says="`db.t3.micro` is not for aurora-postgresql",
            at="instanceClass",
            type="aws:rds/clusterInstance:ClusterInstance",
        ),
        Flagged({"instanceClass": "db.m7g.large", "engine": "oracle-ee"}, says="is not for oracle-ee"),
    )
    allowed = (
        Allowed({"instanceClass": "db.m7g.large", "engine": "postgres"}, because="it is for PostgreSQL"),
        Allowed({"instanceClass": "db.m99g.large", "engine": "oracle-ee"}, because="newer than the data"),
        Allowed({"instanceClass": "db.nonsense", "engine": "oracle-ee"}, because="another rule's matter"),
        Allowed({"instanceClass": "db.m7g.large", "engine": "custom-oracle-ee"}, because="no facts about it"),
        Allowed({"instanceClass": "db.m7g.large", "engine": UNKNOWN}, because="decided at deployment"),
        Allowed({"instanceClass": "db.m7g.large"}, because="the engine may be that of a snapshot"),
        Allowed({"engine": "oracle-ee"}, because="there is no class"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look every class up among those of the engine, whatever the region."""
        for wanted in asked(resource):
            if wanted.kind is None:
                continue
            classes = facts.catalogs.instances(wanted.service)
            verdict = classes.judge(wanted.name, region=resource.region, kind=wanted.kind)
            if verdict.state is not State.ELSEWHERE or classes.regions_of(wanted.name, wanted.kind):
                continue
            nearest = verdict.nearest
            yield Problem(
                f"`{wanted.written}` is not for {wanted.kind}",
                note=f"{verdict.evidence.source} lists it for other engines only",
                help=f"use `{nearest}`" if nearest else f"choose a class that AWS lists for {wanted.kind}",
                property_path=wanted.path,
                confidence=verdict.confidence,
                evidence=(verdict.evidence,),
            )
