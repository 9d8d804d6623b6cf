"""Builds `fargate_sizes.json` from cfn-lint's rule about CPU and memory of Fargate tasks."""

from __future__ import annotations

import json
from typing import Any

from policy_pack.refresh.packages import CFN_LINT, read
from policy_pack.refresh.writing import Document


def fetch() -> bytes:
    """Read cfn-lint's JSON schema of the combinations."""
    return read(CFN_LINT, "cfnlint/data/schemas/extensions/aws_ecs_taskdefinition/fargate_cpu_memory.json")


def shape(schema: bytes) -> Document:
    """Take, for each CPU size, the memory sizes: a range with a step, or single sizes."""
    tiers = [each["properties"] for each in json.loads(schema)["then"]["anyOf"]]
    return Document(
        about="Sizes of Fargate tasks: by CPU units (1024 to a vCPU) the memory in MiB that goes with them",
        source=str(CFN_LINT),
        fetched=CFN_LINT.date,
        command="python -m policy_pack.refresh fargate-sizes",
        scope="all regions",
        records={
            cpu: _ranges(tier["Memory"]["then"]) for tier in tiers for cpu in tier["Cpu"]["then"]["enum"]
        },
    )


def _ranges(memory: dict[str, Any]) -> list[dict[str, int]]:
    if "enum" in memory:
        return [{"lowest": size, "highest": size, "step": size} for size in sorted(memory["enum"])]
    return [{"lowest": memory["minimum"], "highest": memory["maximum"], "step": memory["multipleOf"]}]
