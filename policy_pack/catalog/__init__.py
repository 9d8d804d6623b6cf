"""Dated facts about AWS: typed readers of `rules_data/`, and version arithmetic. Never asks AWS."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policy_pack.catalog.addon_versions import AddonVersions
    from policy_pack.catalog.availability import Availability, Zones
    from policy_pack.catalog.engine_versions import EngineVersions, State, Verdict
    from policy_pack.catalog.errors import CatalogError
    from policy_pack.catalog.facts import Facts
    from policy_pack.catalog.fargate import FargateSizes
    from policy_pack.catalog.iam import IamActions, ManagedPolicies
    from policy_pack.catalog.instance_classes import InstanceClasses
    from policy_pack.catalog.lambda_runtimes import LambdaRuntimes, RuntimeState, RuntimeVerdict
    from policy_pack.catalog.life_cycles import LifeCycle, LifeCycles
    from policy_pack.catalog.precedence import Change, Outdated, Overlay
    from policy_pack.catalog.regions import Partition, Regions
    from policy_pack.catalog.reserved_names import ReservedName, ReservedNames
    from policy_pack.catalog.reserved_usernames import Reserved, ReservedUsernames
    from policy_pack.catalog.store import Catalogs
    from policy_pack.catalog.versions import EngineVersion

__all__ = [
    "AddonVersions",
    "Availability",
    "CatalogError",
    "Catalogs",
    "Change",
    "EngineVersion",
    "EngineVersions",
    "Facts",
    "FargateSizes",
    "IamActions",
    "InstanceClasses",
    "LambdaRuntimes",
    "LifeCycle",
    "LifeCycles",
    "ManagedPolicies",
    "Outdated",
    "Overlay",
    "Partition",
    "Regions",
    "Reserved",
    "ReservedName",
    "ReservedNames",
    "ReservedUsernames",
    "RuntimeState",
    "RuntimeVerdict",
    "State",
    "Verdict",
    "Zones",
]

# A rule that only names `Facts` must not pay for every catalog's reader.
_MODULES = {
    "AddonVersions": "addon_versions",
    "Availability": "availability",
    "CatalogError": "errors",
    "Catalogs": "store",
    "Change": "precedence",
    "EngineVersion": "versions",
    "EngineVersions": "engine_versions",
    "Facts": "facts",
    "FargateSizes": "fargate",
    "IamActions": "iam",
    "InstanceClasses": "instance_classes",
    "LambdaRuntimes": "lambda_runtimes",
    "LifeCycle": "life_cycles",
    "LifeCycles": "life_cycles",
    "ManagedPolicies": "iam",
    "Outdated": "precedence",
    "Overlay": "precedence",
    "Partition": "regions",
    "Regions": "regions",
    "Reserved": "reserved_usernames",
    "ReservedName": "reserved_names",
    "ReservedNames": "reserved_names",
    "ReservedUsernames": "reserved_usernames",
    "RuntimeState": "lambda_runtimes",
    "RuntimeVerdict": "lambda_runtimes",
    "State": "engine_versions",
    "Verdict": "engine_versions",
    "Zones": "availability",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
