"""What the stack may be configured with; a wrong value is an error that names its key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

import pulumi

PROJECT = "fraud-detection"
ENVIRONMENTS = ("dev", "staging", "prod")

Tier = Literal["public", "application", "database"]
TIERS: tuple[Tier, ...] = ("public", "application", "database")

# MiB of memory that Fargate offers for each number of CPU units.
FARGATE_MEMORY = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}

# fmt: off
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)
# fmt: on


class SettingError(pulumi.RunError):  # type: ignore[misc]
    """A configuration value that the stack refuses; Pulumi shows it without a traceback."""


def _require(holds: bool, key: str, expectation: str, got: object) -> None:
    if not holds:
        raise SettingError(f"{PROJECT}:{key} must be {expectation}, got {got!r}")


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


@dataclass(frozen=True)
class NetworkSettings:
    """The VPC's address range, and how many zones and NAT gateways it has."""

    vpc_cidr: str
    az_count: int
    nat_gateways: int

    def __post_init__(self) -> None:
        _require(
            _is_vpc_cidr(self.vpc_cidr), "vpcCidr", "a private IPv4 range from /16 to /20", self.vpc_cidr
        )
        _require(self.az_count in (2, 3), "azCount", "2 or 3", self.az_count)
        _require(
            1 <= self.nat_gateways <= self.az_count,
            "natGateways",
            f"between 1 and azCount ({self.az_count})",
            self.nat_gateways,
        )

    def subnet_cidrs(self, tier: Tier) -> list[str]:
        """One range per zone: a tier is a quarter of the VPC, a subnet a quarter of its tier."""
        quarters = list(IPv4Network(self.vpc_cidr).subnets(prefixlen_diff=2))
        subnets = quarters[TIERS.index(tier)].subnets(prefixlen_diff=2)
        return [str(subnet) for subnet in subnets][: self.az_count]


def _is_vpc_cidr(cidr: str) -> bool:
    try:
        network = IPv4Network(cidr)
    except ValueError:
        return False
    return network.is_private and 16 <= network.prefixlen <= 20


@dataclass(frozen=True)
class ServiceSettings:
    """The image of the scoring service, the size of a task, and how many of them may run."""

    image_repository: str
    image_tag: str
    container_port: int
    cpu: int
    memory: int
    min_capacity: int
    max_capacity: int
    requests_per_target: int
    certificate_arn: str | None

    def __post_init__(self) -> None:
        _require(
            _matches(r"[a-z0-9]+([._/-][a-z0-9]+)*", self.image_repository),
            "imageRepository",
            "the name of an ECR repository",
            self.image_repository,
        )
        _require(_matches(r"\w[\w.-]{0,127}", self.image_tag), "imageTag", "an image tag", self.image_tag)
        _require(1 <= self.container_port <= 65535, "containerPort", "a port", self.container_port)
        _require(self.cpu in FARGATE_MEMORY, "cpu", f"one of {', '.join(map(str, FARGATE_MEMORY))}", self.cpu)
        allowed = FARGATE_MEMORY[self.cpu]
        _require(
            self.memory in allowed,
            "memory",
            f"what Fargate offers for {self.cpu} CPU units ({', '.join(map(str, allowed))})",
            self.memory,
        )
        self._check_scaling()

    def _check_scaling(self) -> None:
        _require(self.min_capacity >= 1, "minCapacity", "at least 1", self.min_capacity)
        _require(
            self.max_capacity >= self.min_capacity,
            "maxCapacity",
            f"at least minCapacity ({self.min_capacity})",
            self.max_capacity,
        )
        _require(self.requests_per_target >= 1, "requestsPerTarget", "at least 1", self.requests_per_target)


@dataclass(frozen=True)
class DatabaseSettings:
    """Version, size and backups of Aurora, and where the fraud rules are replicated to."""

    engine_version: str
    instance_class: str
    instances: int
    backup_retention_days: int
    replica_regions: list[str]

    def __post_init__(self) -> None:
        _require(
            _matches(r"\d+\.\d+", self.engine_version),
            "databaseVersion",
            "major.minor, like 15.19",
            self.engine_version,
        )
        _require(
            _matches(r"db\.[a-z0-9]+\.[a-z0-9]+", self.instance_class),
            "databaseInstanceClass",
            "an instance class, like db.r6g.large",
            self.instance_class,
        )
        _require(1 <= self.instances <= 16, "databaseInstances", "between 1 and 16", self.instances)
        days = self.backup_retention_days
        _require(1 <= days <= 35, "backupRetentionDays", "between 1 and 35", days)
        _require(
            _are_regions(self.replica_regions),
            "replicaRegions",
            "a list of distinct regions",
            self.replica_regions,
        )

    @property
    def parameter_family(self) -> str:
        """The parameter group family of the engine's major version."""
        return f"aurora-postgresql{self.engine_version.split('.')[0]}"


