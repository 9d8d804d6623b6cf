"""The Python files of one Pulumi project: what each is, and what it is called when it is imported."""

from __future__ import annotations

import ast
import enum
import functools
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from policy_pack.model import SourceSpan
from policy_pack.source.environment import Environment
from policy_pack.source.files import Fault, Sources
from policy_pack.source.sdk import Sdk
from policy_pack.source.walking import index


class Role(str, enum.Enum):
    """What a file is to its project: run by Pulumi, run by the tests, or neither."""

    PROGRAM = "program"
    TEST = "test"
    OTHER = "other"


class SourceFile(Struct, frozen=True, eq=False, dict=True):
    """One Python file. `module` is the name by which the project imports it, `__main__` for the entry."""

    path: str
    module: str
    role: Role
    sources: Sources

    @property
    def text(self) -> str:
        """The file's text, empty when it cannot be read."""
        return self.sources.text(self.path) or ""

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree, an empty one when the file cannot be parsed."""
        return self.sources.tree(self.path) or ast.Module([], [])

    @property
    def fault(self) -> Fault | None:
        """Why the file has no syntax tree, None when it has one."""
        return self.sources.fault(self.path)

    @functools.cached_property
    def _index(self) -> tuple[dict[type[ast.AST], list[ast.AST]], dict[ast.AST, ast.AST]]:
        return index(self.tree)

    @property
    def nodes(self) -> Mapping[type[ast.AST], list[ast.AST]]:
        """The nodes of the tree by exact type, outer ones first; contexts and operators are left out."""
        return self._index[0]

    @property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """The node around each node."""
        return self._index[1]

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """Every name, attribute and imported name that the code uses, dotted modules by their parts."""
        found: set[str] = set()
        for node in self.parents:
            match node:
                case ast.Attribute(attr=name) | ast.Name(id=name) | ast.arg(arg=name):
                    found.add(name)
                case ast.alias(name=name) | ast.ImportFrom(module=str(name)):
                    found.update(name.split("."))
        return frozenset(found)

    def span(self, node: ast.AST) -> SourceSpan:
        """The place of a node; of the module, its first line. Columns count characters."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line = getattr(node, "end_lineno", None) or line
        end = getattr(node, "end_col_offset", None) or column
        place = functools.partial(self.sources.column, self.path)
        return SourceSpan(self.path, line, place(line, column), end_line, place(end_line, end))

    def segment(self, node: ast.AST) -> str:
        """The text of a node as it is written."""
        if not hasattr(node, "lineno"):
            return ""
        span = self.span(node)
        last = span.end_line or span.line
        lines = [self.sources.line(self.path, number) for number in range(span.line, last + 1)]
        lines[-1] = lines[-1][: (span.end_column or 1) - 1]
        lines[0] = lines[0][span.column - 1 :]
        return "\n".join(lines)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside."""
        while node in self.parents:
            node = self.parents[node]
            yield node


class Import(Struct, frozen=True, eq=False):
    """What one name of an import statement leads to.

    `module` is as it is written, without the dots that `level` counts; `name` is what is taken from it, None
    for the module itself. `file` is the project's file that the module is, `submodule` the one that `name`
    is, `files` all that are run on the way; `local` says that the project has the first part of the name.
    """

    node: ast.Import | ast.ImportFrom
    alias: ast.alias
    module: str
    level: int = 0
    name: str | None = None
    file: str | None = None
    submodule: str | None = None
    files: tuple[str, ...] = ()
    local: bool = False
    found: bool = False


class SourceProgram(Struct, frozen=True, eq=False, dict=True):
    """The files of a project, program first. `directory` holds the Pulumi.yaml, or the files given alone.

    `roots` are the directories from which the program's own modules are imported, `sdk` what its
    interpreter has installed. `imports` are those of each file by its path; `aliases` further names under
    which files are imported, with their paths. `entry` is the file that Pulumi runs, None where the files
    are given without their project.
    """

    directory: str
    files: tuple[SourceFile, ...]
    sources: Sources
    sdk: Sdk
    roots: tuple[str, ...] = ()
    environment: Environment = field(default_factory=Environment)
    imports: Mapping[str, tuple[Import, ...]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    entry: str | None = None

    def of_role(self, role: Role) -> list[SourceFile]:
        """The files of a role, in order."""
        return [file for file in self.files if file.role is role]

    @functools.cached_property
    def by_path(self) -> Mapping[str, SourceFile]:
        """The files by their paths."""
        return {file.path: file for file in self.files}

    @functools.cached_property
    def by_module(self) -> Mapping[str, SourceFile]:
        """The files by the name under which they are imported; of several, the program's."""
        named = {file.module: file for file in reversed(self.files)}
        return {name: self.by_path[path] for name, path in self.aliases.items()} | named

    @functools.cached_property
    def packages(self) -> frozenset[str]:
        """The dotted names above those of the files."""
        return frozenset(
            name[:end] for name in self.by_module for end, letter in enumerate(name) if letter == "."
        )

    @functools.cached_property
    def changing_path(self) -> tuple[SourceFile, ...]:
        """The files that change from where Python imports, by a look at their texts."""
        return tuple(file for file in self.files if "sys.path" in file.text or "site.addsitedir" in file.text)
