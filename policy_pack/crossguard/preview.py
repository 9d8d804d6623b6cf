"""What the pack knows of the preview that it is part of; the only place that reads the clock."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.crossguard.caller import Caller
from policy_pack.crossguard.configuring import ALL, FAIL_ON, Given, PackConfig
from policy_pack.linter.config import Config, find_config
from policy_pack.linter.diagnostics import Diagnostic
from policy_pack.linter.facts import catalogs_for
from policy_pack.model import Secret, Value
from policy_pack.model.sensitive import is_sensitive
from policy_pack.model.values import unwrapped
from policy_pack.rules.rule import Rule


def _any_file(path: str) -> bool:
    return True


@dataclass(frozen=True)
class Stack:
    """The stack that is previewed, as the engine tells of it; `told` is False where it does not.

    `dry_run` is False when resources are made, not only previewed.
    """

    project: str = ""
    name: str = ""
    organization: str = "organization"
    config: Mapping[str, Value] = field(default_factory=dict, repr=False)
    dry_run: bool = True
    told: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Stack:
        """What the environment of a pack says, which knows nothing of secrets."""
        return cls(
            project=environment.get("PULUMI_PROJECT", ""),
            name=environment.get("PULUMI_STACK", ""),
            config=marked_config(_mapping(environment.get("PULUMI_CONFIG")), ()),
        )

    @classmethod
    def from_request(cls, request: Any) -> Stack:
        """What the engine says in ConfigureStack."""
        return cls(
            project=request.project,
            name=request.stack,
            organization=request.organization or cls.organization,
            config=marked_config(dict(request.config), set(request.config_secret_keys)),
            dry_run=request.dry_run,
            told=True,
        )


@dataclass
class Preview:
    """The stack and the program that are being previewed.

    `default_region` counts when the stack's configuration names none. `exists` says yes to every file when
    the program's directory is not known: no finding may rest on not knowing where to look. `given` are the
    settings of each policy that the engine has sent, `switched` which it has on; `pack` is what
    PulumiPolicy.yaml says.
    """

    today: datetime.date
    stack: Stack = field(default_factory=Stack)
    default_region: str | None = None
    directory: str = "."
    exists: Callable[[str], bool] = _any_file
    settings: Config = field(default_factory=Config)
    catalogs: Catalogs = field(default_factory=Catalogs)
    given: Given = field(default_factory=dict)
    switched: Mapping[str, bool] = field(default_factory=dict)
    pack: PackConfig = field(default_factory=PackConfig)
    _facts: dict[str, Facts] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, caller: Caller, stack: Stack) -> Preview:
        """The preview that a caller started this process for.

        Raises ConfigError when the project's configuration of Preflight is broken.
        """
        directory, environment = caller.place(stack.project), caller.environment
        settings = find_config(directory) if directory else Config()
        return cls(
            today=datetime.datetime.now(datetime.timezone.utc).date(),
            stack=stack,
            default_region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
            directory=str(directory or "."),
            exists=(lambda path: (directory / path).exists()) if directory else _any_file,
            settings=settings,
            catalogs=catalogs_for(settings, directory, environment),
        )

    @property
    def region(self) -> str | None:
        """The stack's region, None when nothing says."""
        given = unwrapped(self.stack.config.get("aws:region"))
        return given if isinstance(given, str) and given else self.default_region

    def wants(self, rule: Rule | Diagnostic) -> bool:
        """Whether a rule is on: what names it wins, first the engine, then the pack, then the project."""
        if rule.name in self.switched:
            return self.switched[rule.name]
        if rule.name in self.pack.levels:
            return self.pack.levels[rule.name] != "disabled"
        settings = self.settings.settings
        selected = settings.select is None or rule.name in settings.select
        left = selected and rule.name not in (settings.ignore or ()) and self._said(rule) != "off"
        return left and self.pack.level(ALL) != "disabled"

    def level(self, rule: Rule | Diagnostic) -> str | None:
        """The level that the project's own configuration gives a rule; None where it is on all the same."""
        level = self._said(rule)
        return None if level == "off" and self.wants(rule) else level

    def _said(self, rule: Rule | Diagnostic) -> str | None:
        return self.settings.level(rule.name)

    def above(self) -> tuple[Given, Given]:
        """The settings that stand above the project's, the engine's first."""
        return self.given, self.pack.settings

    def merged(self) -> Config:
        """The project's configuration with the pack's above it."""
        rules = dict(self.settings.settings.rules)
        for given in reversed(self.above()):
            for name, values in given.items():
                own = {key: value for key, value in values.items() if key != FAIL_ON}
                rules[name] = {**rules.get(name, {}), **own}
        for name in (name for name, is_on in self.switched.items() if is_on):
            if rules.get(name, {}).get("level") == "off":
                rules[name] = {key: value for key, value in rules[name].items() if key != "level"}
        settings = msgspec.structs.replace(self.settings.settings, rules=rules)
        return msgspec.structs.replace(self.settings, settings=settings)

    def facts(self, rule: Rule) -> Facts:
        """What a rule may know, the same at every question."""
        if rule.name not in self._facts:
            self._facts[rule.name] = self._facts_of(rule)
        return self._facts[rule.name]

    def _facts_of(self, rule: Rule) -> Facts:
        """Its parameters are the engine's, else the pack's, else the project's, else the defaults."""
        own = dict(self.settings.parameters(rule.name))
        for above in reversed(self.above()):
            own.update(above.get(rule.name, {}))
        return Facts(
            catalogs=self.catalogs,
            today=self.today,
            stack=self.stack.name,
            region=self.region,
            config=self.stack.config,
            parameters={key: own.get(key, item.default) for key, item in rule.parameters.items()},
            working_directory=self.directory,
            exists=self.exists,
        )


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
