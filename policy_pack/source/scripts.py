"""TypeScript and JavaScript as far as places need it: tokens, brackets, arguments and comments.

It parses nothing: what cannot be told from tokens and brackets is not said.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

SUFFIXES = (".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx")

_PIECE = (
    r"(?P<space>\s+)|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<string>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<word>[\w$#@]+)|(?P<mark>=>|\?\.|\.\.\.|[^\s])"
)
_REGULAR = r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*"
# What an operand may follow, so that a slash begins a regular expression and does not divide.
_BEFORE_OPERAND = ("return", "typeof", "case", "in", "of", "new", "delete", "void", "throw", "await", "yield")
_OPENING, _CLOSING = "([{", ")]}"
# A statement goes on in the next line where one of these ends a line or begins the next.
_CONTINUES = frozenset({"?.", "=>", "...", *".+-*/%=<>&|^?:,([{"})


class Token(Struct, frozen=True):
    """`kind` is comment, string, template, regular, word or mark; lines and columns count from 1."""

    kind: str
    text: str
    line: int
    column: int
    end_line: int
    end_column: int


def is_script(path: str) -> bool:
    """Whether a file is TypeScript or JavaScript, by its name."""
    return path.endswith(SUFFIXES)


@lru_cache(maxsize=64)
def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of a file but white space, comments included."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(offset: int) -> tuple[int, int]:
        line = bisect_left(starts, offset + 1)
        return line, offset - starts[line - 1] + 1

    return tuple(
        Token(kind, text[start:end], *place(start), *place(end)) for kind, start, end in _pieces(text)
    )


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    # Compiled where a script is read: a check of Python alone never needs them.
    token, regular_expression = re.compile(_PIECE, re.DOTALL), re.compile(_REGULAR)
    position, before = 0, ""
    while match := token.match(text, position):
        kind, end = match.lastgroup or "", match.end()
        if match[0] == "`":
            kind, end = "template", _template_end(text, position + 1)
        elif match[0] == "/" and _is_operand_next(before):
            regular = regular_expression.match(text, position)
            kind, end = ("regular", regular.end()) if regular else (kind, end)
        if kind != "space":
            yield kind, position, end
        if kind not in ("space", "comment"):
            before = match[0]
        position = end


def _is_operand_next(before: str) -> bool:
    return not before or before in _BEFORE_OPERAND or (before not in _CLOSING and not _is_value(before))


def _is_value(text: str) -> bool:
    return text[0] in "\"'`" or text[0].isalnum() or text[0] in "_$"


def _template_end(text: str, position: int) -> int:
    """Where a template literal ends whose text begins at a position."""
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == "`":
            return position + 1
        elif text.startswith("${", position):
            position = _substitution_end(text, position + 2)
        else:
            position += 1
    return position


def _substitution_end(text: str, position: int) -> int:
    depth = 1
    for kind, start, end in _pieces_from(text, position):
        if kind == "mark":
            depth += (text[start] == "{") - (text[start] == "}")
            if depth == 0:
                return end
    return len(text)


def _pieces_from(text: str, position: int) -> Iterator[tuple[str, int, int]]:
    for kind, start, end in _pieces(text[position:]):
        yield kind, start + position, end + position


class Script(Struct, frozen=True):
    """The tokens of one file without comments, each opening bracket with the one that closes it."""

    tokens: tuple[Token, ...]
    closing: dict[int, int]

    def callee(self, line: int, column: int) -> tuple[Token, Token] | None:
        """The first and last token of what is called at a place, None where nothing is."""
        opening = self._arguments(line, column)
        start = self._at(line, column)
        return (self.tokens[start], self.tokens[opening - 1]) if opening and start < opening else None

    def argument(self, line: int, column: int, steps: list[str | int]) -> tuple[Token, Token] | None:
        """The first and last token of what a path of keys and indexes leads to in a call's arguments.

        `column` is anywhere in the call before its arguments. As far as the arguments are written out there:
        the deepest part is given; None where not even the first step is.
        """
        opening = self._arguments(line, column)
        if opening is None:
            return None
        found = None
        places = [item for item in self._items(opening) if self.tokens[item[0]].text == "{"]
        for step in steps:
            inner = next(filter(None, (self._step(start, step) for start, _ in places)), None)
            if inner is None:
                break
            found, places = inner, [(self._value(inner), inner[1])]
        return (self.tokens[found[0]], self.tokens[found[1]]) if found else None

    def _arguments(self, line: int, column: int) -> int | None:
        """The opening parenthesis of a call that stands at a place."""
        for index in range(self._at(line, column), len(self.tokens)):
            text = self.tokens[index].text
            if text == "(":
                return index
            if text in (";", "{", "}", ")"):
                return None
        return None

    def _at(self, line: int, column: int) -> int:
        """The token that begins at a place, else the next one."""
        return bisect_left(self.tokens, (line, column), key=lambda token: (token.line, token.column))

    def _items(self, opening: int) -> Iterator[tuple[int, int]]:
        """The first and last token of each element between a bracket and the one that closes it."""
        closing = self.closing.get(opening, len(self.tokens))
        start = index = opening + 1
        while index < closing:
            if self.tokens[index].text == "," and self.tokens[index].kind == "mark":
                if index > start:
                    yield start, index - 1
                start = index + 1
            index = self.closing.get(index, index) + 1
        if closing > start:
            yield start, closing - 1

    def _step(self, start: int, step: str | int) -> tuple[int, int] | None:
        opening = self.tokens[start].text if start < len(self.tokens) else ""
        if isinstance(step, int):
            items = list(self._items(start)) if opening == "[" else []
            return items[step] if step < len(items) else None
        if opening != "{":
            return None
        return next((item for item in self._items(start) if _key(self.tokens[item[0]]) == step), None)

    def _value(self, item: tuple[int, int]) -> int:
        """Where the value of a `key: value` begins; an element is its own value."""
        after = item[0] + 1
        return after + 1 if after < item[1] and self.tokens[after].text == ":" else item[0]

    def subject(self, line: int) -> tuple[int, int]:
        """The lines of the statement, argument or element that begins after a line."""
        start = next((index for index, token in enumerate(self.tokens) if token.line > line), None)
        if start is None:
            return line, line
        index = start
        while index < len(self.tokens):
            token = self.tokens[index]
            if token.kind == "mark" and (token.text in _CLOSING or token.text in ",;"):
                break
            index = self.closing.get(index, index) + 1
            if index >= len(self.tokens) or not self._goes_on(index):
                break
        return self.tokens[start].line, self.tokens[max(start, index - 1)].end_line

    def _goes_on(self, index: int) -> bool:
        """Whether a token belongs to the statement of the one before it."""
        before, token = self.tokens[index - 1], self.tokens[index]
        if token.line == before.end_line:
            return True
        return (before.text in _CONTINUES and before.text not in _CLOSING) or token.text in _CONTINUES


@lru_cache(maxsize=64)
def script(text: str) -> Script:
    """The tokens of a file, and which brackets belong together."""
    found = tuple(token for token in tokens(text) if token.kind != "comment")
    closing: dict[int, int] = {}
    waiting: list[int] = []
    for index, token in enumerate(found):
        if token.kind == "mark" and token.text in _OPENING:
            waiting.append(index)
        elif token.kind == "mark" and token.text in _CLOSING and waiting:
            closing[waiting.pop()] = index
    return Script(found, closing)


def _key(token: Token) -> str:
    return token.text[1:-1] if token.kind == "string" else token.text
