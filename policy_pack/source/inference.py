"""What the expressions of a program evaluate to, found by following its values without running it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from typing import Any, TypeVar

from policy_pack.source.interpreter import Interpreter
from policy_pack.source.kinds import ClassKind, ImportedKind, Kind, ModuleKind, ResourceKind
from policy_pack.source.making import Makers, makers_of
from policy_pack.source.program import SourceFile, SourceProgram

Made = TypeVar("Made")


class Inference:
    """Follows the values of one program, once, when first asked."""

    def __init__(self, program: SourceProgram) -> None:
        self.program = program
        self._memory: dict[tuple[object, ast.AST], Any] = {}

    def remembered(self, node: ast.AST, made: Callable[[ast.AST], Made]) -> Made:
        """What a pure function makes of a node, made once."""
        key = (made, node)
        if key not in self._memory:
            self._memory[key] = made(node)
        found: Made = self._memory[key]
        return found

    @functools.cached_property
    def followed(self) -> Interpreter:
        """The program after it has been followed to its ends."""
        interpreter = Interpreter(self.program)
        interpreter.run()
        return interpreter

    @functools.cached_property
    def makers(self) -> Makers:
        """What of the program makes resources."""
        return makers_of(self.program, self)

    def kinds(self, node: ast.AST) -> tuple[Kind, ...]:
        """What an expression may be, one for each way on which the program gets there; empty if unreached."""
        return tuple(self.followed.seen.get(node, ()))

    def qualified(self, file: SourceFile, node: ast.AST) -> str | None:
        """What a name or attribute is called where it was imported from, None for anything else."""
        found = self.followed.seen.get(node, ())
        names = {kind.name for kind in found if isinstance(kind, ImportedKind | ModuleKind)}
        return names.pop() if len(names) == 1 else None

    def is_reached(self, node: ast.AST) -> bool:
        """Whether the program itself gets to an expression; not so in tests and in what nothing calls."""
        return node in self.followed.reached

    def name_of(self, file: SourceFile, qualified: str) -> str | None:
        """How a file may write something that it imports, such as `pulumi.Output`; None if it cannot."""
        module, _, member = qualified.rpartition(".")
        names = self.followed.module(file).names
        for name, kind in names.items():
            if kind == ImportedKind(qualified):
                return name
            if kind == ModuleKind(module):
                return f"{name}.{member}"
        return None

    def makes_resource(self, call: ast.Call) -> bool:
        """Whether a call makes a resource, be it a component of the project; looking one up does not."""
        for kind in self.kinds(call.func):
            if isinstance(kind, ImportedKind) and ResourceKind(kind.name) in self.kinds(call):
                return True
            if isinstance(kind, ClassKind) and self.followed.is_component(kind):
                return True
        return False

    def is_component(self, node: ast.ClassDef) -> bool:
        """Whether one of the project's classes is a component or another resource."""
        scope = self.followed.classes.get(node)
        return scope is not None and self.followed.is_component(ClassKind(node, scope))

    def callback_calls(self, function: ast.AST) -> list[ast.Call]:
        """The calls of `apply` that a function or lambda is given to."""
        return self.followed.callbacks.get(function, [])

    def runs_in_callback(self, call: ast.AST) -> bool:
        """Whether a call is made while a callback of `apply` runs."""
        return call in self.followed.in_callback
