"""Rule: reserved-name."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

# The property that holds the name; the catalog tells which names are taken.
_PATHS = {"aws:xray/group:Group": "groupName"}


class ReservedName(ResourceRule):
    """A resource is given a name that AWS keeps for itself.

    ## Why this fails
    Some services keep a name, or all that begin in a certain way, for what they make themselves. `pulumi
    preview` does not know them; the deployment fails with `ValidationException` or `InvalidParameterValue`.

    ## What to do instead
    Choose a name that begins otherwise, such as with the name of the project.
    """

    name = "reserved-name"
    resource_types = (
        "aws:kms/alias:Alias",
        "aws:cloudwatch/eventBus:EventBus",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:docdb/subnetGroup:SubnetGroup",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ecs/capacityProvider:CapacityProvider",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:neptune/subnetGroup:SubnetGroup",
        "aws:rds/subnetGroup:SubnetGroup",
        "aws:redshift/subnetGroup:SubnetGroup",
        "aws:ssm/document:Document",
        "aws:ssm/parameter:Parameter",
        "aws:xray/group:Group",
    )
    flagged = (
        Flagged({"name": "alias/aws/orders"}, says="`alias/aws/orders` begins with `alias/aws/`", at="name"),
        Flagged({"name": "sg-web"}, says="`sg-`", type="aws:ec2/securityGroup:SecurityGroup"),
        Flagged({"name": "Default"}, says="AWS keeps `default`", type="aws:rds/subnetGroup:SubnetGroup"),
    )
    allowed = (
        Allowed({"name": "alias/orders"}, because="it begins otherwise"),
        Allowed({"name": "/aws/lambda/x"}, because="not `aws/`", type="aws:cloudwatch/logGroup:LogGroup"),
        Allowed({"name": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="Pulumi makes a name of its own"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look the name up among those of its type."""
        path = _PATHS.get(resource.type, "name")
        name = resource.text(path)
        found = facts.catalogs.reserved_names.judge(resource.type, path, name) if name else None
        if found is None:
            return
        yield Problem(
            f"the name `{name}` begins with `{found.reserved}`, which AWS keeps for itself"
            if found.is_prefix
            else f"AWS keeps `{found.reserved}` for itself",
            note=f"reserved for {found.reserved_for}, according to {found.evidence.source}",
            help="choose a name that begins otherwise" if found.is_prefix else "choose another name",
            property_path=path,
            severity=Severity.ERROR,
            confidence=Confidence.CERTAIN,
            evidence=(found.evidence,),
        )
