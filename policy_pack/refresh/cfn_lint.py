"""Reads the parts of cfn-lint's data that several catalogs are built from."""

from __future__ import annotations

import importlib.metadata
import json
from functools import cache
from pathlib import Path
from typing import Any

from policy_pack.refresh.packages import CFN_LINT, RefreshError, read

_SCHEMAS = "cfnlint/data/schemas"


def extension(name: str) -> bytes:
    """One of the lists that cfn-lint adds to the schemas, by its path without ending."""
    return read(CFN_LINT, f"{_SCHEMAS}/extensions/{name}.json")


def schema(resource_type: str, region: str = "us-east-1") -> bytes:
    """The schema of a CloudFormation resource type.

    Raises:
        RefreshError: the region has no such type.
    """
    types = resource_types(region)
    if resource_type not in types:
        raise RefreshError(f"cfn-lint knows no {resource_type} in {region}")
    return read(CFN_LINT, f"{_SCHEMAS}/resources/{types[resource_type]}.json")


def regions() -> tuple[str, ...]:
    """The regions whose resource types cfn-lint has; its own pseudo region is none."""
    root = Path(str(importlib.metadata.distribution(CFN_LINT.name).locate_file(f"{_SCHEMAS}/providers")))
    return tuple(sorted(path.stem for path in root.glob("*-*.json")))


@cache
def resource_types(region: str) -> dict[str, Any]:
    """The CloudFormation resource types of a region, with the name of the file of each one's schema."""
    types: dict[str, Any] = json.loads(read(CFN_LINT, f"{_SCHEMAS}/providers/{region}.json"))
    return types
