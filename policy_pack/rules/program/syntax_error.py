"""Rule: syntax-error."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, SourceSpan
from policy_pack.rules.program._fences import fence_lines
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Role
from policy_pack.source.view import SourceView


class SyntaxErrorInFile(SourceRule):
    """A file is not valid Python.

    ## Why this fails
    Python reads and compiles a whole file before it runs any of it. A module that does not parse, or has a
    `return` outside of a function, cannot be imported; a test file is not collected, and none of its tests is
    run.

    ## What to do instead
    Mend the line that is shown; the mistake may stand at the end of the line before.

    ## What this does not see
    Where the project runs on a newer Python than Preflight does, the file may be valid there: it is *not
    evaluated*. The same holds for what is nested more deeply than the parser can follow.
    """

    name = "syntax-error"
    nodes = (ast.Module,)
    reads = frozenset(Role)
    reads_unparsed = True
    flagged = (
        Flagged("import pulumi\n\nvalue = (1,\n", says="was never closed"),
        Flagged("import pulumi\npulumi.export('é', '🚀' 1)\n", says="not valid Python"),
        Flagged({"__main__.py": "", "test_a.py": "def test_a()\n    pass\n"}, says="not valid Python"),
        Flagged("a = 1\x00\n", says="null bytes"),
        Flagged("import pulumi\n\nif pulumi.get_stack() == 'dev':\n    return\n", says="outside function"),
        Flagged("import pulumi\n\npulumi.export(name='a', name='b', value=1)\n", says="repeated: name"),
    )
    allowed = (
        Allowed("import pulumi\n\nvalue = (1,)\n", because="it parses"),
        Allowed("```python\nimport pulumi\n```\n", because="`code-fence-in-python` says what is wrong"),
        Allowed("", because="an empty file is a module too"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report why a file does not parse, if the project's interpreter does not parse it either."""
        path = source.file.path
        fault = source.file.fault or source.file.sources.refusal(path)
        if fault is None or (fault.kind == "syntax" and fence_lines(source.file.text.split("\n"))):
            return
        if fault.kind in ("unreadable", "depth"):
            source.note_unknown(node, fault.message)
        elif fault.kind != "encoding" and source.program.environment.is_newer:
            version = ".".join(map(str, source.program.environment.version))
            source.note_unknown(node, f"it may be valid in Python {version}: {fault.message}")
        else:
            end = min(fault.column + 1, len(source.file.sources.line(path, fault.line)) + 1)
            yield Problem(
                f"the file is not valid Python: {fault.message}",
                note="Python reads a whole file before it runs any of it, so nothing in it is run",
                help="save the file as UTF-8"
                if fault.kind == "encoding"
                else "mend the line, or the one before",
                span=SourceSpan(path, fault.line, fault.column, fault.line, max(end, fault.column)),
            )
