"""What a rule over source code is: it names the nodes it wants and reads them through a view."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import ClassVar

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem
from policy_pack.rules.rule import Rule
from policy_pack.source.program import Role
from policy_pack.source.view import ProgramView, SourceView


class SourceRule(Rule):
    """A rule that needs to see one place of a file at a time.

    `nodes` are the kinds of nodes it is given, `(ast.Module,)` for a whole file; `reads` the files it is
    about. Its examples are texts: the file `__main__.py` of a program, or `test_program.py` where it reads
    tests only; or mappings of file names to texts, of which `__main__.py` is the one that Pulumi runs.
    A file that does not parse has an empty tree; it is given only to rules with `reads_unparsed`.
    """

    nodes: ClassVar[tuple[type[ast.AST], ...]]
    reads: ClassVar[frozenset[Role]] = frozenset({Role.PROGRAM})
    reads_unparsed: ClassVar[bool] = False

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Yield what is wrong with a node."""
        raise NotImplementedError


class ProgramRule(Rule):
    """A rule that needs to see all files of a project. Its problems have a `span`."""

    def check(self, program: ProgramView, facts: Facts) -> Iterable[Problem]:
        """Yield what is wrong with a project's files."""
        raise NotImplementedError
