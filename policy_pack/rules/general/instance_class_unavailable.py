"""Rule: instance-class-unavailable."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.engine_versions import State
from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem, Severity
from policy_pack.rules.general._classes import CLASSES, asked
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

EMR_CLUSTER = "aws:emr/cluster:Cluster"


class InstanceClassUnavailable(ResourceRule):
    """A resource asks for an instance class that its region does not have.

    ## Why this fails
    Classes differ by region and by service: a region has a class for some databases and not for others.
    `pulumi preview` does not look; the deployment fails with `InvalidParameterCombination` or
    `Unsupported`, often after minutes.

    ## What to do instead
    Use the class that the message names. New classes come every month: when AWS's own list has it, the
    catalog is only older than the class.
    """

    name = "instance-class-unavailable"
    severity = Severity.WARNING
    resource_types = tuple(CLASSES)
    url = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html"
    flagged = (
        Flagged({"instanceType": "m5.lrge"}, says="there is no instance class `m5.lrge`", at="instanceType"),
        Flagged({"instanceType": "m5.large"}, says="not offered in ap-southeast-6", region="ap-southeast-6"),
        Flagged(
            {"instanceClass": "db.r5b.large", "engine": "mariadb"},
            says="`db.r5b.large` is not offered in ap-southeast-6 for mariadb",
            type="aws:rds/instance:Instance",
            region="ap-southeast-6",
        ),
        Flagged(
            {"clusterConfig": {"instanceType": "m5.large"}},
            says="no instance class `m5.large`",
            at="clusterConfig.instanceType",
            type="aws:opensearch/domain:Domain",
        ),
        Flagged(
            {"clusterConfig": {"instanceType": "m4.lrge.elasticsearch"}},
            says="no instance class `m4.lrge.elasticsearch`",
            type="aws:elasticsearch/domain:Domain",
        ),
        Flagged(
            {"productionVariants": [{"instanceType": "m5.large"}]},
            says="no instance class `m5.large`",
            at="productionVariants[0].instanceType",
            type="aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        ),
        Flagged({"coreInstanceGroup": {"instanceType": "m5.large"}}, "`m5.large`", type=EMR_CLUSTER),
    )
    allowed = (
        Allowed({"instanceType": "m5.large"}, because="the region offers it"),
        Allowed({"instanceType": "m99.large"}, because="newer than the data"),
        Allowed({"instanceType": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="a launch template may say it"),
        Allowed({"instanceType": "m5.large"}, because="the list has no such region", region="us-iso-east-1"),
        Allowed(
            {"instanceClass": "db.t3.micro", "engine": "mysql"},
            because="MySQL has it",
            type="aws:rds/instance:Instance",
        ),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look every class up in the region's list, for the engine where engines differ."""
        for wanted in asked(resource):
            classes = facts.catalogs.instances(wanted.service)
            verdict = classes.judge(wanted.name, region=resource.region, kind=wanted.kind)
            if verdict.state not in (State.ELSEWHERE, State.NOT_LISTED):
                continue
            is_offered = verdict.state is State.ELSEWHERE
            if is_offered and not classes.regions_of(wanted.name, wanted.kind):
                continue  # for other engines only, which is another rule's finding
            where = f"in {resource.region}" if resource.region else "anywhere"
            scope = verdict.evidence.scope or "for this project"
            nearest = verdict.nearest and wanted.spelled(verdict.nearest)
            yield Problem(
                f"`{wanted.written}` is not offered {where}" + (f" for {wanted.kind}" if wanted.kind else "")
                if is_offered
                else f"there is no instance class `{wanted.written}`",
                note=f"according to {verdict.evidence.source} ({scope})",
                help=f"use `{nearest}`" if nearest else "choose a class that the region offers",
                property_path=wanted.path,
                confidence=verdict.confidence,
                evidence=(verdict.evidence,),
            )
