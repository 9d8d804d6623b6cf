"""Rule: listener-target-mismatch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.lb._tokens import LISTENERS, TARGET_GROUPS
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made

LISTENER, GROUP = LISTENERS[0], TARGET_GROUPS[0]
TO_GROUP = {"defaultActions": f"{GROUP}::group"}
APPLICATION = ("HTTP", "HTTPS")
TAKES: Mapping[str, tuple[str, ...]] = {
    "HTTP": APPLICATION,
    "HTTPS": APPLICATION,
    "TCP": ("TCP", "TCP_UDP"),
    "UDP": ("UDP", "TCP_UDP"),
    "TLS": ("TCP", "TLS"),
    "TCP_UDP": ("TCP_UDP",),
}


class ListenerTargetMismatch(PlanRule):
    """A listener forwards to a target group of a protocol that it cannot speak.

    ## Why this fails
    HTTP and HTTPS listeners belong to application load balancers and forward to HTTP and HTTPS groups only;
    TCP, UDP and TLS listeners belong to network load balancers. AWS refuses the listener, by when the load
    balancer has been waited for.

    ## What to do instead
    Give the target group a protocol of the same kind: `HTTP` behind `HTTPS` when the load balancer ends the
    encryption, `TCP` behind `TLS`.
    """

    name = "listener-target-mismatch"
    url = "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html"
    flagged = (
        Flagged(
            [made(LISTENER, "web", TO_GROUP, protocol="HTTP"), made(GROUP, "group", protocol="TCP")],
            says="`HTTP` listener forwards to `group`, a `TCP` target group",
            at="protocol",
        ),
        Flagged(
            [made(LISTENERS[1], "web", TO_GROUP, protocol="TLS"), made(GROUP, "group", protocol="HTTPS")],
            says="`HTTPS` target group",
        ),
        Flagged(
            [made(LISTENER, "web", TO_GROUP, protocol="TCP"), made(GROUP, "group", protocol="UDP")],
            says="`UDP` target group",
            severity=Severity.WARNING,
        ),
    )
    allowed = (
        Allowed(
            [made(LISTENER, "web", TO_GROUP, protocol="HTTPS"), made(GROUP, "group", protocol="HTTP")],
            "ends it",
        ),
        Allowed(
            [made(LISTENER, "web", TO_GROUP, protocol="TLS"), made(GROUP, "group", protocol="TCP")], "ends it"
        ),
        Allowed(
            [made(LISTENER, "web", TO_GROUP, protocol=UNKNOWN), made(GROUP, "group", protocol="TCP")],
            "unknown",
        ),
        Allowed(
            [made(LISTENER, "web", TO_GROUP), made(GROUP, "group", protocol="TCP")], "no protocol is given"
        ),
        Allowed(
            [made(LISTENER, "web", TO_GROUP, protocol="HTTP"), made(GROUP, "group", targetType="lambda")],
            "lambda",
        ),
        Allowed(
            [made(LISTENER, "web", protocol="HTTP"), made(GROUP, "group", protocol="TCP")], "not forwarded to"
        ),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Compare each listener with the groups that its default actions name."""
        for listener in plan.of_type(*LISTENERS):
            spoken = (listener.text("protocol") or "").upper()
            for group in plan.targets(listener, "defaultActions", *TARGET_GROUPS):
                protocol = (group.text("protocol") or "").upper()
                if spoken in TAKES and protocol in TAKES and protocol not in TAKES[spoken]:
                    yield _mismatch(listener, spoken, group, protocol)


def _mismatch(listener: View, spoken: str, group: View, protocol: str) -> Problem:
    is_certain = (spoken in APPLICATION) != (protocol in APPLICATION)
    choices = " or ".join(f"`{item}`" for item in TAKES[spoken])
    return Problem(
        f"the `{spoken}` listener forwards to `{group.name}`, a `{protocol}` target group",
        note=f"`{spoken}` listeners take target groups of {choices}",
        help=f"give `{group.name}` the protocol {choices}, or change the listener's",
        property_path="protocol",
        urn=listener.urn,
        severity=None if is_certain else Severity.WARNING,
        confidence=Confidence.CERTAIN if is_certain else Confidence.LIKELY,
    )
