"""What became of the network in AWS."""

import json
from pathlib import Path

import boto3
import pytest

OUTPUTS = Path("cfn-outputs/flat-outputs.json")


@pytest.fixture
def outputs():
    if not OUTPUTS.is_file():
        pytest.skip(f"nothing is deployed: there is no {OUTPUTS}")
    return json.loads(OUTPUTS.read_text())


def test_the_vpc_is_available(outputs):
    (vpc,) = boto3.client("ec2").describe_vpcs(VpcIds=[outputs["vpc_id"]])["Vpcs"]
    assert vpc["State"] == "available"


def test_each_subnet_is_available_in_a_zone_of_its_own(outputs):
    found = boto3.client("ec2").describe_subnets(SubnetIds=outputs["subnet_ids"])["Subnets"]
    assert [subnet["State"] for subnet in found] == ["available", "available"]
    assert len({subnet["AvailabilityZone"] for subnet in found}) == 2
