"""Which catalogs there are, and the form of each. Imports a reader only when its form is asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policy_pack.catalog.files import CatalogFile

# By name, or by the directory of those that are alike.
_FORMS = {
    "fargate_sizes": ("fargate", "FargateSizesFile"),
    "iam_actions": ("iam", "IamActionsFile"),
    "iam_condition_keys": ("condition_keys", "ConditionKeysFile"),
    "iam_global_condition_keys": ("condition_keys", "GlobalConditionKeysFile"),
    "instances": ("instance_classes", "InstanceClassesFile"),
    "lambda_runtimes": ("lambda_runtimes", "LambdaRuntimesFile"),
    "life_cycles": ("life_cycles", "LifeCyclesFile"),
    "managed_policies": ("iam", "ManagedPoliciesFile"),
    "regions": ("regions", "RegionsFile"),
    "reserved_names": ("reserved_names", "ReservedNamesFile"),
    "reserved_usernames": ("reserved_usernames", "ReservedUsernamesFile"),
    "resource_types": ("availability", "ResourceTypesFile"),
    "services": ("availability", "ServicesFile"),
    "sql_reserved_words": ("reserved_usernames", "SqlReservedWordsFile"),
    "versions/eks_addons": ("addon_versions", "AddonVersionsFile"),
    "versions": ("engine_versions", "EngineVersionsFile"),
    "zones": ("availability", "ZonesFile"),
}


def names(root: Path) -> tuple[str, ...]:
    """The catalogs below a directory, such as `versions/rds`."""
    return tuple(sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.json")))


def form(name: str) -> type[CatalogFile]:
    """The form of a catalog's file. Raises KeyError when no catalog can have this name."""
    module, form = _FORMS.get(name) or _FORMS[name.partition("/")[0]]
    found: type[CatalogFile] = getattr(import_module(f"policy_pack.catalog.{module}"), form)
    return found
