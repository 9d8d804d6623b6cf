"""The Python files of one Pulumi project: what each is, and what it is called when it is imported."""

from __future__ import annotations

import ast
import enum
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policy_pack.model import SourceSpan
from policy_pack.source.files import Sources
from policy_pack.source.sdk import Sdk


class Role(str, enum.Enum):
    """What a file is to its project: run by Pulumi, run by the tests, or neither."""

    PROGRAM = "program"
    TEST = "test"
    OTHER = "other"


@dataclass(frozen=True, eq=False)
class SourceFile:
    """One Python file. `module` is the name by which the project imports it, `__main__` for the entry."""

    path: str
    module: str
    role: Role
    sources: Sources = field(repr=False)

    @property
    def text(self) -> str:
        """The file's text, empty when it cannot be read."""
        return self.sources.text(self.path) or ""

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree, an empty one when the file cannot be parsed."""
        return self.sources.tree(self.path) or ast.Module([], [])

    @functools.cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """The node around each node."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def span(self, node: ast.AST) -> SourceSpan:
        """The place of a node; of the module, its first line. Columns count characters."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line = getattr(node, "end_lineno", None) or line
        end = getattr(node, "end_col_offset", None) or column
        place = functools.partial(self.sources.column, self.path)
        return SourceSpan(self.path, line, place(line, column), end_line, place(end_line, end))

    def segment(self, node: ast.AST) -> str:
        """The text of a node as it is written."""
        return ast.get_source_segment(self.text, node) or ""

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside."""
        while node in self.parents:
            node = self.parents[node]
            yield node


@dataclass(frozen=True, eq=False)
class SourceProgram:
    """The files of a project, program first. `directory` holds the Pulumi.yaml, or the files given alone.

    `roots` are the directories from which the program's own modules are imported, `sdk` what its
    interpreter has installed.
    """

    directory: str
    files: tuple[SourceFile, ...]
    sources: Sources
    sdk: Sdk
    roots: tuple[str, ...] = ()

    def of_role(self, role: Role) -> list[SourceFile]:
        """The files of a role, in order."""
        return [file for file in self.files if file.role is role]

    @functools.cached_property
    def by_module(self) -> Mapping[str, SourceFile]:
        """The files by the name under which they are imported."""
        return {file.module: file for file in self.files}
