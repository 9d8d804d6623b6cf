"""`preflight config`: the effective settings with the origin of each, and the facts that are in force."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from policy_pack.catalog import CatalogError
from policy_pack.catalog.inventory import inventory
from policy_pack.cli import BROKEN, CLEAN
from policy_pack.cli.facts_table import facts_line, facts_table
from policy_pack.cli.settings import effective
from policy_pack.linter.config import Config, ConfigError, find_config, unknown_name
from policy_pack.linter.facts import catalogs_for

FACTS = "facts"


def run(options: argparse.Namespace) -> int:
    """Print one setting or all. Returns the exit code."""
    today = datetime.datetime.now(tz=datetime.timezone.utc).date()
    try:
        lines = list(_lines(Path(options.path).resolve(), options.key, today))
    except (ConfigError, CatalogError) as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return CLEAN


def _lines(directory: Path, key: str | None, today: datetime.date) -> Iterator[str]:
    config = find_config(directory)
    settings = effective(config, os.environ)
    if key not in (None, FACTS, *settings):
        raise ConfigError(unknown_name("key", str(key), [*settings, FACTS]))
    for name, setting in settings.items():
        if key in (None, name):
            yield f"{name} = {json.dumps(setting.value)}  ({setting.origin})"
    if key in (None, FACTS):
        yield from _facts(config, directory, today, whole=key == FACTS)


def _facts(config: Config, directory: Path, today: datetime.date, *, whole: bool) -> Iterator[str]:
    holdings = inventory(catalogs_for(config, directory, os.environ))
    if whole:
        yield from facts_table(holdings, today)
    else:
        yield f"facts = {json.dumps(facts_line(holdings, today))}  (see `preflight config facts`)"
