"""A Pulumi project as its files describe it: entry point, interpreter, stacks and their configuration."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from policy_pack.source.discovery import PROJECT_FILES
from policy_pack.source.environment import Environment, own_interpreter, project_environment

PLACEHOLDER = "preflight-encrypted-value"


class ProjectError(Exception):
    """The project's files do not describe a program that can be simulated. Says what to do about it."""


@dataclass(frozen=True)
class StackConfig:
    """One stack's configuration as the SDK expects it: `namespace:key` to text, and which keys are secret.

    `encrypted` holds placeholders that stand for values only the secrets provider can decrypt.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    secret_keys: frozenset[str] = frozenset()
    encrypted: bool = False


@dataclass(frozen=True)
class Project:
    """`directory` holds Pulumi.yaml; `entry` is the file or directory that Python runs."""

    name: str
    directory: Path
    entry: Path
    options: Mapping[str, Any]
    config: Mapping[str, Any]

    def stacks(self) -> list[str]:
        """The stacks that have a `Pulumi.<stack>.yaml`, in alphabetical order."""
        files = [*self.directory.glob("Pulumi.*.yaml"), *self.directory.glob("Pulumi.*.yml")]
        return sorted({file.name.split(".", 1)[1].rsplit(".", 1)[0] for file in files})

    def stack_file(self, stack: str) -> Path | None:
        """The stack's settings file, None when there is none."""
        names = (f"Pulumi.{stack}.yaml", f"Pulumi.{stack}.yml")
        return next((self.directory / name for name in names if (self.directory / name).is_file()), None)

    def stack_config(self, stack: str, overrides: Mapping[str, str]) -> StackConfig:
        """The stack's configuration over the project's defaults, with `--config` values on top.

        Raises ProjectError when the stack's file is no YAML mapping.
        """
        values: dict[str, Any] = dict(self._defaults())
        file = self.stack_file(stack)
        if file is not None:
            values.update({self._qualified(str(key)): value for key, value in _config_of(file).items()})
        secret = {key for key, value in values.items() if _is_encrypted(value)}
        values.update({self._qualified(key): value for key, value in overrides.items()})
        encrypted = any(_is_encrypted(value) for value in values.values())
        texts = {key: _as_text(_opened(value)) for key, value in values.items() if value is not None}
        return StackConfig(texts, frozenset(secret), encrypted)

    def _defaults(self) -> Iterator[tuple[str, Any]]:
        for key, declared in self.config.items():
            if isinstance(declared, Mapping) and ("default" in declared or "type" in declared):
                if declared.get("default") is not None:
                    yield self._qualified(key), declared["default"]
            elif isinstance(declared, Mapping) and "value" in declared:
                yield self._qualified(key), declared["value"]
            elif not isinstance(declared, Mapping):
                yield self._qualified(key), declared

    def _qualified(self, key: str) -> str:
        namespace, _, name = key.partition(":")
        if not name:
            return f"{self.name}:{key}"
        return f"{namespace}:{name.removeprefix('config:')}"

    def interpreter(self, variables: Mapping[str, str]) -> str:
        """The Python of the project's own virtual environment, else of the active one, else ours."""
        return own_interpreter(self.directory, self._named(), variables) or sys.executable

    def environment(self, variables: Mapping[str, str]) -> Environment:
        """What that interpreter has installed."""
        return project_environment(self.directory, self._named(), variables)

    def _named(self) -> str | None:
        named = self.options.get("virtualenv")
        return str(named) if named else None


def find_project(path: Path) -> Project:
    """Read the project in a directory.

    Raises ProjectError when there is none, when its file is broken, or when it is not a Python program.
    """
    file = next((path / name for name in PROJECT_FILES if (path / name).is_file()), None)
    if file is None:
        raise ProjectError(f"no Pulumi.yaml in `{path}`")
    data = _read_yaml(file)
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise ProjectError(f"`{file}` has no `name`")
    runtime, options = _runtime(data.get("runtime"), file)
    if runtime != "python":
        raise ProjectError(f"`{file}` has the runtime `{runtime}`; only `python` programs can be simulated")
    directory = file.parent.resolve()
    config = data.get("config")
    return Project(
        name,
        directory,
        _entry(directory, data.get("main")),
        options,
        config if isinstance(config, dict) else {},
    )


def project_directories(path: Path) -> Sequence[Path]:
    """The directories at or below `path` that hold a project; hidden and installed ones are passed over."""
    if any((path / name).is_file() for name in PROJECT_FILES):
        return [path]
    found = []
    for directory, folders, files in os.walk(path):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in ("node_modules", "site-packages", "venv", "__pycache__")
        )
        if any(name in files for name in PROJECT_FILES):
            found.append(Path(directory))
    return found


def choose_stacks(project: Project, wanted: Sequence[str]) -> list[str]:
    """The stacks to simulate: those asked for, else the only one, else `dev`.

    Raises ProjectError when that leaves none, or one without a settings file where others have theirs.
    """
    stacks = project.stacks()
    listed = ", ".join(f"`{stack}`" for stack in stacks)
    for stack in wanted:
        if stacks and stack not in stacks:
            raise ProjectError(
                f"`{project.directory.name}` has no `Pulumi.{stack}.yaml`; its stacks are {listed}"
            )
    if wanted:
        return list(dict.fromkeys(wanted))
    if len(stacks) == 1:
        return stacks
    if "dev" in stacks or not stacks:
        return ["dev"]
    raise ProjectError(f"`{project.directory.name}` has the stacks {listed}: choose with `--stack NAME`")


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


def _read_yaml(file: Path) -> dict[str, Any]:
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
    config = _read_yaml(file).get("config") or {}
    if not isinstance(config, Mapping):
        raise ProjectError(f"the `config` in `{file}` is not a mapping of keys to values")
    return config


def _runtime(value: Any, file: Path) -> tuple[str, Mapping[str, Any]]:
    if isinstance(value, str):
        return value, {}
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        options = value.get("options")
        return value["name"], options if isinstance(options, Mapping) else {}
    raise ProjectError(f"`{file}` names no `runtime`")


def _entry(directory: Path, main: Any) -> Path:
    entry = (directory / main).resolve() if isinstance(main, str) and main else directory
    if not entry.exists():
        raise ProjectError(f"`main: {main}` in `{directory / 'Pulumi.yaml'}` does not exist")
    if entry.is_dir() and not (entry / "__main__.py").is_file():
        raise ProjectError(f"`{entry}` has no `__main__.py`, which is what Pulumi runs")
    return entry


def _is_encrypted(value: Any) -> bool:
    if isinstance(value, Mapping):
        return set(value) == {"secure"} or any(_is_encrypted(item) for item in value.values())
    return isinstance(value, list) and any(_is_encrypted(item) for item in value)


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
