"""`instances/rds.json`: instance classes of RDS and Aurora, and the engines they are for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items, newest_of_majors
from policy_pack.refresh.live.catalogs.rds_versions import OTHERS, UPGRADES
from policy_pack.refresh.live.files import InstanceFact
from policy_pack.refresh.live.trimming import trim

# Of a row nothing but these is read: one is a kilobyte, and an engine has thousands.
_ROWS = re.compile(rb"(?<=<OrderableDBInstanceOption>).*?(?=</OrderableDBInstanceOption>)", re.DOTALL)
_KEPT = re.compile(rb"<(Engine|DBInstanceClass)>[^<]*</\1>")


def fetch(client: Client) -> Iterator[Item]:
    """Ask RDS, of each engine, for what can be ordered with the newest version of each major."""
    trim(client, UPGRADES, lambda upgrades: b"")
    trim_rows(client)
    majors: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for each in items(client, "describe_db_engine_versions", "DBEngineVersions"):
        engine, version = each.get("Engine") or "", each.get("EngineVersion") or ""
        if version and not engine.startswith(("custom-", *OTHERS)):
            majors[engine].append((each.get("MajorEngineVersion") or version, version))
    for engine, versions in majors.items():
        for version in newest_of_majors(versions):
            yield from items(
                client,
                "describe_orderable_db_instance_options",
                "OrderableDBInstanceOptions",
                page_size=1000,
                Engine=engine,
                EngineVersion=version,
            )


def trim_rows(client: Client) -> None:
    """Leave of a row its engine and its class."""
    trim(client, _ROWS, lambda row: b"".join(each[0] for each in _KEPT.finditer(row[0])))


def shape(options: Iterable[Item]) -> dict[str, InstanceFact]:
    """By instance class, the engines it can be ordered for."""
    engines: dict[str, set[str]] = defaultdict(set)
    for each in options:
        if each.get("Engine") and each.get("DBInstanceClass"):
            engines[each["DBInstanceClass"]].add(each["Engine"])
    return {name: InstanceFact(kinds=tuple(sorted(kinds))) for name, kinds in engines.items()}


CATALOG = LiveCatalog(
    name="instances/rds",
    about="Instance classes of RDS and Aurora, and the engines they are for",
    service="rds",
    actions=("rds:DescribeDBEngineVersions", "rds:DescribeOrderableDBInstanceOptions"),
    fact=InstanceFact,
    fetch=fetch,
    shape=shape,
    large=True,
    max_age_days=90,
)
