"""Signs that a program means its DynamoDB table to be global: names, tags and stack configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from policy_pack.model import Secret, Value
from policy_pack.model.values import leaves, settled
from policy_pack.rules.rule import PlanView, View

REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
REGIONS_KEY = re.compile(r"(globaltable|tablereplica|dynamodbreplica|replica)regions?")
SWITCH_KEY = re.compile(
    r"(enable|use)?(dynamodb)?(globaltables?|multiregion|replicas?|replication)(enabled)?"
)
GLOBAL_TAG = re.compile(r"(is)?global(table)?")
YES = frozenset(("true", "yes", "1", "enabled", "on"))
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def is_called_global(table: View) -> bool:
    """Whether a table's name or one of its tags says that it is a global table."""
    names = (table.name, table.text("name") or "")
    if any("global" in words(name) or "globaltable" in plain(name) for name in names):
        return True
    tags = table.known("tags")
    return isinstance(tags, Mapping) and any(
        GLOBAL_TAG.fullmatch(plain(key)) and str(value).lower() in YES for key, value in tags.items()
    )


def asked_regions(config: Mapping[str, Value]) -> tuple[str, tuple[str, ...]] | None:
    """The configuration key that lists regions for replicas, and the regions; None when switched off."""
    entries = [(key, plain(key.rpartition(":")[2]), _text(value)) for key, value in config.items()]
    if any(SWITCH_KEY.fullmatch(name) and text.lower() in ("false", "no", "0") for _, name, text in entries):
        return None
    for key, name, text in entries:
        if REGIONS_KEY.fullmatch(name):
            regions = tuple(region_list(text))
            if regions and all(REGION.fullmatch(region) for region in regions):
                return key, regions
    return None


def switched_on(config: Mapping[str, Value]) -> str | None:
    """The configuration key that turns global tables on, if there is one."""
    for key, value in config.items():
        if "globaltable" in plain(key.rpartition(":")[2]) and _text(value).lower() in YES:
            return key
    return None


def regions_in_use(plan: PlanView) -> frozenset[str]:
    """The regions where the plan makes something, or that one of its inputs named for a region holds."""
    made = [resource for resource in plan.resources() if not resource.type.startswith("pulumi:")]
    return frozenset(region for resource in made for region in (resource.region, *_named(resource)) if region)


def _named(resource: View) -> Iterator[str]:
    for key, value in resource.inputs():
        if key in ("tags", "tagsAll"):
            continue
        for path, leaf in leaves(value, key):
            if isinstance(leaf, str) and "region" in path.lower() and REGION.fullmatch(leaf):
                yield leaf


def region_list(text: str) -> list[str]:
    """The items of a JSON list of texts, or of a list with commas."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        items = text.split(",")
    if not isinstance(items, list):
        return []
    return [item.strip() for item in items if isinstance(item, str) and item.strip()]


def words(name: str) -> set[str]:
    """The words of a name in any case style, in lower case."""
    return {word.lower() for word in WORD.findall(name)}


def plain(name: str) -> str:
    """A name without its case and separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _text(value: Value) -> str:
    if isinstance(value, Secret):
        return ""
    known = settled(value)
    if isinstance(known, list):
        return json.dumps([item for item in known if isinstance(item, str)])
    return known if isinstance(known, str) else str(known)
