"""Every catalog that is built: its name on the command line, and the files that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from policy_pack.refresh import (
    emr_releases,
    fargate_sizes,
    iam_actions,
    iam_condition_keys,
    instance_classes,
    lambda_runtimes,
    life_cycles,
    managed_policies,
    rds_engine_versions,
    regions,
    resource_types,
    service_versions,
    services,
    sql_reserved_words,
    zones,
)
from policy_pack.refresh.writing import Document

Builder = Callable[[], Mapping[str, Document]]


def _one(file: str, make: Callable[[], Document]) -> Builder:
    return lambda: {file: make()}


def _live_only(name: str, title: str) -> Builder:
    return _one(f"versions/{name}", lambda: service_versions.live_only(name, title))


BUILDERS: Mapping[str, Builder] = {
    "fargate-sizes": _one("fargate_sizes", lambda: fargate_sizes.shape(fargate_sizes.fetch())),
    "iam-actions": lambda: iam_actions.shape(iam_actions.fetch()),
    "iam-condition-keys": _one(
        "iam_condition_keys", lambda: iam_condition_keys.shape(iam_condition_keys.fetch())
    ),
    **{f"instances/{it.name}": _one(f"instances/{it.name}", it.build) for it in instance_classes.SERVICES},
    "lambda-runtimes": _one("lambda_runtimes", lambda: lambda_runtimes.shape(lambda_runtimes.fetch())),
    "life-cycles": _one("life_cycles", lambda: life_cycles.shape(life_cycles.fetch())),
    "managed-policies": _one("managed_policies", lambda: managed_policies.shape(managed_policies.fetch())),
    "regions": _one("regions", lambda: regions.shape(regions.fetch())),
    "resource-types": _one("resource_types", lambda: resource_types.shape(resource_types.fetch())),
    "services": _one("services", lambda: services.shape(services.fetch())),
    "sql-reserved-words": _one(
        "sql_reserved_words", lambda: sql_reserved_words.shape(sql_reserved_words.fetch())
    ),
    "versions/emr": _one("versions/emr", lambda: emr_releases.shape(emr_releases.fetch())),
    "versions/rds": _one("versions/rds", lambda: rds_engine_versions.shape(rds_engine_versions.fetch())),
    **{f"versions/{it.name}": _one(f"versions/{it.name}", it.build) for it in service_versions.SERVICES},
    **{f"versions/{name}": _live_only(name, title) for name, title in service_versions.LIVE_ONLY.items()},
    "zones": _one("zones", lambda: zones.shape(zones.fetch())),
}
