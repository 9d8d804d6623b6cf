"""What the pack knows of the preview that it is part of; the only place that reads clock and environment."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.crossguard.secrets import is_sensitive
from policy_pack.linter.config import Config, find_config
from policy_pack.linter.facts import catalogs_for
from policy_pack.model import Secret, Value
from policy_pack.model.values import unwrapped
from policy_pack.model.wire import decode
from policy_pack.rules.rule import Rule

_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


def _any_file(path: str) -> bool:
    return True


@dataclass
class Preview:
    """The stack and the program that are being previewed.

    `default_region` counts when the stack's configuration names none. `exists` says yes to every file when
    the program's directory is not known: no finding may rest on not knowing where to look.
    """

    today: datetime.date
    project: str = ""
    stack: str = ""
    config: Mapping[str, Value] = field(default_factory=dict, repr=False)
    default_region: str | None = None
    directory: str = "."
    exists: Callable[[str], bool] = _any_file
    settings: Config = field(default_factory=Config)
    catalogs: Catalogs = field(default_factory=Catalogs)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Preview:
        """The preview that the engine started this process for.

        Raises ConfigError when the project's configuration of Preflight is broken.
        """
        directory = program_directory(os.getppid())
        settings = find_config(directory) if directory else Config()
        return cls(
            today=datetime.datetime.now(datetime.timezone.utc).date(),
            project=environment.get("PULUMI_PROJECT", ""),
            stack=environment.get("PULUMI_STACK", ""),
            config=marked_config(_mapping(environment.get("PULUMI_CONFIG")), ()),
            default_region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
            directory=str(directory or "."),
            exists=(lambda path: (directory / path).exists()) if directory else _any_file,
            settings=settings,
            catalogs=catalogs_for(settings, directory, environment),
        )

    @property
    def region(self) -> str | None:
        """The stack's region, None when nothing says."""
        given = unwrapped(self.config.get("aws:region"))
        return given if isinstance(given, str) and given else self.default_region

    def configure(self, request: Any) -> None:
        """Take over what the engine says of the stack: it also says which settings are secret."""
        self.project, self.stack = request.project, request.stack
        self.config = marked_config(dict(request.config), set(request.config_secret_keys))

    def wants(self, rule: Rule) -> bool:
        """Whether the project's own configuration leaves a rule on."""
        settings = self.settings.settings
        selected = settings.select is None or rule.name in settings.select
        return selected and rule.name not in (settings.ignore or ()) and self.level(rule) != "off"

    def level(self, rule: Rule) -> str | None:
        """The level that the project's own configuration gives a rule."""
        return self.settings.level(rule.name)

    def facts(self, rule: Rule, given: Mapping[str, Any]) -> Facts:
        """What a rule may know. Its parameters: those in `given`, else the project's, else the defaults."""
        own = self.settings.parameters(rule.name)
        defaults = {key: own.get(key, item.default) for key, item in rule.parameters.items()}
        return Facts(
            catalogs=self.catalogs,
            today=self.today,
            stack=self.stack,
            region=self.region,
            config=self.config,
            parameters={key: decode(given[key]) if key in given else item for key, item in defaults.items()},
            working_directory=self.directory,
            exists=self.exists,
        )


def program_directory(parent: int) -> Path | None:
    """Where the previewed program is: the engine starts a pack's host there. None when that is no project."""
    try:
        directory = Path(f"/proc/{parent}/cwd").readlink()
    except OSError:
        return None
    around = (directory, *directory.parents)
    return directory if any((place / name).is_file() for place in around for name in _PROJECT_FILES) else None


def marked_config(config: Mapping[str, Any], secret_keys: Collection[str]) -> Mapping[str, Value]:
    """The stack's configuration with its secrets marked, those too that only look like one."""
    return {
        key: Secret(value) if key in secret_keys or is_sensitive(key) else value
        for key, value in config.items()
    }


def _mapping(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
