"""`instances/docdb.json`: instance classes of DocumentDB, which RDS answers for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.catalogs.rds_instances import trim_rows
from policy_pack.refresh.live.files import Fact


def fetch(client: Client) -> Iterator[Item]:
    """Ask RDS for what can be ordered of DocumentDB."""
    return options(client, "docdb")


def options(client: Client, engine: str) -> Iterator[Item]:
    """What can be ordered of an engine with so few versions that all of them can be asked for at once."""
    trim_rows(client)
    return items(
        client,
        "describe_orderable_db_instance_options",
        "OrderableDBInstanceOptions",
        page_size=1000,
        Engine=engine,
    )


def classes(answered: Iterable[Item]) -> dict[str, Fact]:
    """By instance class, nothing but that it is there."""
    return {each["DBInstanceClass"]: Fact() for each in answered if each.get("DBInstanceClass")}


CATALOG = LiveCatalog(
    name="instances/docdb",
    about="Instance classes of DocumentDB",
    service="rds",
    actions=("rds:DescribeOrderableDBInstanceOptions",),
    fact=Fact,
    fetch=fetch,
    shape=classes,
    max_age_days=90,
)
