"""The user's files as text and syntax trees, each read once. What rules see of files goes through here."""

from __future__ import annotations

import ast
import tokenize
import warnings
from dataclasses import dataclass

import yaml

from policy_pack.model import SourceSpan


@dataclass(frozen=True, slots=True)
class YamlText:
    """A text in a YAML file: the keys it stands under, the text, and where (counted from 1)."""

    key: str
    text: str
    line: int
    column: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file has no syntax tree: `kind` is unreadable, encoding, syntax or depth. Counted from 1."""

    kind: str
    message: str
    line: int = 1
    column: int = 1


class Sources:
    """Reads files on demand. What cannot be read or parsed is as if it were empty."""

    def __init__(self) -> None:
        self._texts: dict[str, str | None] = {}
        self._lines: dict[str, list[str]] = {}
        self._trees: dict[str, ast.Module | None] = {}
        self._faults: dict[str, Fault] = {}

    def text(self, path: str) -> str | None:
        """A file's text, None when it cannot be read."""
        if path not in self._texts:
            try:
                # As Python reads its sources: UTF-8 unless the file declares another encoding.
                with tokenize.open(path) as file:
                    self._texts[path] = file.read()
            except OSError as error:
                self._texts[path] = None
                self._faults[path] = Fault("unreadable", error.strerror or str(error))
            except (SyntaxError, ValueError) as error:
                self._texts[path] = None
                self._faults[path] = Fault("encoding", str(error))
        return self._texts[path]

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
            text = self.text(path)
            self._trees[path] = self._parsed(path, text) if text is not None else None
        return self._trees[path]

    def fault(self, path: str) -> Fault | None:
        """Why a file has no syntax tree, None when it has one."""
        self.tree(path)
        return self._faults.get(path)

    def _parsed(self, path: str, text: str) -> ast.Module | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except SyntaxError as error:
            self._faults[path] = Fault("syntax", error.msg, error.lineno or 1, error.offset or 1)
        except ValueError as error:
            self._faults[path] = Fault("syntax", str(error))
        except (RecursionError, MemoryError):
            self._faults[path] = Fault("depth", "it is nested too deeply to be parsed")
        return None

    def column(self, path: str, line: int, offset: int) -> int:
        """A UTF-8 byte offset, as `ast` counts, as a column that counts characters from 1."""
        return len(self.line(path, line).encode()[:offset].decode("utf-8", "replace")) + 1

    def whole_line(self, path: str, number: int) -> SourceSpan:
        """A line as a place, without its indentation."""
        text = self.line(path, number)
        indent = len(text) - len(text.lstrip())
        return SourceSpan(path, number, indent + 1, number, max(len(text.rstrip()), indent + 1) + 1)

    def yaml_texts(self, path: str) -> list[YamlText]:
        """The scalar values of a YAML file with their keys and places."""
        try:
            root = yaml.compose(self.text(path) or "", yaml.SafeLoader)
        except yaml.YAMLError:
            return []
        return list(_scalars(root, "")) if root is not None else []


def _scalars(node: yaml.Node, key: str) -> list[YamlText]:
    if isinstance(node, yaml.MappingNode):
        return [text for name, value in node.value for text in _scalars(value, f"{key}.{name.value}")]
    if isinstance(node, yaml.SequenceNode):
        return [text for value in node.value for text in _scalars(value, key)]
    start, end = node.start_mark, node.end_mark
    return [YamlText(key, str(node.value), start.line + 1, start.column + 1, end.column + 1)]
