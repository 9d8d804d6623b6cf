"""The stand-in speaks as AWS does: boto3's own parsers get back what was put in."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.config
import pytest
from botocore import exceptions
from botocore.parsers import create_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from . import answers, models, wire
from .server import Cut, Fault, Refuse, World, serving
from .wire import Call

pytestmark = pytest.mark.slow

OPERATIONS = (
    Call("ec2", "DescribeAvailabilityZones", "eu-west-1"),
    Call("ec2", "DescribeInstanceTypeOfferings", "eu-west-1"),
    Call("eks", "DescribeAddonVersions", "eu-west-1"),
    Call("eks", "DescribeClusterVersions", "eu-west-1"),
    Call("emr", "ListReleaseLabels", "eu-west-1"),
    Call("memorydb", "DescribeEngineVersions", "eu-west-1"),
    Call("mq", "DescribeBrokerInstanceOptions", "eu-west-1"),
    Call("rds", "DescribeDBEngineVersions", "eu-west-1"),
    Call("route53", "ListHostedZones", "us-east-1"),
    Call("s3", "ListBuckets", "us-east-1"),
    Call("s3", "GetBucketAcl", "us-east-1"),
)


@pytest.mark.parametrize("call", OPERATIONS, ids=lambda call: f"{call.service}-{call.operation}")
@settings(max_examples=25)
@given(data=st.data())
def test_an_output_survives_the_wire(call: Call, data: st.DataObject) -> None:
    shape = call.model.output_shape
    output = data.draw(models.outputs(shape))
    response = wire.answer(call, output)
    parsed = create_parser(wire.protocol(call.service)).parse(
        {"status_code": 200, "headers": response.headers, "body": response.body}, shape
    )
    del parsed["ResponseMetadata"]
    assert _plain(parsed) == _plain(output)


def _plain(value: Any) -> Any:
    """Without structures of nothing, which some protocols cannot tell from absent ones."""
    if isinstance(value, dict):
        plain = {key: _plain(each) for key, each in value.items()}
        return {key: each for key, each in plain.items() if each not in ({}, [])}
    return [_plain(each) for each in value] if isinstance(value, list) else value


PROTOCOLS = {
    "query": ("rds", "describe_db_engine_versions"),
    "ec2": ("ec2", "describe_regions"),
    "json": ("emr", "list_release_labels"),
    "rest-json": ("eks", "describe_cluster_versions"),
    "rest-xml": ("route53", "list_hosted_zones"),
    "cbor": ("memorydb", "describe_engine_versions"),
}


def client(service: str, url: str) -> Any:
    return boto3.Session("test", "test", region_name="eu-central-1").client(
        service, endpoint_url=url, config=botocore.config.Config(proxies={})
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_refusal_carries_its_code_in_every_protocol(protocol: str) -> None:
    service, operation = PROTOCOLS[protocol]
    world = World(answers.small, lambda call, number: Refuse("SomeCode"))
    with serving(world) as url, pytest.raises(exceptions.ClientError) as caught:
        getattr(client(service, url), operation)()
    assert caught.value.response["Error"]["Code"] == "SomeCode"
    assert world.errors == []


def test_pages_throttling_and_a_connection_cut_in_a_chunk_are_met_by_boto3_itself() -> None:
    def faults(call: Call, number: int) -> Fault | None:
        return {2: Refuse("Throttling", 503), 3: Cut(chunked=True)}.get(number)

    world = World(answers.large, faults)
    with serving(world) as url:
        pages = client("rds", url).get_paginator("describe_db_engine_versions").paginate(Engine="mysql")
        found = [each["EngineVersion"] for page in pages for each in page["DBEngineVersions"]]
    assert len(found) == 132
    assert world.calls == {("rds", "DescribeDBEngineVersions", "eu-central-1"): 4}
