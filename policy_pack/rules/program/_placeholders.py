"""What a branch or function that does nothing looks like, and what admits that it should do more."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence

from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

_ADMITS = re.compile(
    r"\b(?:placeholder|not (?:yet )?implemented|would (?:be|have|create)|will be (?:created|added)"
    r"|todo|fixme|stub|in a real|for now|simplified|coming soon)\b",
    re.IGNORECASE,
)
_FLAG = re.compile(r"^(?:enable|create|deploy|use|with|provision)_|_(?:enabled|flag)$")
_ABOUT_TALKING = re.compile(r"debug|verbose|log|print|trace|dry|warn")
_LOGGERS = re.compile(r"^(?:pulumi\.(?:log\.|info$|warn$|debug$|error$)|logging\.|builtins\.print$)")


def does_nothing(body: Sequence[ast.stmt], source: SourceView) -> bool:
    """Whether statements only pass, log, or end without a result."""
    return all(_is_idle(statement, source) for statement in body)


def _is_idle(statement: ast.stmt, source: SourceView) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Expr(value=ast.Call(func=function)):
            return is_log(function, source)
    return False


def is_log(function: ast.expr, source: SourceView) -> bool:
    """Whether a called function only tells something."""
    name = source.qualified(function)
    if name is not None:
        return bool(_LOGGERS.match(name))
    text = source.text(function)
    return bool(re.fullmatch(r"(?:self\.)?_?(?:log|logger|logging)\.(?:debug|info|warn|warning|error)", text))


def flags(test: ast.expr) -> list[str]:
    """The names in a condition that switch a feature on."""
    names = [item.id if isinstance(item, ast.Name) else item.attr for item in walk(test)
             if isinstance(item, ast.Name | ast.Attribute)]  # fmt: skip
    return [name for name in names if _FLAG.search(name) and not _ABOUT_TALKING.search(name)]


def admission(node: ast.AST, source: SourceView) -> str | None:
    """What a comment or a text within a node says that admits it is unfinished."""
    texts = [
        item.value for item in walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]
    found = (match[0] for text in [*texts, *_comments(node, source)] if (match := _ADMITS.search(text)))
    return next(found, None)


def _comments(node: ast.AST, source: SourceView) -> Iterator[str]:
    span = source.span(node)
    lines = source.file.text.split("\n")[span.line - 1 : span.end_line]
    if not any("#" in line and _ADMITS.search(line) for line in lines):
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(source.file.text).readline):
            if token.type == tokenize.COMMENT and span.line <= token.start[0] <= (span.end_line or span.line):
                yield token.string
    except (tokenize.TokenError, SyntaxError):
        return
