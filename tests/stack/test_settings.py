"""What the bundled program accepts as configuration, and how it says no."""

from __future__ import annotations

import contextvars
from dataclasses import FrozenInstanceError
from ipaddress import IPv4Network
from itertools import combinations
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
import yaml
from fraud_detection.settings import FARGATE_MEMORY, TIERS, NetworkSettings, Settings, load_settings
from hypothesis import given
from hypothesis import strategies as st

from .harness import ENVIRONMENTS, STACK, set_config, stack_config

if TYPE_CHECKING:
    from collections.abc import Callable


def load(environment: str, /, **overrides: Any) -> Settings:
    def read() -> Settings:
        changed = {f"fraud-detection:{key}": value for key, value in overrides.items()}
        set_config(stack_config(environment) | changed)
        return load_settings()

    return contextvars.copy_context().run(read)


def test_each_environment_is_valid() -> None:
    for environment in ENVIRONMENTS:
        assert load(environment).name == f"fraud-detection-{environment}"


def test_settings_do_not_change() -> None:
    settings = load("dev")
    with pytest.raises(FrozenInstanceError):
        settings.environment = "prod"  # type: ignore[misc]


WRONG = [
    ("environment", "qa", "one of dev, staging, prod"),
    ("vpcCidr", "not a range", "a private IPv4 range from /16 to /20"),
    ("vpcCidr", "10.0.0.1/16", "a private IPv4 range"),
    ("vpcCidr", "10.0.0.0/15", "a private IPv4 range"),
    ("vpcCidr", "10.0.0.0/21", "a private IPv4 range"),
    ("vpcCidr", "8.8.0.0/16", "a private IPv4 range"),
    ("azCount", 7, "2 or 3, got 7"),
    ("natGateways", 0, "between 1 and azCount"),
    ("natGateways", 4, "between 1 and azCount"),
    ("imageRepository", "Not Lower", "the name of an ECR repository"),
    ("imageTag", "a:b", "an image tag"),
    ("containerPort", 0, "a port"),
    ("containerPort", 65536, "a port"),
    ("cpu", 300, "one of 256, 512"),
    ("memory", 4096, "what Fargate offers for 256 CPU units"),
    ("minCapacity", 0, "at least 1"),
    ("maxCapacity", 0, "at least minCapacity"),
    ("requestsPerTarget", 0, "at least 1"),
    ("certificateArn", "arn:aws:acm:us-east-1:111122223333:certificate/x", "an ACM certificate in eu-west-1"),
    ("databaseVersion", "15", "major.minor"),
    ("databaseInstanceClass", "r6g.large", "an instance class"),
    ("databaseInstances", 0, "between 1 and 16"),
    ("databaseInstances", 17, "between 1 and 16"),
    ("backupRetentionDays", 0, "between 1 and 35"),
    ("backupRetentionDays", 36, "between 1 and 35"),
    ("replicaRegions", [], "a list of distinct regions"),
    ("replicaRegions", {"eu-central-1": True}, "a list of distinct regions"),
    ("replicaRegions", ["eu-central-1", "eu-central-1"], "a list of distinct regions"),
    ("replicaRegions", ["Frankfurt"], "a list of distinct regions"),
    ("replicaRegions", ["eu-west-1"], "regions other than eu-west-1"),
    ("logRetentionDays", 8, "one of 1, 3, 5"),
    ("alarmEmail", "nobody", "an e-mail address"),
]


