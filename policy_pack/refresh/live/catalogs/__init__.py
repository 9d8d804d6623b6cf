"""One module a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policy_pack.refresh.live.asking import LiveCatalog
from policy_pack.refresh.live.catalogs import (
    account_regions,
    docdb_versions,
    ec2_instances,
    eks_addon_versions,
    eks_versions,
    elasticache_versions,
    emr_versions,
    memorydb_versions,
    mq_instances,
    mq_versions,
    msk_versions,
    neptune_versions,
    opensearch_versions,
    rds_versions,
    redshift_instances,
    synthetics_versions,
    zones,
)

_MODULES = (
    account_regions,
    docdb_versions,
    ec2_instances,
    eks_addon_versions,
    eks_versions,
    elasticache_versions,
    emr_versions,
    memorydb_versions,
    mq_instances,
    mq_versions,
    msk_versions,
    neptune_versions,
    opensearch_versions,
    rds_versions,
    redshift_instances,
    synthetics_versions,
    zones,
)

CATALOGS: Mapping[str, LiveCatalog[Any]] = {module.CATALOG.name: module.CATALOG for module in _MODULES}
