"""What the expressions of a program evaluate to, found by following its values without running it."""

from __future__ import annotations

import ast

from policy_pack.source.kinds import Kind
from policy_pack.source.program import SourceFile, SourceProgram


class Inference:
    """Follows the values of one program, once, when first asked."""

    def __init__(self, program: SourceProgram) -> None:
        self.program = program

    def kinds(self, node: ast.expr) -> tuple[Kind, ...]:
        """What an expression may be, one for each way on which the program gets there; empty if unreached."""
        return ()

    def qualified(self, file: SourceFile, node: ast.AST) -> str | None:
        """What a name or attribute is called where it was imported from, None for anything else."""
        return None
