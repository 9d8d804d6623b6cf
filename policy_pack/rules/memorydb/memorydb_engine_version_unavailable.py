"""Rule: memorydb-engine-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule

FACTS = {
    "versions/memorydb": {
        "redis 6.2": "withdrawn",
        "redis 7.1": "available",
        "valkey 7.2": "available",
    }
}


class MemorydbEngineVersionUnavailable(VersionRule):
    """A cluster asks for a version of Redis or Valkey that MemoryDB does not offer.

    ## Why this fails
    MemoryDB has some versions of its engines only, named by two numbers. `pulumi preview` does not look; the
    deployment fails with `InvalidParameterValueException`, after the network before it has been created.

    ## What to do instead
    Use the version that the message names. No package lists these versions: until `preflight refresh
    versions/memorydb` has asked AWS, nothing is evaluated.
    """

    name = "memorydb-engine-version-unavailable"
    resource_types = ("aws:memorydb/cluster:Cluster",)
    service = "memorydb"
    command = "aws memorydb describe-engine-versions"
    url = "https://docs.aws.amazon.com/memorydb/latest/devguide/engine-versions.html"
    flagged = (
        Flagged(
            {"engine": "redis", "engineVersion": "6.2"},
            says="withdrawn redis version `6.2`",
            at="engineVersion",
            facts=FACTS,
        ),
        Flagged({"engineVersion": "6.2"}, says="redis version `6.2`", facts=FACTS),
    )
    allowed = (
        Allowed({"engine": "valkey", "engineVersion": "7.2"}, because="offered", facts=FACTS),
        Allowed({"engine": "valkey", "engineVersion": "9.0"}, because="newer", facts=FACTS),
        Allowed({"engineVersion": UNKNOWN}, because="decided at deployment", facts=FACTS),
        Allowed({"engine": "redis", "engineVersion": "6.2"}, because="AWS has not been asked"),
        Allowed({"engine": "redis"}, because="AWS takes its default version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The engine, which is Redis unless it is said, and the version."""
        engine = "redis" if resource.absent("engine") else resource.text("engine")
        version = resource.text("engineVersion")
        return (engine.lower(), version) if engine and version else None
