"""Builds `managed_policies.json` from moto's copy of what IAM answered."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from policy_pack.refresh.packages import MOTO, RefreshError, read
from policy_pack.refresh.writing import Document


def fetch() -> str:
    """Read the module that holds the answer as one text."""
    return read(MOTO, "moto/iam/aws_managed_policies.py").decode()


def shape(module: str) -> Document:
    """By path and name, as they stand in the ARN, the day on which AWS made the policy.

    Raises:
        RefreshError: as `policies` does.
    """
    return Document(
        about="Policies that AWS manages, by path and name, and the day on which each was made",
        source=str(MOTO),
        fetched=MOTO.date,
        command="python -m policy_pack.refresh managed-policies",
        scope="partition aws",
        records={
            policy["Path"].lstrip("/") + name: policy["CreateDate"][:10]
            for name, policy in policies(module).items()
        },
        max_age_days=180,
    )


def policies(module: str) -> Mapping[str, Any]:
    """The policies by name.

    Raises:
        RefreshError: the module holds no such text any more.
    """
    texts = [each.value for each in ast.parse(module).body if isinstance(each, ast.Assign)]
    if not texts or not isinstance(texts[0], ast.Constant):
        raise RefreshError("moto has no managed policies")
    found: Mapping[str, Any] = json.loads(str(texts[0].value))
    return found
