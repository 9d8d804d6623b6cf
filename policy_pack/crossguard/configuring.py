"""What a team says of the policies, in the file for the CLI or in PulumiPolicy.yaml: both look the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import yaml

from policy_pack.linter.config import ConfigError, unknown_name
from policy_pack.linter.diagnostics import NOT_SIMULATED
from policy_pack.model import Severity
from policy_pack.rules.rule import Rule

FILE = "PulumiPolicy.yaml"
ALL = "all"
LEVEL = "enforcementLevel"
LEVELS = ("advisory", "mandatory", "remediate", "disabled")
FAIL_ON = "failOn"
SIMULATE = "simulate"
_SEVERITIES = tuple(severity.value for severity in Severity)
# The settings of a policy, by its name.
Given: TypeAlias = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class PackConfig:
    """What PulumiPolicy.yaml says: levels, that of `all` too, and settings by policy."""

    levels: Mapping[str, str] = field(default_factory=dict)
    settings: Given = field(default_factory=dict)

    def level(self, policy: str) -> str | None:
        """The level of a policy, its own or that of all."""
        return self.levels.get(policy, self.levels.get(ALL))


def read(directory: Path | None, rules: Mapping[str, Rule], beside: Iterable[str]) -> PackConfig:
    """What `config` says in a pack's PulumiPolicy.yaml; `beside` are policies without a rule.

    Raises:
        ConfigError: it cannot be read, or says something that is not understood.
    """
    file = directory / FILE if directory else None
    if file is None or not file.is_file():
        return PackConfig()
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
        given = found.get("config") if isinstance(found, dict) else None
        return _parsed(given or {}, rules, beside)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"`{file}` cannot be read: {error}") from error
    except ConfigError as error:
        raise ConfigError(f"`{file}`: `config`: {error}") from error


def check_file(file: Path | None, rules: Mapping[str, Rule], beside: Iterable[str]) -> None:
    """Check a file for the CLI before the CLI does, which names neither what is wrong nor what is right.

    Raises:
        ConfigError: it says something that is not understood. What cannot be read, the CLI says itself.
    """
    try:
        given = json.loads(file.read_text(encoding="utf-8") or "{}") if file else None
    except (OSError, ValueError, RecursionError):
        return
    if isinstance(given, dict):
        # For the CLI alone: where it takes further configuration from.
        given.pop("environments", None)
        try:
            _parsed(given, rules, beside)
        except ConfigError as error:
            raise ConfigError(f"`{file}`: {error}") from error


def _parsed(given: Any, rules: Mapping[str, Rule], beside: Iterable[str]) -> PackConfig:
    if not isinstance(given, dict):
        raise ConfigError("it is no mapping of policies")
    levels: dict[str, str] = {}
    settings: dict[str, Mapping[str, Any]] = {}
    for name, said in given.items():
        values = {LEVEL: said} if isinstance(said, str) else said
        if not isinstance(values, dict):
            raise ConfigError(f"`{name}` is neither a level nor a mapping of settings")
        settings[name] = {key: value for key, value in values.items() if key != LEVEL}
        if LEVEL in values:
            levels[name] = _one_of("level", values[LEVEL], LEVELS, name)
    check(settings, rules, beside)
    return PackConfig(levels, settings)


def check(given: Given, rules: Mapping[str, Rule], beside: Iterable[str]) -> None:
    """Check the names and settings of policies.

    Raises:
        ConfigError: names what is wrong, and the closest name that is right.
    """
    known = {*rules, *beside, ALL}
    for name, values in given.items():
        if name not in known:
            raise ConfigError(unknown_name("policy", name, known))
        types = _types(name, rules.get(name))
        for key, value in values.items():
            if key not in types:
                raise ConfigError(unknown_name(f"setting of `{name}`", key, (*types, LEVEL)))
            if key == FAIL_ON:
                _one_of("severity", value, _SEVERITIES, name)
            try:
                msgspec.convert(value, types[key])
            except msgspec.ValidationError as error:
                raise ConfigError(f"`{key}` of `{name}`: {error}") from error


def _types(name: str, rule: Rule | None) -> Mapping[str, Any]:
    """The types of a policy's settings; `all` takes a level only."""
    if rule is None:
        return {SIMULATE: bool} if name == NOT_SIMULATED.name else {}
    return {FAIL_ON: str} | {key: item.type for key, item in rule.parameters.items()}


def _one_of(kind: str, value: object, known: Iterable[str], policy: str) -> str:
    if not isinstance(value, str) or value not in known:
        wrong = unknown_name(kind, str(value), known)
        raise ConfigError(f"`{policy}`: {wrong}; it must be one of {', '.join(known)}")
    return value
