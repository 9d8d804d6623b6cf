"""Files as rules read them: nodes with their places, their names, and what is known of their values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from policy_pack.model import Confidence, Edit, Problem, Severity, SourceSpan
from policy_pack.source.inference import Inference
from policy_pack.source.kinds import Kind, LibraryKind, OutputKind
from policy_pack.source.program import Role, SourceFile, SourceProgram

Made = TypeVar("Made")
Missed = Callable[[SourceSpan, str], None]


class ProgramView:
    """A project as a rule reads it."""

    def __init__(self, program: SourceProgram, inference: Inference, missed: Missed) -> None:
        self.program = program
        self.inference = inference
        self._missed = missed

    def files(self, *roles: Role) -> list[SourceView]:
        """The files of some roles, by default all."""
        return [self.view(file) for file in self.program.files if not roles or file.role in roles]

    def view(self, file: SourceFile) -> SourceView:
        """One file as a view."""
        return SourceView(file, self.program, self.inference, self._missed)


class SourceView:
    """One file as a rule reads it."""

    def __init__(
        self, file: SourceFile, program: SourceProgram, inference: Inference, missed: Missed
    ) -> None:
        self.file = file
        self.program = program
        self.inference = inference
        self._missed = missed

    def kinds(self, node: ast.expr) -> tuple[Kind, ...]:
        """What an expression may be, one for each way on which the program gets there."""
        return self.inference.kinds(node)

    def is_output(self, node: ast.expr) -> bool:
        """Whether an expression is certainly an `Output`, on at least one way to get there."""
        return any(isinstance(kind, OutputKind) for kind in self.kinds(node))

    def is_always_output(self, node: ast.expr) -> bool:
        """Whether an expression is certainly an `Output`, on every way to get there."""
        kinds = self.kinds(node)
        return bool(kinds) and all(isinstance(kind, OutputKind) for kind in kinds)

    def qualified(self, node: ast.AST) -> str | None:
        """What a name or attribute is called where it comes from: `json.dumps`, `pulumi.Output.all`."""
        return self.inference.qualified(self.file, node)

    def name_of(self, qualified: str) -> str | None:
        """How this file may write something that it imports, such as `pulumi.Output`; None if it cannot."""
        return self.inference.name_of(self.file, qualified)

    def runs_in_callback(self, call: ast.Call) -> bool:
        """Whether a call is made while a callback of `apply` runs."""
        return self.inference.runs_in_callback(call)

    def makes_resource(self, call: ast.Call) -> bool:
        """Whether a call makes a resource, be it a component of the project; looking one up does not."""
        return self.inference.makes_resource(call)

    def is_component(self, node: ast.ClassDef) -> bool:
        """Whether one of the project's classes is a component or another resource."""
        return self.inference.is_component(node)

    def remembered(self, node: ast.AST, made: Callable[[ast.AST], Made]) -> Made:
        """What a pure function makes of a node, made once for all rules of a run."""
        return self.inference.remembered(node, made)

    def is_config(self, node: ast.expr) -> bool:
        """Whether an expression certainly is a `pulumi.Config`."""
        kinds = self.kinds(node)
        return bool(kinds) and all(kind == LibraryKind("pulumi.Config") for kind in kinds)

    def is_callback(self, function: ast.AST) -> bool:
        """Whether a function or lambda is given to `apply`."""
        return bool(self.inference.callback_calls(function))

    def is_guarded(self, node: ast.AST) -> bool:
        """Whether an exception raised at a node is caught around it."""
        inside: ast.AST = node
        for outside in self.around(node):
            if isinstance(outside, ast.Try) and inside in outside.body and outside.handlers:
                return True
            if isinstance(outside, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return False
            inside = outside
        return False

    def text(self, node: ast.AST) -> str:
        """A node as it is written."""
        return self.file.segment(node)

    def span(self, node: ast.AST) -> SourceSpan:
        """The place of a node."""
        return self.file.span(node)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside."""
        return self.file.around(node)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around a node."""
        return self.file.parents.get(node)

    def problem(self, node: ast.AST, message: str, **given: Any) -> Problem:
        """A problem at a node: with `help`, `note`, `severity`, `fix` and the like, as `Problem` has them."""
        return Problem(message, span=self.span(node), **given)

    def failure(
        self,
        node: ast.AST,
        message: str,
        *,
        raised_at: ast.AST | None = None,
        certain: bool = True,
        **given: Any,
    ) -> Problem:
        """A problem that ends the program where it gets there, and is only likely where nothing does.

        `raised_at` is the node that raises the exception where it is not the one to blame.
        """
        raising = raised_at or node
        given["raises"] = self.span(raising)
        reached = self.inference.is_reached(raising.value if isinstance(raising, ast.keyword) else raising)
        if not (certain and reached):
            given |= {"severity": Severity.WARNING, "confidence": Confidence.LIKELY}
        return self.problem(node, message, **given)

    def replaced(self, node: ast.AST, text: str) -> Edit:
        """The edit that writes something else in a node's place."""
        return Edit(self.span(node), text)

    def note_unknown(self, node: ast.AST, reason: str) -> None:
        """Say that a place could not be judged."""
        self._missed(self.span(node), reason)
