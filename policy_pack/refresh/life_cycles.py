"""Builds `life_cycles.json` from the marks that cfn-lint puts on the schemas of closing services."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from policy_pack.refresh import botocore_models, cfn_lint
from policy_pack.refresh.packages import BOTOCORE, CFN_LINT
from policy_pack.refresh.writing import Document


@dataclass(frozen=True)
class Sources:
    """What is read: the schemas by resource type, and the names of the services that have an API."""

    schemas: Mapping[str, bytes]
    apis: Collection[str]


def fetch() -> Sources:
    """Read both packages; the types are those of us-east-1, which has all."""
    schemas = {name: cfn_lint.schema(name) for name in cfn_lint.resource_types("us-east-1")}
    return Sources(schemas, tuple(botocore_models.names()))


def shape(sources: Sources) -> Document:
    """One record for a service when all its types are marked alike, else one for each marked type."""
    services: dict[str, dict[str, str | None]] = defaultdict(dict)
    for name, schema in sources.schemas.items():
        mark = json.loads(schema).get("lifecycle") if b'"lifecycle"' in schema else None
        _, service, kind = name.split("::", 2)
        services[service][kind] = json.dumps(mark, sort_keys=True) if mark else None
    records: dict[str, object] = {}
    for service, kinds in services.items():
        in_api = any(name.replace("-", "").startswith(service.lower()) for name in sources.apis)
        if len({*kinds.values()}) == 1:
            kinds = {"*": next(iter(kinds.values()))}
        for kind, mark in kinds.items():
            if mark:
                fields = json.loads(mark)
                date = fields.get("date")
                records[f"{service}::{kind}"] = {"status": fields["status"], "date": date, "in_api": in_api}
    return Document(
        about="Services and resource types that AWS has closed, is closing, or no longer develops",
        source=f"{CFN_LINT}, {BOTOCORE}",
        fetched=CFN_LINT.date,
        command="python -m policy_pack.refresh life-cycles",
        scope="all regions",
        records=records,
        max_age_days=180,
    )
