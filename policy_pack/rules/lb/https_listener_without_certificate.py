"""Rule: https-listener-without-certificate."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Predicted, Problem
from policy_pack.rules.lb._tokens import LISTENERS
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

ENCRYPTED = ("HTTPS", "TLS")


class HttpsListenerWithoutCertificate(ResourceRule):
    """An HTTPS or TLS listener has no certificate.

    ## Why this fails
    AWS creates such a listener only with its default certificate: `A certificate must be specified for HTTPS
    listeners`. A `ListenerCertificate` adds further ones to a listener that exists already.

    ## What to do instead
    Pass `certificate_arn`, the ARN of a certificate in ACM in the same region.
    """

    name = "https-listener-without-certificate"
    resource_types = LISTENERS
    url = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html"
    flagged = (
        Flagged({"protocol": "HTTPS", "port": 443}, says="the `HTTPS` listener", at="protocol"),
        Flagged({"protocol": "TLS", "certificateArn": None}, says="the `TLS` listener"),
    )
    allowed = (
        Allowed({"protocol": "HTTPS", "certificateArn": "arn:aws:acm:…"}, because="there is one"),
        Allowed({"protocol": "HTTPS", "certificateArn": UNKNOWN}, because="decided at deployment"),
        Allowed({"protocol": "HTTPS", "certificateArn": Predicted("arn:…")}, because="made by the program"),
        Allowed({"protocol": "HTTP"}, because="nothing is encrypted"),
        Allowed({}, because="no protocol is given"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look for the certificate of an encrypted listener."""
        protocol = (resource.text("protocol") or "").upper()
        if protocol in ENCRYPTED and resource.absent("certificateArn"):
            yield Problem(
                f"the `{protocol}` listener has no certificate",
                note=f"AWS creates `{protocol}` listeners only with their default certificate",
                help="add `certificate_arn`, or use `HTTP` or `TCP`",
                property_path="protocol",
            )
