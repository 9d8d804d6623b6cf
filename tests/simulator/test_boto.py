"""What a program asks AWS by boto3 is answered here, and what comes of it counts as predicted."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_pack.model import Predicted

from .harness import named, simulate

pytest.importorskip("boto3")

PROGRAM = """\
import boto3
import pulumi

ec2 = boto3.client("ec2")
zones = [each["ZoneName"] for each in ec2.describe_availability_zones()["AvailabilityZones"]]
account = boto3.client("sts").get_caller_identity()["Account"]
vpc = ec2.describe_vpcs(VpcIds=["vpc-0123"])["Vpcs"][0]
pages = list(boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket="own"))
records = list(boto3.client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId="Z1"))
tables = boto3.session.Session(profile_name="none").client("dynamodb").list_tables()
boto3.client("rds").get_waiter("db_instance_available").wait(DBInstanceIdentifier="a")
body = boto3.resource("s3").Object("own", "key").get()["Body"].read()
url = boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "own", "Key": "key"})
boto3.client("lambda").delete_function(FunctionName="f")
thing = pulumi.CustomResource("demo:index:Thing", "thing", {
    "zones": zones, "account": account, "vpc": vpc["VpcId"], "state": vpc["State"], "own": "own",
    "region": ec2.meta.region_name, "counts": [len(pages), len(records), len(tables["TableNames"])],
    "body": body.decode(), "signed": url.startswith("https://own.s3"),
})
late = thing.id.apply(lambda id: boto3.client("ssm").get_parameter(Name="/a")["Parameter"]["Value"])
pulumi.CustomResource("demo:index:Late", "late", {"value": late})
"""


def test_calls_are_answered_and_what_comes_of_them_is_predicted(tmp_path: Path) -> None:
    simulation = simulate(tmp_path, PROGRAM)
    assert (simulation.plan.faults, simulation.plan.failures) == ((), ())
    inputs = named(simulation, "thing").inputs
    zones = [f"eu-west-1{letter}" for letter in "abc"]
    assert inputs["zones"] == [Predicted(zone) for zone in zones]
    assert inputs["account"] == Predicted("123456789012")
    assert (inputs["vpc"], inputs["state"], inputs["own"]) == ("vpc-0123", Predicted("available"), "own")
    assert (inputs["region"], inputs["counts"]) == ("eu-west-1", [1, 1, 1])
    assert (inputs["body"], inputs["signed"]) == ("", True)
    assert isinstance(named(simulation, "late").inputs["value"], Predicted)
    (refusal,) = simulation.plan.refusals
    assert refusal.act == "the program calls `lambda.DeleteFunction` of AWS"
    assert refusal.frames[0].line == 14
