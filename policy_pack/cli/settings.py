"""What holds for a run: command line over environment over configuration file over default."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from policy_pack.cli import FORMATS, UsageError
from policy_pack.linter import diagnostics
from policy_pack.linter.config import SIMULATE_KEYS, Config, ConfigError, Simulate, unknown_name
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
    "memory-limit": 4.0,
    "simulate": True,
    "rules-from": [],
    "rules": {},
}
LONGEST = 24 * 60 * 60
# The SDK alone takes 1.3 GB for 10,000 resources.
GIGABYTES = (2, 1024)
CHOICES = {"fail-on": ("error", "warning", "note", "never"), "output-format": FORMATS}


class Setting(Struct, frozen=True):
    """An effective value and where it comes from."""

    value: Any
    origin: str


class Choice:
    """The settings of every program of one run, and which rules they want."""

    def __init__(
        self, configs: Sequence[Config], environment: Mapping[str, str], options: argparse.Namespace
    ) -> None:
        """Raises ConfigError when a value is none of those allowed."""
        self.configs = configs
        self._environment = environment
        self._options = options
        self._known: dict[Path | None, dict[str, Setting]] = {}
        for config in configs:
            self.settings(config)

    def settings(self, config: Config) -> Mapping[str, Setting]:
        """The settings of a program that has a configuration. Raises ConfigError like `effective`."""
        if config.path not in self._known:
            self._known[config.path] = effective(config, self._environment, self._options)
        return self._known[config.path]

    def wants(self, name: str, config: Config) -> bool:
        """Whether a rule or diagnostic is selected where a configuration holds, and not ignored."""
        settings = self.settings(config)
        select, ignore = settings["select"].value, settings["ignore"].value
        return (not select or name in select) and name not in ignore

    def is_wanted_anywhere(self, name: str) -> bool:
        """Whether any program wants a rule."""
        return any(self.wants(name, config) for config in self.configs)

    def known_names(self) -> list[str]:
        """All names that may be selected."""
        own = (name for config in self.configs for name in config.rulebook.names())
        return [*dict.fromkeys(own), *diagnostics.OPTIONAL]

    def reject_unknown_names(self) -> None:
        """Raise UsageError for a selected or ignored rule that there is not."""
        known = self.known_names()
        for config in self.configs:
            for key in ("select", "ignore"):
                for name in self.settings(config)[key].value:
                    if name not in known:
                        raise UsageError(unknown_name("rule", name, known))


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
        if key == "memory-limit" and not GIGABYTES[0] <= setting.value <= GIGABYTES[1]:
            wanted = f"at least {GIGABYTES[0]} and at most {GIGABYTES[1]} gigabytes"
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
    tables = {key: getattr(value, key.replace("-", "_")) for key in SIMULATE_KEYS}
    return {key: _masked(marked(table)) for key, table in tables.items() if table}


def _masked(value: Any) -> Any:
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value
