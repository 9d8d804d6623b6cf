"""Files as rules read them: nodes with their places, their names, and what is known of their values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from policy_pack.model import Fix, Problem, SourceSpan
from policy_pack.source.inference import Inference
from policy_pack.source.kinds import Kind, OutputKind
from policy_pack.source.program import Role, SourceFile, SourceProgram

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

    def qualified(self, node: ast.AST) -> str | None:
        """What a name or attribute is called where it comes from: `json.dumps`, `pulumi.Output.all`."""
        return self.inference.qualified(self.file, node)

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

    def problem(self, node: ast.AST, message: str, fix: Fix | None = None, **given: Any) -> Problem:
        """A problem at a node: with `help`, `note`, `severity`, `confidence`, as `Problem` has them."""
        return Problem(message, span=self.span(node), fix=fix, **given)

    def note_unknown(self, node: ast.AST, reason: str) -> None:
        """Say that a place could not be judged."""
        self._missed(self.span(node), reason)
