"""`preflight explain RULE`: the page of one rule, with its examples."""

from __future__ import annotations

import argparse
import sys

from policy_pack.cli import BROKEN, CLEAN
from policy_pack.linter import diagnostics, registry
from policy_pack.linter.config import unknown_name
from policy_pack.report.rule_page import page_of


def run(options: argparse.Namespace) -> int:
    """Print the page. Returns the exit code."""
    known = (*registry.modules(), *diagnostics.ALL)
    if options.rule not in known:
        sys.stderr.write(f"error: {unknown_name('rule', options.rule, known)}\n")
        return BROKEN
    sys.stdout.write(page_of(options.rule))
    return CLEAN
