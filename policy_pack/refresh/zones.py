"""Builds `zones.json` from the zones in which EC2 has answered that it offers instances."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping

from policy_pack.refresh.instance_classes import asked
from policy_pack.refresh.packages import MOTO, read
from policy_pack.refresh.writing import RegionalDocument


def fetch() -> dict[str, bytes]:
    """Read moto's copy of the answers, by region."""
    folder = "moto/ec2/resources/instance_type_offerings/availability-zone"
    return {region: read(MOTO, f"{folder}/{region}.json.gz") for region in asked()}


def shape(answers: Mapping[str, bytes]) -> RegionalDocument:
    """By the name of the zone, its region."""
    zones = {
        each["Location"]: region
        for region, packed in answers.items()
        for each in json.loads(gzip.decompress(packed))
    }
    return RegionalDocument(
        about="Availability zones",
        source=str(MOTO),
        fetched=MOTO.date,
        command="python -m policy_pack.refresh zones",
        scope="as one account names them; others may see other letters",
        records={zone: [{"regions": region}] for zone, region in zones.items()},
        max_age_days=180,
        regions=dict.fromkeys(sorted(answers), MOTO.date),
    )
