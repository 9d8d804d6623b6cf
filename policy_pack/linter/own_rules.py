"""Loads rules that are not Preflight's: of modules that a configuration names, and of installed packages."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from policy_pack.linter import diagnostics, registry
from policy_pack.model import Severity
from policy_pack.rules.rule import PlanRule, ResourceRule, Rule
from policy_pack.rules.source_rule import ProgramRule, SourceRule

KINDS = (ResourceRule, PlanRule, SourceRule, ProgramRule)

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# What the linter asks of a kind before it runs a rule.
_NEEDS = {ResourceRule: ("resource_types", str), SourceRule: ("nodes", type)}


class OwnRuleError(Exception):
    """Rules cannot be loaded; the message names the module, or the rule and what is wrong with it."""


def rulebook(modules: Iterable[ModuleType]) -> registry.Rulebook:
    """Our rules, and those of some modules.

    Raises:
        OwnRuleError: a rule is incomplete or has a name that is taken.
    """
    own: dict[str, Rule] = {}
    for module in modules:
        for rule in rules_of(module):
            if type(own.get(rule.name, rule)) is not type(rule):
                taken = _path(type(own[rule.name]))
                raise OwnRuleError(f"`{_path(type(rule))}`: `{rule.name}` is the name of `{taken}` too")
            own.setdefault(rule.name, rule)
    return registry.Rulebook(own)


def rules_of(module: ModuleType) -> list[Rule]:
    """One of each rule that a module defines, or a package in all its modules but those with an underscore.

    Raises:
        OwnRuleError: there is none, or one is incomplete or has the name of one of ours.
    """
    classes = dict.fromkeys(
        member for part in _parts(module) for member in vars(part).values() if _is_own(member, module)
    )
    if not classes:
        raise OwnRuleError(f"`{module.__name__}` defines no rule: a class of policy_pack.rules with a `name`")
    return [_made(each) for each in classes]


def load_module(name: str, directory: Path | None = None) -> ModuleType:
    """Import a module, first from a directory, then from where Python looks.

    Raises:
        OwnRuleError: it raises, or another module of this name is in use already.
    """
    try:
        if directory is not None:
            _load_top(name.partition(".")[0], directory)
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise _not_imported(name, error) from error
    if directory is not None:
        _check_place(module, directory)
    return module


def _load_top(name: str, directory: Path) -> None:
    """Import a directory's own module; what it imports is looked for there last, so that it hides nothing."""
    if str(directory) not in sys.path:
        sys.path.append(str(directory))
    spec = importlib.machinery.PathFinder.find_spec(name, [str(directory)])
    if name in sys.modules or spec is None or spec.loader is None or spec.origin is None:
        return
    sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(sys.modules[name])
    except BaseException:
        del sys.modules[name]
        raise


def _check_place(module: ModuleType, directory: Path) -> None:
    """Two projects may both say `rules`: the one must not be judged by the other's."""
    base = directory.joinpath(*module.__name__.split("."))
    for file in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
        if file.is_file() and module.__file__ and not file.samefile(module.__file__):
            raise OwnRuleError(
                f"`{module.__name__}` is `{module.__file__}` already, not `{file}`: rename one"
            )


def _not_imported(name: str, error: BaseException) -> OwnRuleError:
    return OwnRuleError(f"`{name}` cannot be imported: {type(error).__name__}: {error}")


def _parts(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    for part in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not part.name.startswith("_"):
            name = f"{module.__name__}.{part.name}"
            try:
                yield from _parts(importlib.import_module(name))
            except (Exception, SystemExit) as error:
                raise _not_imported(name, error) from error


def _is_own(member: object, module: ModuleType) -> bool:
    """Whether a member is a rule that a module or one below it defines; one without a name is a base."""
    return (
        isinstance(member, type)
        and issubclass(member, Rule)
        and hasattr(member, "name")
        and f"{member.__module__}.".startswith(f"{module.__name__}.")
    )


def _made(kind: type[Rule]) -> Rule:
    try:
        rule = kind()
    except Exception as error:
        raise OwnRuleError(f"`{_path(kind)}` cannot be made: {type(error).__name__}: {error}") from error
    for wrong in _faults(rule):
        raise OwnRuleError(f"`{_path(kind)}`: {wrong}")
    return rule


def _faults(rule: Rule) -> Iterator[str]:
    """What is wrong with a rule so that it cannot be run; no annotation has bound who wrote it."""
    name: object = rule.name
    severity: object = rule.severity
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield f"its name is {name!r}; it must be of the form `tag-missing`"
    elif name in registry.modules() or name in diagnostics.ALL:
        yield f"`{name}` is the name of a rule of Preflight; give it another one"
    if not isinstance(rule, KINDS):
        yield f"it must be one of {', '.join(kind.__name__ for kind in KINDS)}"
    if not isinstance(severity, Severity):
        yield "its `severity` must be a `Severity`"
    for kind, (attribute, of) in _NEEDS.items():
        found = getattr(rule, attribute, ())
        wanted = isinstance(found, tuple) and found and all(isinstance(item, of) for item in found)
        if isinstance(rule, kind) and not wanted:
            yield f"its `{attribute}` must be a tuple that is not empty"


def _path(kind: type[Rule]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
