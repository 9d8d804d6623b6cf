"""Rule: engine-version-downgrade."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View
from policy_pack.rules.version_change import KINDS, change

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
INSTANCE = "aws:rds/instance:Instance"
SEARCH = "aws:opensearch/domain:Domain"
NEWER = {"engine": "postgres", "engineVersion": "16.6"}


class EngineVersionDowngrade(ResourceRule):
    """The version of a deployed resource would fall, which no service does in place.

    ## Why this fails
    AWS raises the versions of databases and clusters, and never lowers one: the deployment fails with
    `InvalidParameterCombination: Cannot upgrade postgres from 16.6 to 16.3` or its like. A cache, a search
    domain or a Kafka cluster is replaced by the provider instead: an empty one is made, and the old one is
    deleted with its data. Where AWS upgrades by itself, a deployed version may be above the program's.

    ## What to do instead
    Ask for the version that is deployed, or a newer one. To go back, restore a snapshot of before the
    upgrade as another resource. This rule needs `preflight check --state FILE`.
    """

    name = "engine-version-downgrade"
    resource_types = tuple(KINDS)
    url = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html"
    flagged = (
        Flagged(
            {"engine": "postgres", "engineVersion": "16.3"},
            says="from postgres `16.6` to `16.3`",
            at="engineVersion",
            type=INSTANCE,
            deployed=NEWER,
        ),
        Flagged({"engine": "postgres", "engineVersion": "15"}, "to `15`", type=INSTANCE, deployed=NEWER),
        Flagged({"version": "1.32"}, "`1.32`", type="aws:eks/cluster:Cluster", deployed={"version": "1.33"}),
        Flagged(
            {"engineVersion": "6.2"},
            says="from redis `7.1` to `6.2`",
            severity=Severity.WARNING,
            type=CACHE,
            deployed={"engine": "redis", "engineVersion": "7.1"},
        ),
        Flagged(
            {"engineVersion": "Elasticsearch_7.10"},
            says="from `OpenSearch_1.3` to",
            severity=Severity.WARNING,
            type=SEARCH,
            deployed={"engineVersion": "OpenSearch_1.3"},
        ),
    )
    allowed = (
        Allowed({**NEWER, "engineVersion": "16.8"}, "it rises", INSTANCE, deployed=NEWER),
        Allowed({**NEWER, "engineVersion": "16"}, "means any 16, as deployed", INSTANCE, deployed=NEWER),
        Allowed({**NEWER, "engineVersion": UNKNOWN}, "decided at deployment", INSTANCE, deployed=NEWER),
        Allowed({"engine": "postgres"}, "the version is left as it is", INSTANCE, deployed=NEWER),
        Allowed({"engine": "mysql", "engineVersion": "8.0"}, "another database", INSTANCE, deployed=NEWER),
        Allowed(
            {**NEWER, "engineVersion": "16.3", "identifier": "b"},
            because="another database is made",
            type=INSTANCE,
            deployed={**NEWER, "identifier": "a"},
        ),
        Allowed({"engine": "postgres", "engineVersion": "16.3"}, "no state is given", INSTANCE),
        Allowed(
            {"engineVersion": "OpenSearch_1.3"},
            because="OpenSearch follows Elasticsearch",
            type=SEARCH,
            deployed={"engineVersion": "Elasticsearch_7.10"},
        ),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Compare the version with the deployed one."""
        found = change(resource, facts)
        if found is None or not found.is_downgrade:
            return
        engine = "" if found.before.lower().startswith(found.engine) else f"{found.engine} "
        replaces = found.kind.replaces
        yield Problem(
            f"the version falls from {engine}`{found.before}` to `{found.after}`",
            note="the provider replaces the resource: an empty one is made, the old one deleted with its data"
            if replaces
            else "AWS lowers no version: changing it fails",
            help=f"ask for `{found.before}`, which is deployed, or a newer version",
            property_path=found.kind.path,
            severity=Severity.WARNING if replaces else Severity.ERROR,
            confidence=found.confidence,
        )
