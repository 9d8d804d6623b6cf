"""Comments that silence a finding.

Either `# preflight: ignore[rule] -- reason` or `# preflight: fixme[rule] until YYYY-MM-DD -- reason`, with
`//` in TypeScript and JavaScript. One at the end of a line is about that line; one on a line of its own is
about the next statement, and inside a statement of several lines about the next argument or element.
"""

from __future__ import annotations

import ast
import datetime
import io
import re
import tokenize
from collections.abc import Iterable, Iterator

from msgspec import Struct

from policy_pack.model import SourceSpan, Suppression
from policy_pack.source.files import Sources
from policy_pack.source.scripts import Script, Token, tokens

_MARK = re.compile(r"(?:#|//)\s*preflight:\s*(?P<rest>.*)$")
_FORM = re.compile(
    r"(?P<kind>ignore|fixme)\[(?P<rules>[\w\-, ]+)\]"
    r"(?:\s+until\s+(?P<until>\S+))?(?:\s+--\s*(?P<reason>.*))?\s*$"
)

_BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)


class Directive(Struct, frozen=True):
    """One comment. `wrong` says why it has no effect, None when it has one."""

    span: SourceSpan
    first_line: int
    last_line: int
    kind: str = ""
    rules: tuple[str, ...] = ()
    reason: str = ""
    until: datetime.date | None = None
    wrong: str | None = None

    def silences(self, rule: str, places: Iterable[SourceSpan], today: datetime.date) -> Suppression | None:
        """The suppression of a finding at any of some places, None when the comment is not about it."""
        if self.wrong or rule not in self.rules or (self.until is not None and today > self.until):
            return None
        if not any(self.touches(place) for place in places):
            return None
        return Suppression(self.kind, self.reason, self.until.isoformat() if self.until else None)

    def touches(self, place: SourceSpan) -> bool:
        """Whether a place lies in the lines that the comment is about."""
        if place.path != self.span.path:
            return False
        return place.line <= self.last_line and self.first_line <= (place.end_line or place.line)


def directives(path: str, sources: Sources) -> list[Directive]:
    """The comments of one file, in order."""
    text = sources.text(path)
    if text is None or "preflight:" not in text:
        return []
    script = sources.script(path)
    if script is not None:
        return [_in_script(path, token, script, sources) for token in tokens(text) if _is_mark(token)]
    tree = sources.tree(path)
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)] if tree else []
    return [_directive(path, token, statements) for token in _comments(text)]


def _comments(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and _MARK.search(token.string):
                yield token
    except (tokenize.TokenError, SyntaxError):
        return


def _is_mark(token: Token) -> bool:
    return token.kind == "comment" and token.text.startswith("//") and bool(_MARK.search(token.text))


def _in_script(path: str, token: Token, script: Script, sources: Sources) -> Directive:
    before = sources.line(path, token.line)[: token.column - 1]
    lines = (token.line, token.line) if before.strip() else script.subject(token.line)
    return _read(path, token.text, token.line, token.column - 1, lines)


def _directive(path: str, token: tokenize.TokenInfo, statements: list[ast.stmt]) -> Directive:
    line, column = token.start
    lines = (line, line) if token.line[:column].strip() else _subject(line, statements)
    return _read(path, token.string, line, column, lines)


def _read(path: str, comment: str, line: int, column: int, lines: tuple[int, int]) -> Directive:
    """A comment that stands in a line after `column` characters, and is about some lines."""
    mark = _MARK.search(comment)
    span = SourceSpan(path, line, column + 1 + (mark.start() if mark else 0), line, column + len(comment) + 1)
    form = _FORM.match(mark["rest"]) if mark else None
    if form is None:
        wrong = "it is not of the form `ignore[rule] -- reason` or `fixme[rule] until YYYY-MM-DD -- reason`"
        return Directive(span, *lines, wrong=wrong)
    return _parsed(Directive(span, *lines), form)


def _subject(line: int, statements: list[ast.stmt]) -> tuple[int, int]:
    """The lines that a comment on a line of its own is about."""
    around = [node for node in statements if _start(node) < line <= _last_line(node)]
    if around:
        parts = (node for node in ast.walk(around[-1]) if isinstance(node, ast.expr | ast.keyword))
        # Of the parts that start together, the widest: a keyword before its name and its value.
        part = min(
            (node for node in parts if node.lineno > line),
            key=lambda node: (node.lineno, node.col_offset, -(node.end_lineno or 0)),
            default=None,
        )
        return (part.lineno, part.end_lineno or part.lineno) if part else (line, line)
    if not statements:
        # A file that does not parse: all that is known is the next line.
        return line, line + 1
    following = min((node for node in statements if node.lineno > line), key=_start, default=None)
    return (_start(following), _last_line(following)) if following else (line, line)


def _parsed(bare: Directive, form: re.Match[str]) -> Directive:
    rules = tuple(name.strip() for name in form["rules"].split(",") if name.strip())
    reason = (form["reason"] or "").strip()
    until, wrong = None, None
    if not rules:
        wrong = "it names no rule"
    elif form["until"]:
        until = _date(form["until"])
        if until is None:
            wrong = f"`{form['until']}` is not a date of the form YYYY-MM-DD"
    elif form["kind"] == "fixme":
        wrong = "a `fixme` needs `until YYYY-MM-DD`"
    if not reason:
        wrong = wrong or "it gives no reason: add ` -- why this is right`"
    return Directive(bare.span, bare.first_line, bare.last_line, form["kind"], rules, reason, until, wrong)


def _date(text: str) -> datetime.date | None:
    # Newer interpreters would take other forms of ISO 8601 too.
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _start(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(node.lineno, *(item.lineno for item in decorators)) if decorators else node.lineno


def is_block(node: ast.stmt) -> bool:
    """Whether a statement has others as its parts."""
    return hasattr(node, "body") or isinstance(node, ast.Match)


def _last_line(node: ast.stmt) -> int:
    """The last line a comment above a statement is about: of a block, only its head."""
    if not is_block(node):
        return node.end_lineno or node.lineno
    head = [child for child in ast.iter_child_nodes(node) if not isinstance(child, _BLOCKS)]
    ends: list[int] = [getattr(inner, "end_lineno", None) or 0 for child in head for inner in ast.walk(child)]
    return max([node.lineno, *ends])
