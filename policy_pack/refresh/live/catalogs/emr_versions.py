"""`versions/emr.json`: release labels of EMR."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import VersionFact

_LABEL = re.compile(r"([a-z-]+)-(.+)")


def fetch(client: Client) -> Iterator[Item]:
    """Ask EMR for all releases."""
    return items(client, "list_release_labels", "ReleaseLabels")


def shape(labels: Iterable[Item]) -> dict[str, VersionFact]:
    """By `product version`, as in `emr 7.1.0`; AWS writes `emr-7.1.0`."""
    found = filter(None, map(_LABEL.fullmatch, labels))
    return {f"{each[1]} {each[2]}": VersionFact(state="available") for each in found}


CATALOG = LiveCatalog(
    name="versions/emr",
    about="Releases of EMR",
    service="emr",
    actions=("elasticmapreduce:ListReleaseLabels",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
