"""Rule: assertion-that-cannot-fail."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._certainties import always, is_swallowed
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Role
from policy_pack.source.view import SourceView


class AssertionThatCannotFail(SourceRule):
    """An assertion holds whatever the code does.

    ## Why this fails
    `assert True`, `assert (value == 3, "wrong")` (a tuple, which is always true), `assert x or True`,
    `assert len(x) >= 0`, and an assertion inside a `try` that swallows its error all pass always.

    ## What to do instead
    Assert what would be false if the code were wrong; give the message after a comma, without parentheses.
    """

    name = "assertion-that-cannot-fail"
    severity = Severity.WARNING
    nodes = (ast.Assert, ast.Call)
    reads = frozenset({Role.TEST})
    flagged = (
        Flagged("def test_vpc():\n    make()\n    assert True\n", says="`True` is always true"),
        Flagged('def test_vpc():\n    assert (make() == 1, "one")\n', says="a tuple is always true"),
        Flagged("def test_vpc():\n    found = make()\n    assert found or True\n", says="is always true"),
        Flagged("def test_vpc():\n    assert len(make()) >= 0\n", says="no length is negative"),
        Flagged(
            "def test_vpc():\n    made = make()\n    assert made == made\n",
            says="compares a value with itself",
        ),
        Flagged(
            "class TestA:\n    def test_a(self):\n        self.assertTrue(True)\n",
            says="`True` is always true",
        ),
        Flagged(
            "def test_vpc():\n    try:\n        assert make() == 1\n    except Exception:\n        pass\n",
            says="its error is swallowed",
        ),
    )
    allowed = (
        Allowed("def test_vpc():\n    assert make() == 1\n", because="it may be another"),
        Allowed("def test_vpc():\n    assert len(make()) >= 1\n", because="it may be empty"),
        Allowed(
            "def test_vpc():\n    if make():\n        assert False, 'made'\n",
            because="it fails when it is reached",
        ),
        Allowed("def test_vpc():\n    assert make() == make()\n", because="two calls may differ"),
        Allowed(
            "def test_vpc():\n    try:\n        assert make() == 1\n    except Exception:\n        raise\n",
            because="the error goes on",
        ),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report an assertion that holds by its form."""
        why = None
        if isinstance(node, ast.Assert):
            why = always(node.test) or ("its error is swallowed" if is_swallowed(node, source) else None)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            why = always(node.args[0]) if node.func.attr == "assertTrue" and node.args else None
        if why is not None:
            yield source.problem(
                node,
                f"this assertion cannot fail: {why}",
                note="the test passes whatever the code does",
                help="assert what would be false if the code were wrong",
            )
