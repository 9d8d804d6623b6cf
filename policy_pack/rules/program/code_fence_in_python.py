"""Rule: code-fence-in-python."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Edit, Fix, Problem, SourceSpan
from policy_pack.rules.program._fences import fence_lines
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Role
from policy_pack.source.view import SourceView


class CodeFenceInPython(SourceRule):
    """A Markdown code fence stands in a Python file, which therefore does not parse.

    ## Why this fails
    Text copied from a chat or a page brings its fences along: a line of three backticks is no Python. The
    file raises a SyntaxError when it is imported; a test file is never run, and its suite may look green.

    ## What to do instead
    Remove the lines with the fences. `--fix` does.

    ## What this does not see
    Fences inside strings and docstrings are text like any other. A file in which something else is wrong
    too is reported, but mended only as far as its fences go.
    """

    name = "code-fence-in-python"
    nodes = (ast.Module,)
    reads = frozenset(Role)
    reads_unparsed = True
    flagged = (
        Flagged(
            "```python\nimport pulumi\n\npulumi.export('a', 1)\n```\n",
            says="a Markdown code fence stands here and on one more line",
            fixed="import pulumi\n\npulumi.export('a', 1)\n",
        ),
        Flagged(
            {"__main__.py": "", "test_a.py": '"""A fence\n```\nin a text."""\n\n```\nassert True\n~~~\n'},
            says="a Markdown code fence stands here and on one more line",
            fixed={"test_a.py": '"""A fence\n```\nin a text."""\n\nassert True\n'},
        ),
    )
    allowed = (
        Allowed(
            'PAGE = """\n```python\nimport pulumi\n```\n"""\n', because="a fence inside a string is text"
        ),
        Allowed("# ```\nimport pulumi\n", because="a fence in a comment is none to Python"),
        Allowed("value = (1,\n", because="another mistake is another rule's"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Of a file that does not parse, report all fences at the first."""
        fault = source.file.fault
        if fault is None or fault.kind != "syntax":
            return
        lines = source.file.text.split("\n")
        fences = fence_lines(lines)
        if not fences:
            return
        path, first = source.file.path, fences[0]
        yield Problem(
            f"a Markdown code fence stands here{_more(len(fences) - 1)}",
            note="the file does not parse, so nothing in it can be run",
            help="remove the fence" + ("s" if len(fences) > 1 else ""),
            span=source.file.sources.whole_line(path, first),
            fix=Fix("remove the code fences", tuple(_removal(path, number, lines) for number in fences)),
        )


def _removal(path: str, number: int, lines: list[str]) -> Edit:
    if number < len(lines):
        return Edit(SourceSpan(path, number, 1, number + 1, 1), "")
    return Edit(SourceSpan(path, number, 1, number, len(lines[number - 1]) + 1), "")


def _more(number: int) -> str:
    if number == 0:
        return ""
    return f" and on {'one more line' if number == 1 else f'{number} more lines'}"
