"""`preflight config`: the effective settings with the origin of each."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from policy_pack.cli import BROKEN, CLEAN
from policy_pack.cli.settings import effective
from policy_pack.linter.config import ConfigError, find_config, unknown_name


def run(options: argparse.Namespace) -> int:
    """Print one setting or all. Returns the exit code."""
    try:
        settings = effective(find_config(Path(options.path).resolve()), os.environ)
        if options.key is not None and options.key not in settings:
            raise ConfigError(unknown_name("key", options.key, settings))
    except ConfigError as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN
    for key, setting in settings.items():
        if options.key in (None, key):
            sys.stdout.write(f"{key} = {json.dumps(setting.value)}  ({setting.origin})\n")
    return CLEAN
