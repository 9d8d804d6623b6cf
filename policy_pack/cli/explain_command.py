"""`preflight explain RULE`: the page of one rule, with its examples."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from policy_pack.cli import BROKEN, CLEAN
from policy_pack.linter import diagnostics, registry
from policy_pack.linter.config import ConfigError, find_config, unknown_name
from policy_pack.report.rule_page import page, page_of


def run(options: argparse.Namespace) -> int:
    """Print the page. Returns the exit code."""
    try:
        sys.stdout.write(_page(options.rule))
    except ConfigError as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN
    return CLEAN


def _page(name: str) -> str:
    """The page of a name; only for one that is not ours the project's configuration is read."""
    if name in registry.modules() or name in diagnostics.ALL:
        return page_of(name)
    rulebook = find_config(Path.cwd()).rulebook
    if not rulebook.holds(name):
        raise ConfigError(unknown_name("rule", name, [*rulebook.names(), *diagnostics.ALL]))
    return page(rulebook.load(name))
