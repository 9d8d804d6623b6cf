"""The user's files as text and syntax trees, each read once. What rules see of files goes through here."""

from __future__ import annotations

import ast
import os
import stat
import tokenize
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from policy_pack.model import SourceSpan
from policy_pack.source.scripts import Script, is_script, script

if TYPE_CHECKING:
    import yaml

_Item = TypeVar("_Item")


class YamlText(Struct, frozen=True):
    """A text in a YAML file: the keys it stands under, the text, and where (counted from 1)."""

    key: str
    text: str
    line: int
    column: int
    end_column: int


class Fault(Struct, frozen=True):
    """Why a file cannot be run: `kind` is unreadable, encoding, syntax, compile or depth. Counted from 1.

    All but what the compiler refuses leave it without a syntax tree.
    """

    kind: str
    message: str
    line: int = 1
    column: int = 1


class Sources:
    """Reads files on demand. What cannot be read or parsed is as if it were empty.

    `texts` are files by their absolute paths; where they are given, no others exist.
    """

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self._given = dict(texts) if texts is not None else None
        self._texts: dict[str, str | None] = dict(self._given or {})
        self._lines: dict[str, list[str]] = {}
        self._trees: dict[str, ast.Module | None] = {}
        self._faults: dict[str, Fault] = {}
        self._exist: dict[str, bool] = {}
        self._children: dict[str, tuple[list[str], list[str]]] = {}

    def changed(self, texts: Mapping[str, str]) -> Sources:
        """The same files, some with other texts."""
        other = Sources(None if self._given is None else self._given | dict(texts))
        other._texts = {**self._texts, **texts}
        other._lines = _without(self._lines, texts)
        other._trees = _without(self._trees, texts)
        other._faults = _without(self._faults, texts)
        return other

    def files(self) -> set[str]:
        """Every file that was looked at, also one that is not there."""
        return {*self._texts, *self._exist}

    def is_file(self, path: str) -> bool:
        """Whether there is a file."""
        if self._given is not None:
            return path in self._given
        if path not in self._exist:
            self._exist[path] = os.path.isfile(path)  # noqa: PTH113
        return self._exist[path]

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory."""
        if self._given is None:
            return os.path.isdir(path)  # noqa: PTH112
        return any(name.startswith(f"{path}/") for name in self._given)

    def children(self, directory: str) -> tuple[list[str], list[str]]:
        """The names of the folders and of the other entries of a directory; links are never folders."""
        if self._given is not None:
            below = [
                path.removeprefix(f"{directory}/").split("/")
                for path in self._given
                if path.startswith(f"{directory}/")
            ]
            folders = {parts[0] for parts in below if len(parts) > 1}
            return sorted(folders), sorted(parts[0] for parts in below if len(parts) == 1)
        if directory not in self._children:
            self._children[directory] = self._listed(directory)
        return self._children[directory]

    def _listed(self, directory: str) -> tuple[list[str], list[str]]:
        try:
            with os.scandir(directory) as entries:
                found = [
                    (entry.name, entry.is_dir(follow_symlinks=False), self.is_directory(entry.path))
                    for entry in entries
                ]
        except OSError:
            return [], []
        folders_ = sorted(name for name, own, _ in found if own)
        return folders_, sorted(name for name, _, any_ in found if not any_)

    def text(self, path: str) -> str | None:
        """A file's text, None when it cannot be read."""
        if path not in self._texts:
            self._texts[path] = None if self._given is not None else self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> str | None:
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a pipe would be waited for
                self._faults[path] = Fault("unreadable", "it is no regular file")
                return None
            # As Python reads its sources: UTF-8 unless the file declares another encoding.
            with tokenize.open(path) as file:
                return file.read()
        except OSError as error:
            self._faults[path] = Fault("unreadable", error.strerror or str(error))
        except (SyntaxError, ValueError, LookupError) as error:
            self._faults[path] = Fault("encoding", str(error).replace(f" for {path!r}", ""))
        return None

    def line(self, path: str, number: int) -> str:
        """One line of a file without its end, empty when there is none."""
        if path not in self._lines:
            # Not `splitlines`: to Python a form feed or U+2028 ends no line.
            self._lines[path] = (self.text(path) or "").split("\n")
        lines = self._lines[path]
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def tree(self, path: str) -> ast.Module | None:
        """A Python file's syntax tree, None when it has none."""
        if path not in self._trees:
            text = None if is_script(path) else self.text(path)
            self._trees[path] = self._parsed(path, text) if text is not None else None
        return self._trees[path]

    def script(self, path: str) -> Script | None:
        """A TypeScript or JavaScript file's tokens, None when it is none or cannot be read."""
        text = self.text(path) if is_script(path) else None
        return script(text) if text is not None else None

    def fault(self, path: str) -> Fault | None:
        """Why a file has no syntax tree, None when it has one."""
        self.tree(path)
        return self._faults.get(path)

    def refusal(self, path: str) -> Fault | None:
        """Why Python does not compile a file that it can parse, such as a `return` outside a function."""
        tree = self.tree(path)
        if tree is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(tree, "<source>", "exec", dont_inherit=True)
        except SyntaxError as error:
            # The compiler counts bytes where the parser counts characters.
            column = self.column(path, error.lineno or 1, max((error.offset or 1) - 1, 0))
            return Fault("compile", error.msg, *self._inside(path, error.lineno, column))
        except (RecursionError, MemoryError):
            return Fault("depth", "it is nested too deeply to be compiled")
        return None

    def _parsed(self, path: str, text: str) -> ast.Module | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except SyntaxError as error:
            self._faults[path] = Fault("syntax", error.msg, *self._inside(path, error.lineno, error.offset))
        except ValueError as error:
            # A NUL, which newer interpreters call a SyntaxError.
            self._faults[path] = Fault("syntax", str(error))
        except (RecursionError, MemoryError):
            self._faults[path] = Fault("depth", "it is nested too deeply to be parsed")
        return None

    def _inside(self, path: str, line: int | None, column: int | None) -> tuple[int, int]:
        """A place as the parser names it, which may lie behind the end, as one inside the file."""
        self.line(path, 1)
        number = min(max(line or 1, 1), len(self._lines[path]))
        return number, min(max(column or 1, 1), len(self.line(path, number)) + 1)

    def column(self, path: str, line: int, offset: int) -> int:
        """A UTF-8 byte offset, as `ast` counts, as a column that counts characters from 1."""
        return len(self.line(path, line).encode()[:offset].decode("utf-8", "replace")) + 1

    def whole_line(self, path: str, number: int) -> SourceSpan:
        """A line as a place, without its indentation."""
        text = self.line(path, number)
        indent = len(text) - len(text.lstrip())
        return SourceSpan(path, number, indent + 1, number, max(len(text.rstrip()), indent + 1) + 1)

    def rest_of_line(self, span: SourceSpan) -> SourceSpan:
        """The line in which a place without an end begins, from its column on where that is known."""
        whole = self.whole_line(span.path, span.line)
        column = max(whole.column, min(span.column, (whole.end_column or 2) - 1))
        return SourceSpan(span.path, span.line, column, span.line, whole.end_column)

    def yaml_texts(self, path: str) -> list[YamlText]:
        """The scalar values of a YAML file with their keys and places."""
        import yaml

        try:
            root = yaml.compose(self.text(path) or "", yaml.SafeLoader)
        except yaml.YAMLError:
            return []
        return list(_scalars(root, "")) if root is not None else []


def _without(items: Mapping[str, _Item], names: Mapping[str, str]) -> dict[str, _Item]:
    return {path: item for path, item in items.items() if path not in names}


def _scalars(node: yaml.Node, key: str) -> list[YamlText]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return [text for name, value in node.value for text in _scalars(value, f"{key}.{name.value}")]
    if isinstance(node, yaml.SequenceNode):
        return [text for value in node.value for text in _scalars(value, key)]
    start, end = node.start_mark, node.end_mark
    return [YamlText(key, str(node.value), start.line + 1, start.column + 1, end.column + 1)]
