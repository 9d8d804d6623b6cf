"""The catalogs of `rules_data/`, each read when it is first asked for. Reads nothing else."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from policy_pack.catalog.addon_versions import AddonVersions
    from policy_pack.catalog.availability import Availability, Zones
    from policy_pack.catalog.condition_keys import ConditionKeys
    from policy_pack.catalog.engine_versions import EngineVersions
    from policy_pack.catalog.fargate import FargateSizes
    from policy_pack.catalog.files import CatalogFile
    from policy_pack.catalog.iam import IamActions, ManagedPolicies
    from policy_pack.catalog.instance_classes import InstanceClasses
    from policy_pack.catalog.lambda_runtimes import LambdaRuntimes
    from policy_pack.catalog.life_cycles import LifeCycles
    from policy_pack.catalog.precedence import Outdated, Overlay
    from policy_pack.catalog.regions import Regions
    from policy_pack.catalog.reserved_names import ReservedNames
    from policy_pack.catalog.reserved_usernames import ReservedUsernames

_File = TypeVar("_File", bound="CatalogFile")

ROOT = Path(__file__).parents[2] / "rules_data"


class Catalogs:
    """All catalogs; an attribute that is never asked for costs nothing, not even the import of its reader.

    `refreshed` are directories that a refresh from AWS has written, the one that counts more last: of a
    region they hold as soon as they are newer than `root`, which is shipped. `overlay` stands above all.
    Every attribute raises `CatalogError` when its file is missing, cut off or wrongly shaped.
    """

    def __init__(
        self, root: Path | None = None, refreshed: Sequence[Path] = (), overlay: Overlay | None = None
    ) -> None:
        self.root = root or ROOT
        self.refreshed = tuple(refreshed)
        self.overlay = overlay
        self._used: dict[str, tuple[CatalogFile, datetime.date]] = {}
        self._actions: dict[str, IamActions] = {}
        self._instances: dict[str, InstanceClasses] = {}
        self._versions: dict[str, EngineVersions] = {}

    def versions(self, service: str) -> EngineVersions:
        """Versions of the engines of a service, such as `rds` (Aurora among them), `eks` or `opensearch`."""
        from policy_pack.catalog.engine_versions import EngineVersions, EngineVersionsFile, LiveVersionsFile

        if service not in self._versions:
            name = f"versions/{service}"
            file = self._read(name, EngineVersionsFile)
            found = EngineVersions(
                file, lambda region: self.regions.partition(region), self._refreshed(name, LiveVersionsFile)
            )
            self._versions[service] = found
        return self._versions[service]

    def instances(self, service: str) -> InstanceClasses:
        """Instance classes of a service, such as `ec2`, `rds` (Aurora among them) or `elasticache`."""
        from policy_pack.catalog.instance_classes import InstanceClasses, InstanceClassesFile

        if service not in self._instances:
            name = f"instances/{service}"
            file = self._read(name, InstanceClassesFile)
            answers = [self._overlaid(name, each) for each in self._refreshed(name, InstanceClassesFile)]
            self._instances[service] = InstanceClasses(file, answers)
        return self._instances[service]

    @cached_property
    def addon_versions(self) -> AddonVersions:
        """Versions of EKS add-ons, and the versions of Kubernetes that each runs on."""
        from policy_pack.catalog.addon_versions import AddonVersions, AddonVersionsFile

        name = "versions/eks_addons"
        return AddonVersions(self._read(name, AddonVersionsFile), self._refreshed(name, AddonVersionsFile))

    @cached_property
    def lambda_runtimes(self) -> LambdaRuntimes:
        """Runtimes of Lambda functions and the dates of their ends."""
        from policy_pack.catalog.lambda_runtimes import LambdaRuntimes, LambdaRuntimesFile

        return LambdaRuntimes(self._read("lambda_runtimes", LambdaRuntimesFile))

    @cached_property
    def reserved_usernames(self) -> ReservedUsernames:
        """Names that database engines refuse for the master user."""
        from policy_pack.catalog.reserved_usernames import (
            ReservedUsernames,
            ReservedUsernamesFile,
            SqlReservedWordsFile,
        )

        return ReservedUsernames(
            self._read("reserved_usernames", ReservedUsernamesFile),
            self._read("sql_reserved_words", SqlReservedWordsFile),
        )

    @cached_property
    def reserved_names(self) -> ReservedNames:
        """Names that AWS keeps for itself."""
        from policy_pack.catalog.reserved_names import ReservedNames, ReservedNamesFile

        return ReservedNames(self._read("reserved_names", ReservedNamesFile))

    @cached_property
    def regions(self) -> Regions:
        """Partitions and regions of AWS."""
        from policy_pack.catalog.regions import Regions, RegionsFile

        return Regions(self._read("regions", RegionsFile))

    @cached_property
    def fargate_sizes(self) -> FargateSizes:
        """CPU and memory combinations of Fargate."""
        from policy_pack.catalog.fargate import FargateSizes, FargateSizesFile

        return FargateSizes(self._read("fargate_sizes", FargateSizesFile))

    @cached_property
    def availability(self) -> Availability:
        """Services and resource types by region."""
        from policy_pack.catalog.availability import Availability, ResourceTypesFile, ServicesFile

        return Availability(
            self._read("services", ServicesFile),
            lambda: self._read("resource_types", ResourceTypesFile),
        )

    @cached_property
    def zones(self) -> Zones:
        """Availability zones."""
        from policy_pack.catalog.availability import Zones, ZonesFile

        file = self._read("zones", ZonesFile)
        answers = [self._overlaid("zones", each) for each in self._refreshed("zones", ZonesFile)]
        return Zones(file, self.regions, answers)

    @cached_property
    def life_cycles(self) -> LifeCycles:
        """Services that are closed or closing."""
        from policy_pack.catalog.life_cycles import LifeCycles, LifeCyclesFile

        return LifeCycles(self._read("life_cycles", LifeCyclesFile))

    def iam_actions(self, prefix: str) -> IamActions | None:
        """The IAM actions with a prefix, such as `s3`; None if no service has it."""
        from policy_pack.catalog.iam import IamActions, IamActionsFile

        name = prefix.lower()
        if name not in self.iam_prefixes:
            return None
        if name not in self._actions:
            self._actions[name] = IamActions(self._read(f"iam_actions/{name}", IamActionsFile))
        return self._actions[name]

    @cached_property
    def iam_prefixes(self) -> frozenset[str]:
        """The prefixes of all IAM actions."""
        folder = self.root / "iam_actions"
        # A tenth of the time of `iterdir`, for hundreds of names.
        names = os.listdir(folder) if folder.is_dir() else ()  # noqa: PTH208
        return frozenset(name.removesuffix(".json") for name in names)

    @cached_property
    def condition_keys(self) -> ConditionKeys:
        """The keys that the conditions of IAM policies can name."""
        from policy_pack.catalog.condition_keys import (
            ConditionKeys,
            ConditionKeysFile,
            GlobalConditionKeysFile,
        )

        return ConditionKeys(
            self._read("iam_condition_keys", ConditionKeysFile),
            self._read("iam_global_condition_keys", GlobalConditionKeysFile),
        )

    @cached_property
    def managed_policies(self) -> ManagedPolicies:
        """IAM policies that AWS manages."""
        from policy_pack.catalog.iam import ManagedPolicies, ManagedPoliciesFile

        return ManagedPolicies(self._read("managed_policies", ManagedPoliciesFile))

    def oldest_used(self) -> str | None:
        """ISO date of the oldest catalog read so far, None before the first."""
        dates = [fetched for _, fetched in self._used.values()]
        return min(dates).isoformat() if dates else None

    def outdated(self, today: datetime.date) -> tuple[Outdated, ...]:
        """The catalogs read so far whose facts are older than they are good for."""
        from policy_pack.catalog.precedence import outdated

        found = (outdated(name, file, fetched, today) for name, (file, fetched) in sorted(self._used.items()))
        return tuple(each for each in found if each is not None)

    def _read(self, name: str, shape: type[_File]) -> _File:
        from policy_pack.catalog.files import read

        file = read(self.root / f"{name}.json", shape)
        self._used[name] = file, file.fetched
        return self._overlaid(name, file)

    def _overlaid(self, name: str, file: _File) -> _File:
        return self.overlay.over(name, file) if self.overlay else file

    def _refreshed(self, name: str, shape: type[_File]) -> list[_File]:
        """What refreshes have written of a catalog that has been read, as far as they have."""
        from policy_pack.catalog.files import read_refreshed

        found = (read_refreshed(root, name, shape) for root in self.refreshed)
        files = [file for file in found if file is not None]
        shipped, fetched = self._used[name]
        self._used[name] = shipped, max([fetched, *(each.fetched for each in files)])
        return files
