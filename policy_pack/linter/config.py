"""The configuration: `[tool.preflight]` of the nearest `pyproject.toml`, or the nearest `preflight.toml`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from policy_pack.linter import diagnostics, registry
from policy_pack.linter.offered_rules import offered_modules
from policy_pack.linter.registry import Rulebook
from policy_pack.model import Severity

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class ConfigError(Exception):
    """The configuration is not what it must be; the message names the file, the key and the closest one."""


class Simulate(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """What a simulation is given in place of what is not at hand.

    `config` holds values that are not set, or encrypted; `env` variables; `stack_outputs` the outputs of
    other stacks by their names; `stubs` what functions that reach outside return, by dotted names.
    """

    config: dict[str, Any] = msgspec.field(default_factory=dict)
    env: dict[str, str] = msgspec.field(default_factory=dict)
    stack_outputs: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    stubs: dict[str, Any] = msgspec.field(default_factory=dict)


class Settings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """The keys of a configuration file. None stands for "not said"."""

    select: list[str] | None = None
    ignore: list[str] | None = None
    fail_on: str | None = None
    output_format: str | None = None
    stacks: list[str] | None = None
    time_limit: float | None = None
    memory_limit: float | None = None
    simulate: bool | Simulate | None = None
    rules_from: list[str] | None = None
    rules: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


SIMULATE_KEYS = tuple(item.encode_name for item in msgspec.structs.fields(Simulate))
KEYS = tuple(item.encode_name for item in msgspec.structs.fields(Settings))
LEVELS = (*(severity.value for severity in Severity), "off")


class Config(msgspec.Struct, frozen=True):
    """Checked settings, where they stand and the rules there are; `path` is None when there is no file."""

    path: Path | None = None
    settings: Settings = msgspec.field(default_factory=Settings)
    rulebook: Rulebook = msgspec.field(default_factory=Rulebook)

    def level(self, rule: str) -> str | None:
        """The level given to a rule: a severity or `off`."""
        level = self.settings.rules.get(rule, {}).get("level")
        return level if isinstance(level, str) else None

    def parameters(self, rule: str) -> Mapping[str, Any]:
        """The parameters given to a rule."""
        given = self.settings.rules.get(rule, {})
        return {key: value for key, value in given.items() if key != "level"}

    @property
    def simulated(self) -> Simulate:
        """What a simulation is given; nothing where the configuration does not say."""
        given = self.settings.simulate
        return given if isinstance(given, Simulate) else Simulate()


def find_config(start: Path) -> Config:
    """Read the configuration nearest to a directory, looking upwards to the repository's root.

    Raises ConfigError when the file cannot be read or says something that is not understood, or when rules
    of the project's own cannot be loaded.
    """
    for directory in (start, *start.parents):
        own = directory / "preflight.toml"
        if own.is_file():
            return _config(own, read_toml(own))
        project = directory / "pyproject.toml"
        tools = read_toml(project).get("tool") if project.is_file() else None
        table = tools.get("preflight") if isinstance(tools, dict) else None
        if table is not None:
            return _config(project, table)
        if (directory / ".git").exists():
            break
    return Config(rulebook=_rulebook(None, Settings()))


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file. Raises ConfigError when it cannot be read or is no TOML."""
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"`{path}` cannot be read: {error}") from error
    return table


def _config(path: Path, table: Any) -> Config:
    settings = _settings(path, table)
    rulebook = _rulebook(path, settings)
    names = {*rulebook.names(), *diagnostics.OPTIONAL}
    for key in ("select", "ignore"):
        reject_unknown(path, f"rule in `{key}`", getattr(settings, key) or (), names)
    reject_unknown(path, "rule", settings.rules, names)
    for rule, given in settings.rules.items():
        _check_rule(path, rule, given, rulebook)
    return Config(path, settings, rulebook)


def _settings(path: Path, table: Any) -> Settings:
    if not isinstance(table, dict):
        raise ConfigError(f"`{path}`: `tool.preflight` is no table")
    reject_unknown(path, "key", table, KEYS)
    if isinstance(table.get("simulate"), dict):
        _check_simulate(path, table["simulate"])
    if isinstance(table.get("rules"), list):
        if "rules-from" in table:
            raise ConfigError(f"`{path}`: `rules` is a list and `rules-from` another; give one of them")
        table = {**table, "rules-from": table["rules"], "rules": {}}
    try:
        return msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"`{path}`: {error}") from error


def _check_simulate(path: Path, table: dict[str, Any]) -> None:
    reject_unknown(path, "key in `simulate`", table, SIMULATE_KEYS)
    try:
        json.dumps(table)
    except TypeError as error:
        raise ConfigError(f"`{path}`: `simulate`: a date or time must be given as a text") from error
    for name in table.get("stubs") or ():
        if not all(part.isidentifier() for part in name.split(".")) or "." not in name:
            raise ConfigError(
                f"`{path}`: `simulate.stubs`: `{name}` is not of the form `module.function`; put it in quotes"
            )


def _rulebook(path: Path | None, settings: Settings) -> Rulebook:
    """The rules of a project. Most have none of their own, and pay nothing for it."""
    named, offered = settings.rules_from or [], offered_modules()
    if not named and not offered:
        return Rulebook()
    from policy_pack.linter.own_rules import OwnRuleError, load_module, rulebook

    directory = path.parent if path else None
    try:
        own = [load_module(name, directory) for name in named]
        return rulebook([*own, *(load_module(name) for name in offered)])
    except OwnRuleError as error:
        where = f"`{path}`: `rules-from`" if named else "the rules of installed packages"
        raise ConfigError(f"{where}: {error}") from error


def _check_rule(path: Path, rule: str, given: Mapping[str, Any], rulebook: Rulebook) -> None:
    level = given.get("level")
    if level is not None and level not in LEVELS:
        wrong = unknown_name("level", str(level), LEVELS)
        raise ConfigError(f"`{path}`: `rules.{rule}.level`: {wrong}; it must be one of {', '.join(LEVELS)}")
    parameters = rulebook.load(rule).parameters if rulebook.holds(rule) else {}
    reject_unknown(path, f"parameter of `{rule}`", given, (*parameters, "level"))
    for key, parameter in parameters.items():
        if key in given:
            try:
                msgspec.convert(given[key], parameter.type)
            except msgspec.ValidationError as error:
                raise ConfigError(f"`{path}`: `rules.{rule}.{key}`: {error}") from error


def reject_unknown(path: Path, kind: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ConfigError for the first name of a file that is not known."""
    for name in given:
        if name not in known:
            raise ConfigError(f"`{path}`: {unknown_name(kind, name, known)}")


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is not known, with the closest one that is."""
    if name in diagnostics.ALWAYS:
        return f"`{name}` is always reported: it cannot be selected, ignored or given a level"
    similar = registry.closest(name, known)
    hint = f"; a similar one is `{similar}`" if similar else ""
    return f"there is no {kind} named `{name}`{hint}"
