"""Builds `iam_actions/<prefix>.json` from the service authorization reference, as cfn-lint has it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policy_pack.refresh import botocore_models
from policy_pack.refresh.packages import CFN_LINT, read
from policy_pack.refresh.writing import Document


@dataclass(frozen=True)
class Sources:
    """What is read: cfn-lint's table, and the names of API operations, which tell upper from lower case."""

    policies: bytes
    operations: Iterable[str]


def fetch() -> Sources:
    """Read both packages."""
    operations = {
        name for each in botocore_models.names() for name in botocore_models.model(each)["operations"]
    }
    return Sources(read(CFN_LINT, "cfnlint/data/AdditionalSpecs/Policies.json"), sorted(operations))


def shape(sources: Sources) -> dict[str, Document]:
    """A catalog for each prefix that has actions: by action, the types of resources it can be narrowed to."""
    spelled = {name.lower(): name for name in sources.operations}
    return {
        f"iam_actions/{prefix}": _document(prefix, service, spelled)
        for prefix, service in json.loads(sources.policies).items()
        if service["Actions"]
    }


def _document(prefix: str, service: Mapping[str, Any], spelled: Mapping[str, str]) -> Document:
    return Document(
        about=f"IAM actions of `{prefix}`, and the types of resources that each can be narrowed to",
        source=str(CFN_LINT),
        fetched=CFN_LINT.date,
        command="python -m policy_pack.refresh iam-actions",
        scope="all partitions",
        records={
            spelled.get(name, name): " ".join(sorted(action.get("Resources", ())))
            for name, action in service["Actions"].items()
        },
        max_age_days=180,
    )
