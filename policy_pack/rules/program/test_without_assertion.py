"""Rule: test-without-assertion."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._testing import TestNode, assertions, is_skipped, is_test
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Role
from policy_pack.source.view import SourceView


class TestWithoutAssertion(SourceRule):
    """A test asserts nothing.

    ## Why this fails
    It passes as long as nothing raises: a resource with every property wrong passes too. It counts as
    coverage all the same, and so hides what is not tested.

    ## What to do instead
    Assert on what the code is for: which subnet, which principal, which actions.

    ## What it cannot see
    Whether a function of a library that the test calls asserts something: one named like it is believed.
    """

    __test__ = False  # pytest collects classes whose names start like this one's
    name = "test-without-assertion"
    severity = Severity.WARNING
    nodes = (ast.FunctionDef, ast.AsyncFunctionDef)
    reads = frozenset({Role.TEST})
    flagged = (
        Flagged("def test_vpc():\n    import network\n    network.make()\n", says="`test_vpc`"),
        Flagged(
            "class TestVpc:\n    def test_made(self):\n        vpc = make()\n        print(vpc)\n",
            says="`test_made`",
        ),
    )
    allowed = (
        Allowed("def test_vpc():\n    assert make() == 1\n", because="it asserts"),
        Allowed(
            "def look(x):\n    assert x\n\n\ndef test_vpc():\n    look(make())\n",
            because="its helper asserts",
        ),
        Allowed(
            "import pytest\n\n\ndef test_vpc():\n    with pytest.raises(ValueError):\n        make()\n",
            because="it expects an error",
        ),
        Allowed(
            "class TestA:\n    def test_a(self):\n        self.assertEqual(1, make())\n",
            because="as unittest does",
        ),
        Allowed("def helper():\n    make()\n", because="it is no test"),
        Allowed(
            "import pytest\n\n\n@pytest.mark.skip\ndef test_vpc():\n    make()\n", because="it is not run"
        ),
        Allowed(
            "def test_vpc():\n    def look(id):\n        assert id\n    return vpc().apply(look)\n",
            because="its callback asserts",
        ),
        Allowed(
            "def look(id):\n    assert id\n\n\ndef test_vpc():\n    return vpc().apply(look)\n",
            because="the helper that it hands on asserts",
        ),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report a test in which nothing can fail on purpose."""
        if not isinstance(node, TestNode) or not is_test(node, source) or is_skipped(node):
            return
        if next(assertions(node, source), None) is None:
            yield source.problem(
                node,
                f"the test `{node.name}` asserts nothing",
                note="it passes whatever the code makes, as long as nothing raises",
                help="assert on what the code is for",
            )
