"""A Pulumi project as its files describe it: entry point, interpreter and stacks."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policy_pack.source.discovery import PROJECT_FILES, read_group, read_program
from policy_pack.source.environment import Environment, own_interpreter, project_environment
from policy_pack.source.files import Sources
from policy_pack.source.program import SourceProgram
from policy_pack.source.stack_settings import Declared, ProjectError, StackConfig, read_yaml

__all__ = [
    "Project",
    "ProjectError",
    "StackConfig",
    "choose_stacks",
    "find_project",
    "project_directories",
]

RUNTIMES = ("python", "nodejs")


# What `--stack` takes for every stack there is.
ALL_STACKS = "all"


@dataclass(frozen=True)
class Project:
    """`directory` holds Pulumi.yaml; `entry` is the file or directory that is run by its runtime."""

    name: str
    directory: Path
    entry: Path
    options: Mapping[str, Any]
    config: Mapping[str, Any]
    template: Mapping[str, Any] = field(default_factory=dict)
    runtime: str = "python"

    @property
    def working_directory(self) -> Path:
        """Where the program runs."""
        return self.entry if self.entry.is_dir() else self.entry.parent

    def stacks(self) -> list[str]:
        """The stacks that have a `Pulumi.<stack>.yaml`, in alphabetical order."""
        files = [*self.directory.glob("Pulumi.*.yaml"), *self.directory.glob("Pulumi.*.yml")]
        return sorted({file.name.split(".", 1)[1].rsplit(".", 1)[0] for file in files})

    def stack_file(self, stack: str) -> Path | None:
        """The stack's settings file, None when there is none."""
        names = (f"Pulumi.{stack}.yaml", f"Pulumi.{stack}.yml")
        return next((self.directory / name for name in names if (self.directory / name).is_file()), None)

    def stack_config(
        self, stack: str, overrides: Mapping[str, str], simulated: Mapping[str, Any] | None = None
    ) -> StackConfig:
        """The stack's configuration over the project's defaults, with `--config` values on top.

        `simulated` are values for what is not set, or encrypted.

        Raises ProjectError when the stack's file is no YAML mapping.
        """
        declared = Declared(self.name, self.config, self.template)
        return declared.stack_config(self.stack_file(stack), overrides, simulated or {})

    def interpreter(self, variables: Mapping[str, str]) -> str:
        """The Python of the project's own virtual environment, else of the active one, else ours."""
        return own_interpreter(self.directory, self._named(), variables) or sys.executable

    def environment(self, variables: Mapping[str, str]) -> Environment:
        """What that interpreter has installed."""
        return project_environment(self.directory, self._named(), variables)

    def source(self, sources: Sources, variables: Mapping[str, str]) -> SourceProgram:
        """The Python files that the program consists of, and those that test it; none of other languages."""
        directory, environment = str(self.directory), self.environment(variables)
        if self.runtime != "python":
            return read_group(directory, [], sources, environment)
        return read_program(directory, str(self.entry), sources, environment)

    def _named(self) -> str | None:
        named = self.options.get("virtualenv")
        return str(named) if named else None


def find_project(path: Path) -> Project:
    """Read the project in a directory.

    Raises ProjectError when there is none, when its file is broken, or when its language cannot be run.
    """
    file = next((path / name for name in PROJECT_FILES if (path / name).is_file()), None)
    if file is None:
        raise ProjectError(f"no Pulumi.yaml in `{path}`")
    data = read_yaml(file)
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise ProjectError(f"`{file}` has no `name`")
    runtime, options = _runtime(data.get("runtime"), file)
    if runtime not in RUNTIMES:
        known = " and ".join(f"`{name}`" for name in RUNTIMES)
        raise ProjectError(f"`{file}` has the runtime `{runtime}`; only {known} programs can be simulated")
    directory = file.parent.resolve()
    config, template = data.get("config"), data.get("template")
    offered = template.get("config") if isinstance(template, dict) else None
    return Project(
        name,
        directory,
        _entry(directory, data.get("main"), runtime),
        options,
        config if isinstance(config, dict) else {},
        template=offered if isinstance(offered, dict) else {},
        runtime=runtime,
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
    """The stacks to simulate: those asked for, every one for `all`, else the only one, else `dev`.

    Raises ProjectError when that leaves none, or one without a settings file where others have theirs.
    """
    stacks = project.stacks()
    listed = ", ".join(f"`{stack}`" for stack in stacks)
    if ALL_STACKS in wanted:
        return stacks or ["dev"]
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
    raise ProjectError(
        f"`{project.directory.name}` has the stacks {listed}: choose with `--stack NAME`, or `--stack all`"
    )


def _runtime(value: Any, file: Path) -> tuple[str, Mapping[str, Any]]:
    if isinstance(value, str):
        return value, {}
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        options = value.get("options")
        return value["name"], options if isinstance(options, Mapping) else {}
    raise ProjectError(f"`{file}` names no `runtime`")


def _entry(directory: Path, main: Any, runtime: str) -> Path:
    entry = (directory / main).resolve() if isinstance(main, str) and main else directory
    if not entry.exists():
        raise ProjectError(f"`main: {main}` in `{directory / 'Pulumi.yaml'}` does not exist")
    if runtime == "python" and entry.is_dir() and not (entry / "__main__.py").is_file():
        raise ProjectError(f"`{entry}` has no `__main__.py`, which is what Pulumi runs")
    return entry
