"""Builds `services.json` from the two lists of services by region: botocore's endpoints and AWS's own.

AWS publishes its own through Systems Manager; moto has a copy. Only a service that both know is recorded.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from policy_pack.catalog import region_sets
from policy_pack.refresh.botocore_models import metadata
from policy_pack.refresh.packages import BOTOCORE, MOTO, read
from policy_pack.refresh.writing import RegionalDocument


@dataclass(frozen=True)
class Sources:
    """What is read; `prefixes` tells by botocore's name of a service that of its endpoints."""

    endpoints: bytes
    published: bytes
    prefixes: Mapping[str, str]


def fetch() -> Sources:
    """Read both packages."""
    return Sources(
        read(BOTOCORE, "botocore/data/endpoints.json"),
        read(MOTO, "moto/ssm/resources/regions.json.gz"),
        {name: each["endpointPrefix"] for name, each in metadata().items()},
    )


def shape(sources: Sources) -> RegionalDocument:
    """A region lacks a service when both lists know the region and the service, and neither has the pair."""
    ours, theirs = _endpoints(sources.endpoints), _published(sources.published)
    known = set(ours) & set(theirs)
    places: dict[str, set[str]] = defaultdict(set)
    for name, prefix in sources.prefixes.items():
        here = {region for region in known if prefix in ours[region]}
        there = {region for region in known if name in theirs[region]}
        if here and there:
            places[name] = here | there
    return RegionalDocument(
        about="Services, and the regions that have them",
        source=f"{BOTOCORE}, {MOTO}",
        fetched=min(BOTOCORE.date, MOTO.date),
        command="python -m policy_pack.refresh services",
        scope="a region lacks a service when both sources say so",
        records={name: [{"regions": region_sets.text(found, known)}] for name, found in places.items()},
        max_age_days=90,
        regions=dict.fromkeys(sorted(known), min(BOTOCORE.date, MOTO.date)),
    )


def _endpoints(text: bytes) -> dict[str, set[str]]:
    """By region, what has an endpoint there; what is not regional is everywhere in its partition."""
    found: dict[str, set[str]] = defaultdict(set)
    for partition in json.loads(text)["partitions"]:
        for name, service in partition["services"].items():
            everywhere = service.get("isRegionalized") is False
            for region in partition["regions"]:
                if everywhere or region in service.get("endpoints", {}):
                    found[region].add(name)
    return found


def _published(packed: bytes) -> dict[str, set[str]]:
    tree = json.loads(gzip.decompress(packed))["aws"]["service"]["global-infrastructure"]["regions"]
    return {region: set(details.get("services", ())) for region, details in tree.items()}
