"""Rule: opensearch-engine-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class OpensearchEngineVersionUnavailable(VersionRule):
    """A search domain asks for an engine version that the service does not offer.

    ## Why this fails
    `pulumi preview` does not look; the deployment fails with `ValidationException: Invalid Engine Version`.
    Only some versions of OpenSearch and of Elasticsearch are offered, and none by its major alone.

    ## What to do instead
    Use the version that the message names.
    """

    name = "opensearch-engine-version-unavailable"
    resource_types = ("aws:opensearch/domain:Domain",)
    service = "opensearch"
    command = "aws opensearch list-versions"
    url = "https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_ListVersions.html"
    flagged = (
        Flagged(
            {"engineVersion": "OpenSearch_2.12"},
            says="opensearch version `2.12` is not in AWS's list of 2026-10-26",
            at="engineVersion",
        ),
        Flagged({"engineVersion": "OpenSearch_2.10"}, says="withdrawn opensearch version `2.10`"),
        Flagged({"engineVersion": "Elasticsearch_7.5"}, says="elasticsearch version `7.5`"),
    )
    allowed = (
        Allowed({"engineVersion": "OpenSearch_2.19"}, because="it is offered"),
        Allowed({"engineVersion": "Elasticsearch_7.10"}, because="it is offered still"),
        Allowed({"engineVersion": "OpenSearch_9.9"}, because="newer than the data"),
        Allowed({"engineVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="AWS takes its newest version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The parts of `OpenSearch_2.19`."""
        engine, found, version = (resource.text("engineVersion") or "").partition("_")
        return (engine.lower(), version) if found else None

    def spelled(self, engine: str, version: str) -> str:
        """With the engine before it."""
        return f"{'OpenSearch' if engine == 'opensearch' else 'Elasticsearch'}_{version}"
