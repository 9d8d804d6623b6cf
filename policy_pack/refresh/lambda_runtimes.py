"""Builds `lambda_runtimes.json` from cfn-lint's life cycles and the runtimes that Lambda's API names."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass

from policy_pack.refresh.packages import BOTOCORE, CFN_LINT, read
from policy_pack.refresh.writing import Document

_DATES = {"deprecated": "deprecated", "create-block": "create_block", "update-block": "update_block"}


@dataclass(frozen=True)
class Sources:
    """What is read: cfn-lint's table of life cycles, botocore's model of Lambda."""

    life_cycles: bytes
    model: bytes


def fetch() -> Sources:
    """Read both packages."""
    return Sources(
        read(CFN_LINT, "cfnlint/data/AdditionalSpecs/LmbdRuntimeLifecycle.json"),
        read(BOTOCORE, "botocore/data/lambda/2015-03-31/service-2.json.gz"),
    )


def shape(sources: Sources) -> Document:
    """Put the dates of each runtime side by side; a runtime that has none yet has a record without."""
    life_cycles = json.loads(sources.life_cycles)
    existing = set(json.loads(gzip.decompress(sources.model))["shapes"]["Runtime"]["enum"])
    return Document(
        about="Runtimes of Lambda: when each is deprecated, when creating and updating functions ends",
        source=f"{CFN_LINT}, {BOTOCORE}",
        fetched=CFN_LINT.date,
        command="python -m policy_pack.refresh lambda-runtimes",
        scope="all regions",
        records={
            name: {
                **{ours: life_cycles.get(name, {}).get(theirs) for theirs, ours in _DATES.items()},
                "successor": life_cycles.get(name, {}).get("successor"),
                "in_api": name in existing,
            }
            for name in existing | set(life_cycles)
        },
        max_age_days=180,
    )
