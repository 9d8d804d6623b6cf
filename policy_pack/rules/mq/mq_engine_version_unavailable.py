"""Rule: mq-engine-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule

FACTS = {
    "versions/mq": {
        "activemq 5.17.6": "available",
        "activemq 5.18": "available",
        "rabbitmq 3.12.13": "withdrawn",
        "rabbitmq 3.13": "available",
    }
}


class MqEngineVersionUnavailable(VersionRule):
    """A broker asks for a version of ActiveMQ or RabbitMQ that Amazon MQ does not offer.

    ## Why this fails
    Amazon MQ retires versions a year or two after they came. `pulumi preview` does not look; the deployment
    fails with `BadRequestException: Broker engine version … is invalid`.

    ## What to do instead
    Use the version that the message names; of newer engines it has two numbers, and Amazon MQ chooses the
    patch. No package lists these versions: until `preflight refresh versions/mq` has asked AWS, nothing is
    evaluated.
    """

    name = "mq-engine-version-unavailable"
    resource_types = ("aws:mq/broker:Broker",)
    service = "mq"
    command = "aws mq describe-broker-engine-types"
    url = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-version-management.html"
    flagged = (
        Flagged(
            {"engineType": "RabbitMQ", "engineVersion": "3.12.13"},
            says="withdrawn rabbitmq version `3.12.13`",
            at="engineVersion",
            facts=FACTS,
        ),
    )
    allowed = (
        Allowed({"engineType": "RabbitMQ", "engineVersion": "3.13"}, because="offered", facts=FACTS),
        Allowed({"engineType": "ActiveMQ", "engineVersion": "5.17"}, because="of 5.17.6", facts=FACTS),
        Allowed({"engineType": "ActiveMQ", "engineVersion": "5.19"}, because="newer", facts=FACTS),
        Allowed(
            {"engineType": "RabbitMQ", "engineVersion": UNKNOWN}, because="decided at deployment", facts=FACTS
        ),
        Allowed({"engineType": "RabbitMQ", "engineVersion": "3.12.13"}, because="AWS has not been asked"),
        Allowed({"engineType": "RabbitMQ"}, because="AWS takes its newest version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The engine in lower case, and the version."""
        engine, version = resource.text("engineType"), resource.text("engineVersion")
        return (engine.lower(), version) if engine and version else None
