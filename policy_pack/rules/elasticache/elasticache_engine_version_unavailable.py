"""Rule: elasticache-engine-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class ElasticacheEngineVersionUnavailable(VersionRule):
    """A cache asks for an engine version that ElastiCache does not offer.

    ## Why this fails
    `pulumi preview` does not look; the deployment fails with `InvalidParameterValue: Cannot find version …
    for …`. Redis and Valkey have versions of two numbers since Redis 6, Memcached of three.

    ## What to do instead
    Use the version that the message names. `6.x` stands for the newest version of Redis 6.
    """

    name = "elasticache-engine-version-unavailable"
    resource_types = ("aws:elasticache/replicationGroup:ReplicationGroup", "aws:elasticache/cluster:Cluster")
    service = "elasticache"
    command = "aws elasticache describe-cache-engine-versions"
    url = "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheEngineVersions.html"
    flagged = (
        Flagged(
            {"engine": "redis", "engineVersion": "6.1"},
            says="redis version `6.1` is not in AWS's list of 2026-10-20",
            at="engineVersion",
        ),
        Flagged(
            {"engine": "memcached", "engineVersion": "1.6"},
            says="memcached version `1.6` is not",
            type="aws:elasticache/cluster:Cluster",
        ),
    )
    allowed = (
        Allowed({"engine": "valkey", "engineVersion": "8.0"}, because="ElastiCache offers it"),
        Allowed({"engine": "redis", "engineVersion": "6.x"}, because="the newest of Redis 6"),
        Allowed({"engineVersion": "7.1"}, because="a replication group is of Redis unless it says otherwise"),
        Allowed({"engine": "redis", "engineVersion": "7.9"}, because="newer than the data"),
        Allowed({"engine": "redis", "engineVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({"engine": "redis"}, because="AWS takes its default version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The engine and version; a cluster without an engine may be a replica, whose engine is another's."""
        engine, version = resource.text("engine"), resource.text("engineVersion")
        if engine is None and resource.type == self.resource_types[0] and resource.absent("engine"):
            engine = "redis"
        if engine is None or version is None:
            return None
        return engine.lower(), version.removesuffix(".x")
