"""Builds `regions.json` from botocore's list of partitions."""

from __future__ import annotations

import json
from typing import Any

from policy_pack.refresh.packages import BOTOCORE, read
from policy_pack.refresh.writing import Document


def fetch() -> bytes:
    """Read botocore's `partitions.json`."""
    return read(BOTOCORE, "botocore/data/partitions.json")


def shape(partitions: bytes) -> Document:
    """Keep what tells partitions and regions apart; leave out pseudo regions such as `aws-global`."""
    return Document(
        about="Partitions of AWS: suffix of their host names, form of their region names, their regions",
        source=str(BOTOCORE),
        fetched=BOTOCORE.date,
        command="python -m policy_pack.refresh regions",
        scope="all partitions; a region may be newer than the list, which is what the form is for",
        records={each["id"]: _record(each) for each in json.loads(partitions)["partitions"]},
    )


def _record(partition: dict[str, Any]) -> dict[str, object]:
    regions = {
        region: details["description"]
        for region, details in partition["regions"].items()
        if region != f"{partition['id']}-global"
    }
    return {
        "dns_suffix": partition["outputs"]["dnsSuffix"],
        "regex": partition["regionRegex"],
        "regions": regions,
    }
