"""`instances/opensearch.json`: instance types of OpenSearch and Elasticsearch domains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items, newest_of_majors
from policy_pack.refresh.live.files import Fact

_OLD, _NEW = ".elasticsearch", ".search"


def fetch(client: Client) -> Iterator[Item]:
    """Ask OpenSearch for what the newest version of each major runs on."""
    versions = items(client, "list_versions", "Versions")
    for version in newest_of_majors((each.partition(".")[0], each) for each in versions):
        yield from items(client, "list_instance_type_details", "InstanceTypeDetails", EngineVersion=version)


def shape(details: Iterable[Item]) -> dict[str, Fact]:
    """By instance type, nothing but that it is there; under the newer of its two names."""
    names = (each.get("InstanceType") or "" for each in details)
    return {name.removesuffix(_OLD) + _NEW * name.endswith(_OLD): Fact() for name in names if name}


CATALOG = LiveCatalog(
    name="instances/opensearch",
    about="Instance types of OpenSearch and Elasticsearch domains",
    service="opensearch",
    actions=("es:ListInstanceTypeDetails", "es:ListVersions"),
    fact=Fact,
    fetch=fetch,
    shape=shape,
    max_age_days=90,
)
