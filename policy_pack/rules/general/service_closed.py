"""Rule: service-closed."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.catalog.life_cycles import LifeCycle
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import ANY_TYPE, Allowed, Flagged, ResourceRule, View

_SAYS = {
    "shutdown": "AWS has shut down the service of {type}",
    "sunset": "AWS is closing the service of {type}",
    "maintenance": "AWS takes no new customers for {type}, or no longer develops it",
}
_SEVERITIES = {"shutdown": Severity.ERROR, "sunset": Severity.WARNING, "maintenance": Severity.NOTE}


class ServiceClosed(ResourceRule):
    """A resource belongs to a service that AWS has closed, is closing, or no longer develops.

    ## Why this fails
    The provider keeps the types of closed services for years. `pulumi preview` accepts them; the deployment
    finds no endpoint, or is refused because the account was no customer before.

    ## What to do instead
    Move to the service that AWS names as the successor in its announcement.
    """

    name = "service-closed"
    resource_types = (ANY_TYPE,)
    url = "https://docs.aws.amazon.com/general/latest/gr/full_shutdown_services.html"
    flagged = (
        Flagged(
            {"name": "books"},
            says="has shut down the service of `aws:qldb/ledger:Ledger`",
            type="aws:qldb/ledger:Ledger",
        ),
        Flagged(
            {},
            says="is closing the service of `aws:appmesh/mesh:Mesh`",
            type="aws:appmesh/mesh:Mesh",
            severity=Severity.WARNING,
        ),
        Flagged(
            {},
            says="no new customers",
            type="aws:cloud9/environmentEC2:EnvironmentEC2",
            severity=Severity.NOTE,
        ),
    )
    allowed = (
        Allowed({"name": "books"}, because="its service is open", type="aws:s3/bucket:Bucket"),
        Allowed({"name": UNKNOWN}, because="its service is open", type="aws:autoscaling/group:Group"),
        Allowed({}, because="not of AWS", type="qldb:index:Thing"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look the type up; certain when AWS's own SDK has dropped the service too."""
        found = facts.catalogs.life_cycles.of(resource.type) if resource.type.startswith("aws:") else None
        if found is None:
            return
        evidence = facts.catalogs.life_cycles.evidence(resource.type)
        gone = found.status == "shutdown" and not found.in_api
        yield Problem(
            _SAYS[found.status].format(type=f"`{resource.type}`"),
            note=_since(found, evidence.source),
            help="plan the move to its successor, and take the resource out of the program",
            severity=_SEVERITIES[found.status],
            confidence=Confidence.CERTAIN if gone else Confidence.LIKELY,
            evidence=(evidence,),
        )


def _since(found: LifeCycle, source: str) -> str:
    dated = f"the day that AWS has announced is {found.date}; " if found.date else ""
    return f"{dated}according to {source}"
