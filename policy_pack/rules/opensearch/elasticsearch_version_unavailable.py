"""Rule: elasticsearch-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class ElasticsearchVersionUnavailable(VersionRule):
    """A domain asks for a version of Elasticsearch that the service does not offer.

    ## Why this fails
    Only some versions of Elasticsearch up to 7.10 are offered, and none by its major alone. `pulumi preview`
    does not look; the deployment fails with `ValidationException: Invalid Engine Version`.

    ## What to do instead
    Use the version that the message names, or `aws.opensearch.Domain` with a version of OpenSearch.
    """

    name = "elasticsearch-version-unavailable"
    resource_types = ("aws:elasticsearch/domain:Domain",)
    service = "opensearch"
    command = "aws es list-elasticsearch-versions"
    version_path = "elasticsearchVersion"
    url = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html"
    flagged = (
        Flagged(
            {"elasticsearchVersion": "7.5"},
            says="elasticsearch version `7.5` is not in AWS's list of 2026-10-26",
            at="elasticsearchVersion",
        ),
        Flagged({"elasticsearchVersion": "7"}, says="elasticsearch version `7`"),
    )
    allowed = (
        Allowed({"elasticsearchVersion": "7.10"}, because="it is offered still"),
        Allowed({"elasticsearchVersion": "OpenSearch_1.0"}, because="not of the form that is compared"),
        Allowed({"elasticsearchVersion": "7.99"}, because="newer than the data"),
        Allowed({"elasticsearchVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="the service takes its default version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The version; there is one engine."""
        version = resource.text("elasticsearchVersion")
        return ("elasticsearch", version) if version and version[0].isdigit() else None
