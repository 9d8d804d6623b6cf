"""Rule: duplicate-urn."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Confidence, Problem, Resource, Severity
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, made

BUCKET = "aws:s3/bucket:Bucket"


class DuplicateUrn(PlanRule):
    """Two resources of one type and parent have the same name.

    ## Why this fails
    Pulumi tells resources apart by their URN, which is made of stack, project, types and name. The second
    registration ends the deployment: `Duplicate resource URN … try giving it a unique name`.

    ## What to do instead
    Put what differs into the name, such as the zone or the index of a loop: `f"subnet-{zone}"`. Inside a
    component, pass `opts=pulumi.ResourceOptions(parent=self)`, so that two instances do not collide.
    """

    name = "duplicate-urn"
    url = "https://www.pulumi.com/docs/iac/concepts/resources/names/"
    flagged = (
        Flagged([made(BUCKET, "logs"), made(BUCKET, "logs")], says="2 resources of type"),
        Flagged(
            [made(BUCKET, "logs")] * 3, says="3 resources of type `aws:s3/bucket:Bucket` are named `logs`"
        ),
    )
    allowed = (
        Allowed([made(BUCKET, "logs"), made(BUCKET, "reports")], because="the names differ"),
        Allowed([made(BUCKET, "logs"), made("aws:sqs/queue:Queue", "logs")], because="the types differ"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Count the resources of every URN."""
        groups: dict[str, list[Resource]] = {}
        for resource in plan.resources():
            groups.setdefault(resource.urn, []).append(resource.resource)
        for urn, members in groups.items():
            if len(members) > 1:
                first = members[0].span()
                is_certain = not any(member.in_callback for member in members)
                yield Problem(
                    f"{len(members)} resources of type `{members[0].type}` are named `{members[0].name}`",
                    note="Pulumi refuses the second"
                    + (f"; the first is made at {first.path}:{first.line}" if first else ""),
                    help="give each a name of its own, or different parents",
                    urn=urn,
                    span=members[1].span(),
                    severity=None if is_certain else Severity.WARNING,
                    confidence=Confidence.CERTAIN if is_certain else Confidence.LIKELY,
                )
