"""`instances/neptune.json`: instance classes of Neptune, which RDS answers for."""

from __future__ import annotations

from collections.abc import Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog
from policy_pack.refresh.live.catalogs.docdb_instances import classes, options
from policy_pack.refresh.live.files import Fact


def fetch(client: Client) -> Iterator[Item]:
    """Ask RDS for what can be ordered of Neptune."""
    return options(client, "neptune")


CATALOG = LiveCatalog(
    name="instances/neptune",
    about="Instance classes of Neptune",
    service="rds",
    actions=("rds:DescribeOrderableDBInstanceOptions",),
    fact=Fact,
    fetch=fetch,
    shape=classes,
    max_age_days=90,
)
