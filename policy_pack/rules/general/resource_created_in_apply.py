"""Rule: resource-created-in-apply."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from policy_pack.catalog.facts import Facts
from policy_pack.model import Frame, Plan, Problem, Resource, Severity
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, made

RECORD = "aws:route53/record:Record"


def planned(*names: str, parent: Resource | None = None, complete: bool = True) -> Plan:
    """A plan of records that one line makes inside a callback, the first of them the parent of the others."""
    records = [
        replace(made(RECORD, name), in_callback=True, frames=(Frame("dns.py", 7, "validate"),))
        for name in names
    ]
    nested = [records[0], *(replace(record, parent=records[0].urn) for record in records[1:])]
    return Plan("example", "dev", "/example", tuple(nested if parent else records), complete=complete)


class ResourceCreatedInApply(PlanRule):
    """A resource came into being while a callback of `apply` ran with predicted values.

    ## Why this fails
    `pulumi preview` does not run the callback while its values are unknown, so it does not show the resource:
    what nobody has seen is created, and policies see it only then.

    ## What to do instead
    Make the resource outside, and give it the output as an input. Where the number of resources depends on a
    value, take it from configuration, or from a look-up that is answered at once (`get_…` instead of
    `get_…_output`).
    """

    name = "resource-created-in-apply"
    severity = Severity.WARNING
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/"
    flagged = (
        Flagged(planned("a"), says="`a` (`aws:route53/record:Record`) is made inside an `apply`"),
        Flagged(planned("a", "b", "c"), says="`a` and 2 more resources are made inside an `apply`"),
        Flagged(planned("a", "b", parent=made(RECORD)), says="`a` (`aws:route53/record:Record`) is made"),
    )
    allowed = (
        Allowed(planned("a", complete=False), because="where the program ended early nobody can tell"),
        Allowed([made(RECORD, "a")], because="a preview shows it"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Report each line that makes resources only while values are predicted."""
        if not plan.plan.complete:
            return
        hidden = {resource.urn for resource in plan.plan.resources if resource.in_callback}
        places: dict[object, list[Resource]] = {}
        for resource in plan.plan.resources:
            if resource.in_callback and resource.parent not in hidden:
                places.setdefault(resource.span(), []).append(resource)
        for made_here in places.values():
            yield _problem(made_here)


def _problem(resources: list[Resource]) -> Problem:
    first, more = resources[0], len(resources) - 1
    what, them = f"`{first.name}` (`{first.type}`) is", "it"
    if more:
        what, them = f"`{first.name}` and {more} more resource{'s' if more > 1 else ''} are", "them"
    return Problem(
        f"{what} made inside an `apply`, so a preview does not show {them}",
        note="a callback runs once its values are known: in a preview often not at all",
        help=f"make {them} outside, with the output as an input",
        urn=first.urn,
        span=first.span(),
    )
