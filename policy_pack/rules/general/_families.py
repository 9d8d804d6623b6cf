"""Parameter groups: which resources take them, and the family that a version of an engine needs."""

from __future__ import annotations

from collections.abc import Callable

from policy_pack.catalog.versions import EngineVersion
from policy_pack.rules.rule import View

_CACHE = ("parameterGroupName", "aws:elasticache/parameterGroup:ParameterGroup")
_DATABASE = "aws:rds/parameterGroup:ParameterGroup"

# By type: the property that names a group, and the type of the group.
LINKS = {
    "aws:docdb/cluster:Cluster": (
        "dbClusterParameterGroupName",
        "aws:docdb/clusterParameterGroup:ClusterParameterGroup",
    ),
    "aws:elasticache/cluster:Cluster": _CACHE,
    "aws:elasticache/replicationGroup:ReplicationGroup": _CACHE,
    "aws:memorydb/cluster:Cluster": (
        "parameterGroupName",
        "aws:memorydb/parameterGroup:ParameterGroup",
    ),
    "aws:neptune/cluster:Cluster": (
        "neptuneClusterParameterGroupName",
        "aws:neptune/clusterParameterGroup:ClusterParameterGroup",
    ),
    "aws:neptune/clusterInstance:ClusterInstance": (
        "neptuneParameterGroupName",
        "aws:neptune/parameterGroup:ParameterGroup",
    ),
    "aws:rds/cluster:Cluster": (
        "dbClusterParameterGroupName",
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
    ),
    "aws:rds/clusterInstance:ClusterInstance": ("dbParameterGroupName", _DATABASE),
    "aws:rds/instance:Instance": ("parameterGroupName", _DATABASE),
}
# The engines of RDS whose families are named by the engine and its major.
_PLAIN = ("aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "postgres")
# The families of caches, by engine and the beginning of a version.
_CACHES = {
    "elasticache memcached": {each: f"memcached{each}" for each in ("1.4", "1.5", "1.6")},
    "elasticache redis": {
        **{each: f"redis{each}" for each in ("2.6", "2.8", "3.2", "4.0", "5.0")},
        "6": "redis6.x",
        "7": "redis7",
    },
    "elasticache valkey": {"7": "valkey7", "8": "valkey8"},
    "memorydb redis": {"6": "memorydb_redis6", "7": "memorydb_redis7"},
    "memorydb valkey": {"7": "memorydb_valkey7"},
}
# Types that are of Redis unless they say otherwise.
_REDIS = ("aws:elasticache/replicationGroup:ReplicationGroup", "aws:memorydb/cluster:Cluster")


def family(database: View) -> str | None:
    """The family that a database or cache needs, None when its version does not say."""
    text = database.text("engineVersion")
    version = EngineVersion(text.removesuffix(".x")) if text else None
    if version is None or not version.is_well_formed:
        return None
    return _BY_SERVICE[database.type.split(":")[1].partition("/")[0]](database, version)


def _of_cache(database: View, version: EngineVersion) -> str | None:
    service = database.type.split(":")[1].partition("/")[0]
    named = database.type not in _REDIS or not database.absent("engine")
    engine = database.text("engine") if named else "redis"
    families = _CACHES.get(f"{service} {(engine or '').lower()}", {})
    found = (each for start, each in families.items() if EngineVersion(start).is_prefix_of(version))
    return next(found, None)


def _of_docdb(database: View, version: EngineVersion) -> str | None:
    return f"docdb{version.major('docdb')}" if len(version.components) > 1 else None


def _of_neptune(database: View, version: EngineVersion) -> str | None:
    """Up to 1.1 there is one family for all versions."""
    if version.components[0] != "1" or len(version.components) == 1:
        return None
    return "neptune1" if version < EngineVersion("1.2") else f"neptune{version.major('neptune')}"


def _of_rds(database: View, version: EngineVersion) -> str | None:
    engine = database.text("engine")
    if engine not in _PLAIN:
        return None
    major = version.major(engine)
    numbers = 1 if "postgres" in engine and version.components[0] != "9" else 2
    return f"{engine}{major}" if len(major.components) == numbers else None


_BY_SERVICE: dict[str, Callable[[View, EngineVersion], str | None]] = {
    "docdb": _of_docdb,
    "elasticache": _of_cache,
    "memorydb": _of_cache,
    "neptune": _of_neptune,
    "rds": _of_rds,
}
