"""`instances/emr.json`: instance types that EMR supports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items, newest_of_majors
from policy_pack.refresh.live.files import Fact

_LABEL = re.compile(r"emr-(\d+)\..+", re.ASCII)


def fetch(client: Client) -> Iterator[Item]:
    """Ask EMR for what the newest release of each major runs on."""
    found = filter(None, map(_LABEL.fullmatch, items(client, "list_release_labels", "ReleaseLabels")))
    for label in newest_of_majors((each[1], each[0]) for each in found):
        yield from items(
            client, "list_supported_instance_types", "SupportedInstanceTypes", ReleaseLabel=label
        )


def shape(types: Iterable[Item]) -> dict[str, Fact]:
    """By instance type, nothing but that it is there."""
    return {each["Type"]: Fact() for each in types if each.get("Type")}


CATALOG = LiveCatalog(
    name="instances/emr",
    about="Instance types that EMR supports",
    service="emr",
    actions=("elasticmapreduce:ListReleaseLabels", "elasticmapreduce:ListSupportedInstanceTypes"),
    fact=Fact,
    fetch=fetch,
    shape=shape,
    max_age_days=90,
)
