"""Reads botocore's models of services."""

from __future__ import annotations

import gzip
import importlib.metadata
import json
from functools import cache
from pathlib import Path
from typing import Any

from policy_pack.refresh.packages import BOTOCORE, read


@cache
def names() -> dict[str, str]:
    """The services there are, with the newest version of each one's API."""
    read(BOTOCORE, "botocore/data/partitions.json")
    root = Path(str(importlib.metadata.distribution(BOTOCORE.name).locate_file("botocore/data")))
    models = sorted(root.glob("*/*/service-2.json.gz"))
    return {path.parts[-3]: path.parts[-2] for path in models}


def model(name: str) -> Any:
    """The model of a service's API."""
    path = f"botocore/data/{name}/{names()[name]}/service-2.json.gz"
    return json.loads(gzip.decompress(read(BOTOCORE, path)))


def metadata() -> dict[str, dict[str, str]]:
    """By service, the heading of its model."""
    return {name: model(name)["metadata"] for name in names()}
