"""The names that a module, class, function or comprehension knows while it is being followed."""

from __future__ import annotations

from collections.abc import Mapping

from policy_pack.source.kinds import Kind, joined, manageable
from policy_pack.source.program import SourceFile


class Scope:
    """Names and what they stand for. `returns` collects what a function returns on its ways."""

    def __init__(self, file: SourceFile, parent: Scope | None = None, kind: str = "function") -> None:
        self.file = file
        self.parent = parent
        self.kind = kind
        self.names: dict[str, Kind] = {}
        self.returns: list[Kind] = []
        self.elsewhere: dict[str, Scope] = {}
        self.yields = False

    def lookup(self, name: str) -> Kind | None:
        """What a name stands for here, None when it is not known."""
        scope: Scope | None = self
        while scope is not None:
            # A function does not see the names of the class around it.
            if (scope is self or scope.kind != "class") and name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def bind(self, name: str, kind: Kind) -> None:
        """Let a name stand for something, in the scope that `global` or `nonlocal` says."""
        self.elsewhere.get(name, self).names[name] = manageable(kind)

    def function(self) -> Scope:
        """The function or module around, comprehensions aside."""
        scope = self
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        return scope

    def outer(self, name: str) -> Scope | None:
        """The scope outside of this one that knows a name."""
        scope = self.parent
        while scope is not None and name not in scope.names:
            scope = scope.parent
        return scope

    def module(self) -> Scope:
        """The module around."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


def merged(first: Mapping[str, Kind], second: Mapping[str, Kind]) -> dict[str, Kind]:
    """What is certain of names after one of two ways; what only one way binds has only that meaning."""
    both = {
        name: joined(kind, second[name])
        for name, kind in first.items()
        if name in second and second[name] is not kind
    }
    return {**first, **second, **both}
