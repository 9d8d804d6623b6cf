"""What became of the fraud-detection stack in AWS: nothing here is mocked."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from policy_pack.verify.findings import Judge, not_evaluated
from policy_pack.verify.verifying import Verification

STATES = {
    "alb_arn": "active",
    "aurora_cluster_id": "available",
    "ecs_cluster_arn": "ACTIVE",
    "ecs_service_arn": "ACTIVE",
    "kms_key_arn": "Enabled",
    "rules_table_arn": "ACTIVE",
    "task_definition_arn": "ACTIVE",
    "transactions_table_arn": "ACTIVE",
    "vpc_id": "available",
}


def test_nothing_is_missing_or_out_of_order(deployed: Verification) -> None:
    today = datetime.datetime.now(tz=datetime.timezone.utc).date()
    assert [finding.message for finding in Judge(today).findings(deployed)] == []
    assert list(not_evaluated(deployed)) == []


@pytest.mark.parametrize(("output", "state"), STATES.items())
def test_a_resource_serves(output: str, state: str, deployed: Verification) -> None:
    assert deployed.state(output) == state


@pytest.mark.parametrize("tier", ["public", "application", "database"])
def test_a_tier_has_a_subnet_in_every_zone(
    tier: str, deployed: Verification, outputs: dict[str, Any], settings: dict[str, Any]
) -> None:
    count = len(outputs[f"{tier}_subnet_ids"])
    subnets = [f"{tier}_subnet_ids[{number}]" for number in range(count)]
    assert {deployed.state(each) for each in subnets} == {"available"}
    assert {deployed.facts(each)["vpc"] for each in subnets} == {outputs["vpc_id"]}
    assert len({deployed.facts(each)["zone"] for each in subnets}) == count == settings["azCount"]


def test_the_way_out_is_as_redundant_as_it_is_configured(
    deployed: Verification, settings: dict[str, Any]
) -> None:
    gateways = deployed.facts("vpc_id")["gateways"]
    assert list(gateways.values()) == ["available"] * settings["natGateways"]


def test_the_balancer_stands_in_every_zone_and_all_its_targets_are_healthy(
    deployed: Verification, settings: dict[str, Any]
) -> None:
    assert len(deployed.facts("alb_arn")["zones"]) == settings["azCount"]
    healthy = deployed.facts("target_group_arn")["targets"]
    assert set(healthy) == {"healthy"}
    assert healthy["healthy"] >= settings["minCapacity"]


def test_the_service_runs_the_deployed_tasks_within_its_limits(
    deployed: Verification, outputs: dict[str, Any], settings: dict[str, Any]
) -> None:
    service = deployed.facts("ecs_service_arn")
    assert service["running"] == service["desired"]
    assert settings["minCapacity"] <= service["desired"] <= settings["maxCapacity"]
    assert (service["rollout"], service["task_definition"]) == ("COMPLETED", outputs["task_definition_arn"])


def test_the_database_has_its_instances_and_its_version(
    deployed: Verification, settings: dict[str, Any]
) -> None:
    cluster = deployed.facts("aurora_cluster_arn")
    assert len(cluster["instances"]) == settings["databaseInstances"]
    assert cluster["version"] == settings["databaseVersion"]
    assert cluster["multi_az"] == (settings["databaseInstances"] > 1)


def test_the_rules_are_in_every_region_and_the_transactions_in_one(
    deployed: Verification, settings: dict[str, Any]
) -> None:
    expected = dict.fromkeys(settings["replicaRegions"], "ACTIVE")
    assert deployed.facts("rules_table_arn")["replicas"] == expected
    assert deployed.facts("transactions_table_arn")["replicas"] == {}


def test_logs_are_kept_as_long_as_configured(
    deployed: Verification, outputs: dict[str, Any], settings: dict[str, Any]
) -> None:
    groups = [f"log_group_names[{number}]" for number in range(len(outputs["log_group_names"]))]
    days = {deployed.facts(each)["retention_days"] for each in groups}
    assert days == {settings["logRetentionDays"]}


def test_nobody_is_alarmed(deployed: Verification, outputs: dict[str, Any]) -> None:
    assert deployed.state("alarm_topic_arn") == "exists"
    states = {deployed.state(f"alarm_names[{number}]") for number in range(len(outputs["alarm_names"]))}
    assert states <= {"OK", "INSUFFICIENT_DATA"}
