"""Puts declared values in the place of functions that reach outside, when their modules are imported."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any


class StubError(Exception):
    """A stub is declared for what a module does not have."""


class Stubs:
    """A finder that changes the modules which stubs are for, and leaves all others to Python."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def install(self) -> None:
        """Change what is imported already, and watch for the rest."""
        for name in sorted(sys.modules):
            if self._is_meant(name):
                self.apply(sys.modules[name])
        if self.values:
            sys.meta_path.insert(0, self)

    def _is_meant(self, module: str) -> bool:
        return any(dotted.startswith(module + ".") for dotted in self.values)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as Python finds it, changed when it has been run."""
        spec = PathFinder.find_spec(name, path, target) if self._is_meant(name) else None
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            self.apply(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

    def apply(self, module: ModuleType) -> None:
        """Replace the functions of a module, and the methods of its classes.

        Raises StubError for one that it does not have.
        """
        for dotted, value in self.values.items():
            if dotted.startswith(module.__name__ + "."):
                *owners, last = dotted[len(module.__name__) + 1 :].split(".")
                owner = _owner(module, owners, dotted)
                if owner is not None:
                    _member(owner, last, dotted)
                    setattr(owner, last, _returning(value))


def _owner(module: ModuleType, names: Sequence[str], dotted: str) -> Any:
    """The module or class that holds a function; None where a module below, which is changed itself, does."""
    owner: Any = module
    for name in names:
        if not hasattr(owner, name) and hasattr(owner, "__path__"):
            return None
        owner = _member(owner, name, dotted)
    return None if names and isinstance(owner, ModuleType) else owner


def _member(owner: Any, name: str, dotted: str) -> Any:
    if not hasattr(owner, name):
        similar = difflib.get_close_matches(name, dir(owner), n=1)
        hint = f"; a similar one is `{similar[0]}`" if similar else ""
        raise StubError(f"`simulate.stubs` names `{dotted}`, but there is no `{name}`{hint}")
    return getattr(owner, name)


def _returning(value: Any) -> Any:
    def stub(*args: Any, **kwargs: Any) -> Any:
        return value

    return stub
