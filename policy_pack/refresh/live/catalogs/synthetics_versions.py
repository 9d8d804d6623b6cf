"""`versions/synthetics.json`: runtimes of CloudWatch Synthetics canaries, and when each is deprecated."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator

from policy_pack.catalog.engine_versions import Claim
from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, day, items
from policy_pack.refresh.live.files import VersionFact

_NAME = re.compile(r"([a-z-]+)-(.+)")


class RuntimeFact(VersionFact, frozen=True, kw_only=True, omit_defaults=True):
    """One runtime; AWS gives a date to those that it has deprecated."""

    deprecated: datetime.date | None = None


def fetch(client: Client) -> Iterator[Item]:
    """Ask Synthetics for all runtimes, also those it has deprecated."""
    return items(client, "describe_runtime_versions", "RuntimeVersions")


def shape(runtimes: Iterable[Item]) -> dict[str, RuntimeFact]:
    """By `runtime version`, as in `syn-nodejs-playwright 2.0`, whether a canary can be created with it."""
    found = {}
    for each in runtimes:
        name = _NAME.fullmatch(each.get("VersionName") or "")
        if name:
            end = day(each.get("DeprecationDate"))
            state: Claim = "withdrawn" if end else "available"
            found[f"{name[1]} {name[2]}"] = RuntimeFact(state=state, deprecated=end)
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
