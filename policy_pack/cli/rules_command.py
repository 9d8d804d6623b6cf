"""`preflight rules`: list every rule and every other kind of finding."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from policy_pack.cli import BROKEN, CLEAN
from policy_pack.linter import diagnostics
from policy_pack.linter.config import ConfigError, find_config


def run(options: argparse.Namespace) -> int:
    """Print the list. Returns the exit code."""
    try:
        rulebook = find_config(Path.cwd()).rulebook
    except ConfigError as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN
    rows = [
        {"name": rule.name, "severity": rule.severity.value, "since": rule.since, "summary": rule.summary()}
        for rule in rulebook.load_all()
    ]
    rows += [
        {"name": item.name, "severity": item.severity.value, "since": "0.1", "summary": item.summary()}
        for item in diagnostics.ALL.values()
    ]
    rows.sort(key=lambda row: row["name"])
    if options.json:
        sys.stdout.write(json.dumps({"version": 1, "rules": rows}, indent=2) + "\n")
        return CLEAN
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        sys.stdout.write(f"{row['name']:<{width}}  {row['severity']:<7}  {row['summary']}\n")
    return CLEAN
