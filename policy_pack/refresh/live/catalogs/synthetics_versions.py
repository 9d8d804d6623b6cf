"""`versions/synthetics.json`: runtimes of CloudWatch Synthetics canaries, and when each is deprecated."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, day, items
from policy_pack.refresh.live.files import Fact

_NAME = re.compile(r"([a-z-]+)-(.+)")


class RuntimeFact(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One runtime; from the day of `deprecated` on no canary can be created with it."""

    deprecated: datetime.date | None = None


def fetch(client: Client) -> Iterator[Item]:
    """Ask Synthetics for all runtimes, also those it has deprecated."""
    return items(client, "describe_runtime_versions", "RuntimeVersions")


def shape(runtimes: Iterable[Item]) -> dict[str, RuntimeFact]:
    """By `runtime version`, as in `syn-nodejs-playwright 2.0`; AWS writes a hyphen."""
    found = {}
    for each in runtimes:
        name = _NAME.fullmatch(each.get("VersionName") or "")
        if name:
            found[f"{name[1]} {name[2]}"] = RuntimeFact(deprecated=day(each.get("DeprecationDate")))
    return found


CATALOG = LiveCatalog(
    name="versions/synthetics",
    about="Runtimes of CloudWatch Synthetics canaries",
    service="synthetics",
    actions=("synthetics:DescribeRuntimeVersions",),
    fact=RuntimeFact,
    fetch=fetch,
    shape=shape,
)
