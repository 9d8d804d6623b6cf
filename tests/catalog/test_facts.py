from __future__ import annotations

import datetime

import pytest

from policy_pack.catalog import Catalogs, Facts


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        (None, "aws"),
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-9", "aws-us-gov"),
        ("x", "aws"),
    ],
)
def test_partition(region: str | None, partition: str) -> None:
    facts = Facts(Catalogs(), datetime.date(2026, 11, 22), region=region)
    assert facts.partition == partition


def test_no_file_exists_unless_somebody_says_so() -> None:
    assert not Facts(Catalogs(), datetime.date(2026, 11, 22)).exists("Pulumi.yaml")