def _are_regions(value: object) -> bool:
    if not isinstance(value, list) or not value:
        return False
    regions = {region for region in map(str, value) if _matches(r"[a-z]{2}(-[a-z]+)+-\d", region)}
    return len(regions) == len(value)


@dataclass(frozen=True)
class MonitoringSettings:
    """How long logs are kept, and who hears about alarms."""

    log_retention_days: int
    alarm_email: str | None

    def __post_init__(self) -> None:
        days = self.log_retention_days
        allowed = ", ".join(map(str, LOG_RETENTION_DAYS))
        _require(days in LOG_RETENTION_DAYS, "logRetentionDays", f"one of {allowed}", days)
        email = self.alarm_email
        _require(
            email is None or _matches(r"[^@\s]+@[^@\s]+", email), "alarmEmail", "an e-mail address", email
        )


@dataclass(frozen=True)
class Settings:
    """Everything that differs between environments."""

    environment: str
    region: str
    deletion_protection: bool
    network: NetworkSettings
    service: ServiceSettings
    database: DatabaseSettings
    monitoring: MonitoringSettings

    def __post_init__(self) -> None:
        _require(
            self.environment in ENVIRONMENTS,
            "environment",
            f"one of {', '.join(ENVIRONMENTS)}",
            self.environment,
        )
        replicas = self.database.replica_regions
        _require(self.region not in replicas, "replicaRegions", f"regions other than {self.region}", replicas)
        certificate = self.service.certificate_arn
        _require(
            certificate is None or certificate.startswith(f"arn:aws:acm:{self.region}:"),
            "certificateArn",
            f"the ARN of an ACM certificate in {self.region}",
            certificate,
        )
        if self.environment == "prod":
            self._check_production()

    def _check_production(self) -> None:
        zones, gateways = self.network.az_count, self.network.nat_gateways
        _require(gateways == zones, "natGateways", f"one per zone in prod ({zones})", gateways)
        instances = self.database.instances
        _require(instances >= 2, "databaseInstances", "at least 2 in prod", instances)
        days = self.database.backup_retention_days
        _require(days >= 7, "backupRetentionDays", "at least 7 in prod", days)
        _require(
            self.service.min_capacity >= 2, "minCapacity", "at least 2 in prod", self.service.min_capacity
        )
        _require(self.deletion_protection, "deletionProtection", "true in prod", self.deletion_protection)

    @property
    def name(self) -> str:
        """Prefix of every name that is pinned rather than left to Pulumi."""
        return f"{PROJECT}-{self.environment}"

    def tags(self, name: str) -> dict[str, str]:
        """The tags of one resource."""
        return {
            "Name": f"{self.name}-{name}",
            "Project": PROJECT,
            "Environment": self.environment,
            "ManagedBy": "pulumi",
        }


def load_settings() -> Settings:
    """Reads the stack's configuration."""
    config = pulumi.Config(PROJECT)
    return Settings(
        environment=config.require("environment"),
        region=pulumi.Config("aws").require("region"),
        deletion_protection=config.require_bool("deletionProtection"),
        network=NetworkSettings(
            vpc_cidr=config.require("vpcCidr"),
            az_count=config.require_int("azCount"),
            nat_gateways=config.require_int("natGateways"),
        ),
        service=_load_service(config),
        database=_load_database(config),
        monitoring=MonitoringSettings(
            log_retention_days=config.require_int("logRetentionDays"),
            alarm_email=config.get("alarmEmail"),
        ),
    )


def _load_service(config: pulumi.Config) -> ServiceSettings:
    return ServiceSettings(
        image_repository=config.require("imageRepository"),
        image_tag=config.require("imageTag"),
        container_port=config.require_int("containerPort"),
        cpu=config.require_int("cpu"),
        memory=config.require_int("memory"),
        min_capacity=config.require_int("minCapacity"),
        max_capacity=config.require_int("maxCapacity"),
        requests_per_target=config.require_int("requestsPerTarget"),
        certificate_arn=config.get("certificateArn"),
    )


def _load_database(config: pulumi.Config) -> DatabaseSettings:
    return DatabaseSettings(
        engine_version=config.require("databaseVersion"),
        instance_class=config.require("databaseInstanceClass"),
        instances=config.require_int("databaseInstances"),
        backup_retention_days=config.require_int("backupRetentionDays"),
        replica_regions=config.require_object("replicaRegions"),
    )
