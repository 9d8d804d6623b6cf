"""Comments that silence a finding.

Either `# preflight: ignore[rule] -- reason` or `# preflight: fixme[rule] until YYYY-MM-DD -- reason`. One
at the end of a line is about that line; one on a line of its own is about the next statement.
"""

from __future__ import annotations

import ast
import datetime
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policy_pack.linter.sources import Sources
from policy_pack.model import SourceSpan, Suppression

_MARK = re.compile(r"#\s*preflight:\s*(?P<rest>.*)$")
_FORM = re.compile(
    r"(?P<kind>ignore|fixme)\[(?P<rules>[\w\-, ]+)\]"
    r"(?:\s+until\s+(?P<until>\S+))?(?:\s+--\s*(?P<reason>.*))?\s*$"
)


@dataclass(frozen=True)
class Directive:
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
        return place.path == self.span.path and self.first_line <= place.line <= self.last_line


def directives(path: str, sources: Sources) -> list[Directive]:
    """The comments of one file, in order."""
    text = sources.text(path)
    if text is None or "preflight:" not in text:
        return []
    tree = sources.tree(path)
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)] if tree else []
    return [_directive(path, token, statements) for token in _comments(text)]


def _comments(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and _MARK.match(token.string):
                yield token
    except (tokenize.TokenError, SyntaxError):
        return


def _directive(path: str, token: tokenize.TokenInfo, statements: list[ast.stmt]) -> Directive:
    line, column = token.start
    span = SourceSpan(path, line, column + 1, line, token.end[1] + 1)
    first = last = line
    if not token.line[:column].strip():
        following = min((node for node in statements if node.lineno > line), key=_start, default=None)
        if following is not None:
            first, last = _start(following), _last_line(following)
    mark = _MARK.match(token.string)
    form = _FORM.match(mark["rest"]) if mark else None
    if form is None:
        wrong = "it is not of the form `ignore[rule] -- reason` or `fixme[rule] until YYYY-MM-DD -- reason`"
        return Directive(span, first, last, wrong=wrong)
    return _parsed(Directive(span, first, last), form)


def _parsed(bare: Directive, form: re.Match[str]) -> Directive:
    rules = tuple(name.strip() for name in form["rules"].split(",") if name.strip())
    reason = (form["reason"] or "").strip()
    until, wrong = None, None
    if form["until"]:
        try:
            until = datetime.date.fromisoformat(form["until"])
        except ValueError:
            wrong = f"`{form['until']}` is not a date of the form YYYY-MM-DD"
    elif form["kind"] == "fixme":
        wrong = "a `fixme` needs `until YYYY-MM-DD`"
    if not reason:
        wrong = wrong or "it gives no reason: add ` -- why this is right`"
    return Directive(bare.span, bare.first_line, bare.last_line, form["kind"], rules, reason, until, wrong)


def _start(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(node.lineno, *(item.lineno for item in decorators)) if decorators else node.lineno


def _last_line(node: ast.stmt) -> int:
    """The last line a comment above a statement is about: of a block, only its head."""
    body: list[ast.stmt] = getattr(node, "body", [])
    if body:
        return max(node.lineno, body[0].lineno - 1)
    return node.end_lineno or node.lineno
