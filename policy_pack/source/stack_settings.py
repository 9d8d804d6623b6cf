"""A stack's configuration: its settings file over the project's defaults, as the SDK expects it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from policy_pack.model import SourceSpan

PLACEHOLDER = "preflight-encrypted-value"


class ProjectError(Exception):
    """The project's files do not describe a program that can be simulated. Says what to do about it."""


@dataclass(frozen=True)
class StackConfig:
    """One stack's configuration as the SDK expects it: `namespace:key` to text, and which keys are secret.

    `encrypted` holds placeholders that stand for values only the secrets provider can decrypt. `places` says
    where the stack's file defines a key. `suggested` are values that the project's template offers for keys
    that are not set, `types` those that the project declares.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    secret_keys: frozenset[str] = frozenset()
    encrypted: bool = False
    places: Mapping[str, SourceSpan] = field(default_factory=dict)
    suggested: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Declared:
    """What a Pulumi.yaml says of configuration: its `config`, and the `config` of its `template`."""

    project: str
    config: Mapping[str, Any]
    template: Mapping[str, Any]

    def stack_config(
        self, file: Path | None, overrides: Mapping[str, str], simulated: Mapping[str, Any]
    ) -> StackConfig:
        """What holds for a stack with a settings file or none.

        `simulated` are values for what is not set, or encrypted; `overrides` count most.

        Raises ProjectError when the stack's file is no YAML mapping.
        """
        suggested = dict(self._suggested())
        values: dict[str, Any] = dict(self._defaults())
        if file is not None:
            own = {self._qualified(str(key)): value for key, value in _config_of(file).items()}
            values.update(own)
        else:
            values = suggested | values
        secret = {key for key, value in values.items() if is_encrypted(value)}
        for key, value in simulated.items():
            name = self._qualified(key)
            if values.get(name) is None or is_encrypted(values[name]):
                values[name] = value
        values.update({self._qualified(key): value for key, value in overrides.items()})
        texts = {key: _as_text(_opened(value)) for key, value in values.items() if value is not None}
        return StackConfig(
            texts,
            frozenset(secret),
            any(map(is_encrypted, values.values())),
            {self._qualified(key): place for key, place in _places(file)} if file else {},
            {key: _as_text(value) for key, value in suggested.items() if key not in texts},
            dict(self._types()),
        )

    def _defaults(self) -> Iterator[tuple[str, Any]]:
        for key, declared in self.config.items():
            if isinstance(declared, Mapping) and ("default" in declared or "type" in declared):
                if declared.get("default") is not None:
                    yield self._qualified(key), declared["default"]
            elif isinstance(declared, Mapping) and "value" in declared:
                yield self._qualified(key), declared["value"]
            elif not isinstance(declared, Mapping):
                yield self._qualified(key), declared

    def _suggested(self) -> Iterator[tuple[str, Any]]:
        for key, declared in self.template.items():
            if isinstance(declared, Mapping) and declared.get("default") is not None:
                yield self._qualified(str(key)), declared["default"]

    def _types(self) -> Iterator[tuple[str, str]]:
        for key, declared in self.config.items():
            if isinstance(declared, Mapping) and isinstance(declared.get("type"), str):
                yield self._qualified(key), declared["type"]

    def _qualified(self, key: str) -> str:
        namespace, _, name = key.partition(":")
        if not name:
            return f"{self.project}:{key}"
        return f"{namespace}:{name.removeprefix('config:')}"


class _PulumiLoader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML as the Pulumi CLI reads it: `yes`, `on` and dates are plain text."""


_PulumiLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
        and not (tag == "tag:yaml.org,2002:bool" and first not in "tTfF")
    ]
    for first, resolvers in _PulumiLoader.yaml_implicit_resolvers.items()
}


def read_yaml(file: Path) -> dict[str, Any]:
    """Read a mapping. Raises ProjectError when the file cannot be read or is none."""
    try:
        data = yaml.load(file.read_text(encoding="utf-8"), _PulumiLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ProjectError(f"`{file}`, line {line}: {error.problem}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProjectError(f"`{file}` cannot be read: {error}") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ProjectError(f"`{file}` is not a mapping of keys to values")
    return data


def _config_of(file: Path) -> Mapping[str, Any]:
    config = read_yaml(file).get("config") or {}
    if not isinstance(config, Mapping):
        raise ProjectError(f"the `config` in `{file}` is not a mapping of keys to values")
    return config


def _places(file: Path) -> Iterator[tuple[str, SourceSpan]]:
    """Where a file that has been read already defines each key of its `config`."""
    root = yaml.compose(file.read_text(encoding="utf-8"), _PulumiLoader)
    members = root.value if isinstance(root, yaml.MappingNode) else []
    for name, config in members:
        if name.value == "config" and isinstance(config, yaml.MappingNode):
            for key, _ in config.value:
                start, end = key.start_mark, key.end_mark
                span = SourceSpan(str(file), start.line + 1, start.column + 1, end.line + 1, end.column + 1)
                yield str(key.value), span


def is_encrypted(value: Any) -> bool:
    """Whether a value, or a part of it, is encrypted."""
    if isinstance(value, Mapping):
        return set(value) == {"secure"} or any(is_encrypted(item) for item in value.values())
    return isinstance(value, list) and any(is_encrypted(item) for item in value)


def _opened(value: Any) -> Any:
    """The value with a placeholder for each encrypted part."""
    if isinstance(value, Mapping):
        if set(value) == {"secure"}:
            return PLACEHOLDER
        return {key: _opened(item) for key, item in value.items()}
    return [_opened(item) for item in value] if isinstance(value, list) else value


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value)
