"""Finds rules by their file names, so that one rule can be loaded without the others."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field

from policy_pack import rules
from policy_pack.rules.rule import Rule

SOURCE_FOLDER = "program"


@functools.cache
def modules() -> Mapping[str, str]:
    """Rule name to module name, in alphabetical order: `rules/rds/a_b.py` holds `a-b`."""
    root = Path(rules.__path__[0])
    found = {
        file.stem.replace("_", "-"): f"{rules.__name__}.{file.parent.name}.{file.stem}"
        for file in root.glob("*/*.py")
        if not file.stem.startswith("_")
    }
    return dict(sorted(found.items()))


@functools.cache
def load(name: str) -> Rule:
    """The rule of a name. Raises KeyError when there is none."""
    module = importlib.import_module(modules()[name])
    for member in vars(module).values():
        if isinstance(member, type) and issubclass(member, Rule) and getattr(member, "name", None) == name:
            return member()
    raise LookupError(f"{modules()[name]} holds no rule named {name}")


def about_source() -> frozenset[str]:
    """The names of the rules that read source, known without loading any."""
    return frozenset(name for name, module in modules().items() if module.split(".")[-2] == SOURCE_FOLDER)


def load_all(names: Iterable[str] | None = None) -> list[Rule]:
    """The rules of some names, by default all."""
    return [load(name) for name in (modules() if names is None else names)]


class Rulebook(Struct, frozen=True):
    """The rules that hold for a project: ours, and those of its own by name."""

    own: Mapping[str, Rule] = field(default_factory=dict)

    def names(self) -> list[str]:
        """The names of all rules, in alphabetical order."""
        return sorted((*modules(), *self.own))

    def holds(self, name: str) -> bool:
        """Whether there is a rule of a name."""
        return name in self.own or name in modules()

    def load(self, name: str) -> Rule:
        """The rule of a name. Raises KeyError when there is none."""
        return self.own[name] if name in self.own else load(name)

    def load_all(self, names: Iterable[str] | None = None) -> list[Rule]:
        """The rules of some names, by default all."""
        return [self.load(name) for name in (self.names() if names is None else names)]

    def about_source(self) -> frozenset[str]:
        """The names of the rules that read source."""
        if not self.own:
            return about_source()
        from policy_pack.rules.source_rule import ProgramRule, SourceRule

        own = (name for name, rule in self.own.items() if isinstance(rule, SourceRule | ProgramRule))
        return about_source().union(own)


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like another, None when none is."""
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