@pytest.mark.parametrize(("key", "value", "expectation"), WRONG)
def test_a_wrong_value_names_its_key(key: str, value: Any, expectation: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        load("dev", **{key: value})
    assert str(refused.value).startswith(f"fraud-detection:{key} must be ")
    assert expectation in str(refused.value)
    assert str(refused.value).endswith(f"got {value!r}")


@pytest.mark.parametrize(
    ("environment", "key", "value", "field"),
    [
        ("dev", "vpcCidr", "172.16.0.0/20", "network.vpc_cidr"),
        ("dev", "azCount", 2, "network.az_count"),
        ("dev", "natGateways", 3, "network.nat_gateways"),
        ("dev", "containerPort", 1, "service.container_port"),
        ("dev", "containerPort", 65535, "service.container_port"),
        ("dev", "maxCapacity", 1, "service.max_capacity"),
        ("dev", "requestsPerTarget", 1, "service.requests_per_target"),
        ("dev", "databaseInstances", 16, "database.instances"),
        ("dev", "backupRetentionDays", 35, "database.backup_retention_days"),
        ("prod", "minCapacity", 2, "service.min_capacity"),
        ("prod", "databaseInstances", 2, "database.instances"),
        ("prod", "backupRetentionDays", 7, "database.backup_retention_days"),
    ],
)
def test_the_limits_themselves_are_accepted(environment: str, key: str, value: Any, field: str) -> None:
    assert attrgetter(field)(load(environment, **{key: value})) == value


@pytest.mark.parametrize(
    ("key", "value", "expectation"),
    [
        ("natGateways", 1, "one per zone in prod (3)"),
        ("databaseInstances", 1, "at least 2 in prod"),
        ("backupRetentionDays", 6, "at least 7 in prod"),
        ("minCapacity", 1, "at least 2 in prod"),
        ("deletionProtection", False, "true in prod"),
    ],
)
def test_prod_asks_for_more(key: str, value: Any, expectation: str) -> None:
    load("dev", **{key: value})
    with pytest.raises(pulumi.RunError) as refused:
        load("prod", **{key: value})
    assert str(refused.value) == f"fraud-detection:{key} must be {expectation}, got {value!r}"


@pytest.mark.parametrize(("key", "value"), [("azCount", "three"), ("deletionProtection", "maybe")])
def test_a_value_of_another_type_names_its_key(key: str, value: str) -> None:
    with pytest.raises(pulumi.ConfigTypeError, match=f"fraud-detection:{key}"):
        load("dev", **{key: value})


def test_the_project_declares_what_the_program_requires() -> None:
    declared = yaml.safe_load((STACK / "Pulumi.yaml").read_text())["config"]
    required = {key for key, schema in declared.items() if "default" not in schema}
    for environment in ENVIRONMENTS:
        values = yaml.safe_load((STACK / f"Pulumi.{environment}.yaml").read_text())["config"]
        assert {key.split(":")[1] for key in values} == required | {"region"}


@st.composite
def networks(draw: Callable[[Any], Any]) -> NetworkSettings:
    prefix = draw(st.integers(16, 20))
    blocks = list(IPv4Network("10.0.0.0/8").subnets(new_prefix=16))
    block = draw(st.sampled_from(blocks))
    cidr = draw(st.sampled_from(list(block.subnets(new_prefix=prefix))))
    az_count = draw(st.sampled_from((2, 3)))
    return NetworkSettings(str(cidr), az_count, draw(st.integers(1, az_count)))


@given(networks())
def test_subnets_are_disjoint_and_inside_the_vpc(network: NetworkSettings) -> None:
    vpc = IPv4Network(network.vpc_cidr)
    subnets = [IPv4Network(cidr) for tier in TIERS for cidr in network.subnet_cidrs(tier)]
    assert len(subnets) == len(TIERS) * network.az_count
    assert all(subnet.subnet_of(vpc) for subnet in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


@given(st.sampled_from(sorted(FARGATE_MEMORY)), st.integers(-1, 130_000))
def test_fargate_pairs(cpu: int, memory: int) -> None:
    if memory in FARGATE_MEMORY[cpu]:
        assert load("dev", cpu=cpu, memory=memory).service.memory == memory
    else:
        with pytest.raises(pulumi.RunError, match="fraud-detection:memory"):
            load("dev", cpu=cpu, memory=memory)
