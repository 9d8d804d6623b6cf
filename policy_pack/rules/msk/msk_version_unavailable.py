"""Rule: msk-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class MskVersionUnavailable(VersionRule):
    """A cluster asks for a version of Apache Kafka that MSK does not offer.

    ## Why this fails
    `pulumi preview` does not look; the deployment fails with `BadRequestException: Unsupported
    KafkaVersion`, after the network before it has been created.

    ## What to do instead
    Use the version that the message names. Since 3.7, versions end in `.x`: MSK chooses the patch.
    """

    name = "msk-version-unavailable"
    resource_types = ("aws:msk/cluster:Cluster",)
    service = "msk"
    command = "aws kafka list-kafka-versions"
    version_path = "kafkaVersion"
    url = "https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html"
    flagged = (
        Flagged({"kafkaVersion": "2.8.1"}, says="withdrawn kafka version `2.8.1`", at="kafkaVersion"),
        Flagged({"kafkaVersion": "3.6"}, says="kafka version `3.6` is not in AWS's list of 2026-10-26"),
    )
    allowed = (
        Allowed({"kafkaVersion": "3.9.x"}, because="MSK offers it"),
        Allowed({"kafkaVersion": "9.0.x"}, because="newer than the data"),
        Allowed({"kafkaVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({"clusterName": "events"}, because="another rule's matter"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The version; there is one engine."""
        version = resource.text("kafkaVersion")
        return None if version is None else ("kafka", version)
