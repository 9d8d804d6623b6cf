"""The catalogs of `rules_data/`, each read when it is first asked for. Reads nothing else."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import datetime

    from policy_pack.catalog.availability import Availability, Zones
    from policy_pack.catalog.engine_versions import EngineVersions
    from policy_pack.catalog.fargate import FargateSizes
    from policy_pack.catalog.files import CatalogFile
    from policy_pack.catalog.instance_classes import InstanceClasses
    from policy_pack.catalog.lambda_runtimes import LambdaRuntimes
    from policy_pack.catalog.life_cycles import LifeCycles
    from policy_pack.catalog.regions import Regions
    from policy_pack.catalog.reserved_usernames import ReservedUsernames

_File = TypeVar("_File", bound="CatalogFile")

ROOT = Path(__file__).parents[2] / "rules_data"


class Catalogs:
    """All catalogs; an attribute that is never asked for costs nothing, not even the import of its reader.

    Every attribute raises `CatalogError` when its file is missing, cut off or wrongly shaped.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or ROOT
        self._dates: list[datetime.date] = []
        self._instances: dict[str, InstanceClasses] = {}
        self._versions: dict[str, EngineVersions] = {}

    def versions(self, service: str) -> EngineVersions:
        """Versions of the engines of a service, such as `rds` (Aurora among them), `eks` or `opensearch`."""
        from policy_pack.catalog.engine_versions import EngineVersions, EngineVersionsFile

        if service not in self._versions:
            file = self._read(f"versions/{service}", EngineVersionsFile)
            self._versions[service] = EngineVersions(file, lambda region: self.regions.partition(region))
        return self._versions[service]

    def instances(self, service: str) -> InstanceClasses:
        """Instance classes of a service, such as `ec2`, `rds` (Aurora among them) or `elasticache`."""
        from policy_pack.catalog.instance_classes import InstanceClasses, InstanceClassesFile

        if service not in self._instances:
            file = self._read(f"instances/{service}", InstanceClassesFile)
            self._instances[service] = InstanceClasses(file)
        return self._instances[service]

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
    def regions(self) -> Regions:
        """Partitions and regions of AWS."""
        from policy_pack.catalog.regions import Regions, RegionsFile

        return Regions(self._read("regions", RegionsFile).records)

    @cached_property
    def fargate_sizes(self) -> FargateSizes:
        """CPU and memory combinations of Fargate."""
        from policy_pack.catalog.fargate import FargateSizes, FargateSizesFile

        return FargateSizes(self._read("fargate_sizes", FargateSizesFile).records)

    @cached_property
    def availability(self) -> Availability:
        """Services and resource types by region."""
        from policy_pack.catalog.availability import Availability, ResourceTypesFile, ServicesFile

        return Availability(
            self._read("services", ServicesFile), self._read("resource_types", ResourceTypesFile)
        )

    @cached_property
    def zones(self) -> Zones:
        """Availability zones."""
        from policy_pack.catalog.availability import Zones, ZonesFile

        return Zones(self._read("zones", ZonesFile), self.regions)

    @cached_property
    def life_cycles(self) -> LifeCycles:
        """Services that are closed or closing."""
        from policy_pack.catalog.life_cycles import LifeCycles, LifeCyclesFile

        return LifeCycles(self._read("life_cycles", LifeCyclesFile))

    def oldest_used(self) -> str | None:
        """ISO date of the oldest catalog read so far, None before the first."""
        return min(self._dates).isoformat() if self._dates else None

    def _read(self, name: str, shape: type[_File]) -> _File:
        from policy_pack.catalog.files import read

        file = read(self._root / f"{name}.json", shape)
        self._dates.append(file.fetched)
        return file
