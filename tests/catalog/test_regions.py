from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs

REGIONS = Catalogs().regions


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("me-west-1", "aws", "amazonaws.com"),
        ("eu-west-9", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-east-7", "aws-us-gov", "amazonaws.com"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
    ],
)
def test_partitions(region: str, partition: str, suffix: str) -> None:
    found = REGIONS.partition(region)
    assert found is not None
    assert (found.id, found.dns_suffix) == (partition, suffix)


@pytest.mark.parametrize(
    "text", ["", "eu-west", "eu-west-1a", "EU-WEST-1", "aws-global", "xx-west-1", "eu-west-1\n"]
)
def test_what_is_no_region_has_no_partition(text: str) -> None:
    assert REGIONS.partition(text) is None


def test_listed_regions() -> None:
    assert REGIONS.is_listed("eu-west-1")
    assert not REGIONS.is_listed("eu-west-9")
    assert not REGIONS.is_listed("aws-global")


@pytest.mark.parametrize(
    ("text", "region"), [("eu-west1", "eu-west-1"), ("us-esat-1", "us-east-1"), ("zzz", None)]
)
def test_the_closest_region(text: str, region: str | None) -> None:
    assert REGIONS.closest(text) == region


@given(st.text())
def test_the_closest_region_is_listed(text: str) -> None:
    closest = REGIONS.closest(text)
    assert closest is None or REGIONS.is_listed(closest)
    assert not REGIONS.is_listed(text) or closest == text


def test_the_regions_of_a_partition_are_listed() -> None:
    regions = Catalogs().regions
    assert regions.of("aws-cn") == ("cn-north-1", "cn-northwest-1")
    assert regions.of("aws-none") == ()
