"""Builds `versions/emr.json` from the releases that EMR has answered in each region."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Mapping

from policy_pack.catalog import region_sets
from policy_pack.refresh.packages import MOTO, names, read
from policy_pack.refresh.service_versions import MAX_AGE_DAYS
from policy_pack.refresh.shared_sets import shared
from policy_pack.refresh.writing import RegionalDocument

_FILE = re.compile(r"moto/emr/resources/release-labels-(?P<region>[a-z0-9-]+)\.json\.gz")
_LABEL = re.compile(r"([a-z-]+)-(.+)")


def fetch() -> dict[str, bytes]:
    """Read moto's copy of the answers, by region."""
    found = ((_FILE.fullmatch(path), path) for path in names(MOTO))
    return {name["region"]: read(MOTO, path) for name, path in found if name}


def shape(answers: Mapping[str, bytes]) -> RegionalDocument:
    """By `product-line version`, that EMR lists it; in `places`, where it does if that is not everywhere."""
    regions: dict[str, set[str]] = defaultdict(set)
    for region, packed in answers.items():
        for label in json.loads(gzip.decompress(packed)):
            regions[_LABEL.sub(r"\1 \2", label)].add(region)
    texts = {key: region_sets.text(found, answers.keys()) for key, found in regions.items()}
    sets, places = shared({key: [{"regions": text}] for key, text in texts.items() if text != "all"})
    return RegionalDocument(
        about="Versions of EMR releases, and what each source says of them",
        source=str(MOTO),
        fetched=MOTO.date,
        command="python -m policy_pack.refresh versions/emr",
        scope=f"{len(answers)} regions",
        records={key: {MOTO.name: "listed"} for key in regions},
        max_age_days=MAX_AGE_DAYS,
        regions=dict.fromkeys(sorted(answers), MOTO.date),
        sets=sets,
        places={key: str(offers[0]["regions"]) for key, offers in places.items()},
    )
