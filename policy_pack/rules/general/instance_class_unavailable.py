"""Rule: instance-class-unavailable."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.engine_versions import State
from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

# By type: the service of the catalog, the property with the class, and the one that says what it is for.
_CLASSES = {
    "aws:ec2/instance:Instance": ("ec2", "instanceType", None),
    "aws:ec2/launchTemplate:LaunchTemplate": ("ec2", "instanceType", None),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("ec2", "instanceType", None),
    "aws:rds/instance:Instance": ("rds", "instanceClass", "engine"),
    "aws:rds/clusterInstance:ClusterInstance": ("rds", "instanceClass", "engine"),
    "aws:rds/cluster:Cluster": ("rds", "dbClusterInstanceClass", "engine"),
    "aws:docdb/clusterInstance:ClusterInstance": ("docdb", "instanceClass", None),
    "aws:neptune/clusterInstance:ClusterInstance": ("neptune", "instanceClass", None),
    "aws:elasticache/cluster:Cluster": ("elasticache", "nodeType", None),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("elasticache", "nodeType", None),
    "aws:opensearch/domain:Domain": ("opensearch", "clusterConfig.instanceType", None),
    "aws:redshift/cluster:Cluster": ("redshift", "nodeType", None),
    "aws:dax/cluster:Cluster": ("dax", "nodeType", None),
    "aws:mq/broker:Broker": ("mq", "hostInstanceType", None),
}


class InstanceClassUnavailable(ResourceRule):
    """A resource asks for an instance class that its region, or its engine, does not have.

    ## Why this fails
    Classes differ by region, and for databases by engine. `pulumi preview` does not look; the deployment
    fails with `InvalidParameterCombination` or `Unsupported`, often after minutes.

    ## What to do instead
    Use the class that the message names. New classes come every month: when AWS's own list has it, the
    catalog is only older than the class.
    """

    name = "instance-class-unavailable"
    severity = Severity.WARNING
    resource_types = tuple(_CLASSES)
    url = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html"
    flagged = (
        Flagged({"instanceType": "m5.lrge"}, says="there is no instance class `m5.lrge`", at="instanceType"),
        Flagged({"instanceType": "m5.large"}, says="not offered in ap-southeast-6", region="ap-southeast-6"),
        Flagged(
            {"instanceClass": "db.t3.micro", "engine": "aurora-postgresql"},
            says="`db.t3.micro` is not offered in eu-west-1 for aurora-postgresql",
            type="aws:rds/clusterInstance:ClusterInstance",
        ),
        Flagged(
            {"clusterConfig": {"instanceType": "m5.large"}},
            says="no instance class `m5.large`",
            at="clusterConfig.instanceType",
            type="aws:opensearch/domain:Domain",
        ),
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
        """Look the class up in the region's list, for the engine where engines differ."""
        service, path, engine_path = _CLASSES[resource.type]
        name, kind = resource.text(path), resource.text(engine_path) if engine_path else None
        if name is None:
            return
        verdict = facts.catalogs.instances(service).judge(name, region=resource.region, kind=kind)
        if verdict.state not in (State.ELSEWHERE, State.NOT_LISTED):
            return
        where = f"in {resource.region}" if resource.region else "anywhere"
        yield Problem(
            f"`{name}` is not offered {where}" + (f" for {kind}" if kind else "")
            if verdict.state is State.ELSEWHERE
            else f"there is no instance class `{name}`",
            note=f"according to {verdict.evidence.source} ({verdict.evidence.scope or 'for this project'})",
            help=f"use `{verdict.nearest}`" if verdict.nearest else "choose a class that the region offers",
            property_path=path,
            severity=Severity.WARNING,
            confidence=verdict.confidence,
            evidence=(verdict.evidence,),
        )
