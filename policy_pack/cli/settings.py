"""What holds for a run: command line over environment over configuration file over default."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policy_pack.cli import FORMATS
from policy_pack.linter.config import Config, ConfigError, Simulate
from policy_pack.linter.masking import MASK
from policy_pack.model import Secret
from policy_pack.model.sensitive import marked

DEFAULT = "default"  # the origin of what nobody has set
FORMAT_VARIABLE = "PREFLIGHT_OUTPUT_FORMAT"
DEFAULTS: Mapping[str, Any] = {
    "select": [],
    "ignore": [],
    "fail-on": "error",
    "output-format": "full",
    "stacks": [],
    "time-limit": 60.0,
    "simulate": True,
    "rules-from": [],
    "rules": {},
}
LONGEST = 24 * 60 * 60
CHOICES = {"fail-on": ("error", "warning", "note", "never"), "output-format": FORMATS}


@dataclass(frozen=True)
class Setting:
    """An effective value and where it comes from."""

    value: Any
    origin: str


def effective(
    config: Config, environment: Mapping[str, str], options: argparse.Namespace | None = None
) -> dict[str, Setting]:
    """Every setting by its key.

    Raises ConfigError when a value is none of those allowed.
    """
    found = {}
    for key, default in DEFAULTS.items():
        setting = _setting(key, default, config, environment, options)
        allowed = CHOICES.get(key)
        if allowed and setting.value not in allowed:
            raise ConfigError(
                f"{setting.origin}: `{key}` is `{setting.value}`; it must be one of {', '.join(allowed)}"
            )
        if key == "time-limit" and not 0 < setting.value <= LONGEST:
            wanted = f"more than 0 and at most {LONGEST} seconds"
            raise ConfigError(f"{setting.origin}: `{key}` is {setting.value:g}; it must be {wanted}")
        found[key] = setting
    return found


def _setting(
    key: str, default: Any, config: Config, environment: Mapping[str, str], options: argparse.Namespace | None
) -> Setting:
    name = key.replace("-", "_")
    given = getattr(options, {"stacks": "stack"}.get(name, name), None) if options else None
    if given not in (None, []):
        return Setting(given, "command line")
    if key == "output-format" and environment.get(FORMAT_VARIABLE):
        return Setting(environment[FORMAT_VARIABLE], f"environment variable {FORMAT_VARIABLE}")
    said = getattr(config.settings, name)
    if said not in (None, {}):
        return Setting(_shown(said), f"`{config.path}`")
    return Setting(default, DEFAULT)


def _shown(value: Any) -> Any:
    """A table as plain values, without what its names say is secret."""
    if not isinstance(value, Simulate):
        return value
    tables = {
        "config": value.config,
        "env": value.env,
        "stack-outputs": value.stack_outputs,
        "stubs": value.stubs,
    }
    return {key: _masked(marked(table)) for key, table in tables.items() if table}


def _masked(value: Any) -> Any:
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value
