"""Rule: existence-only-test."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._existence import asks_existence, runs_something
from policy_pack.rules.program._testing import TestNode, assertions, is_skipped, is_test
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Role
from policy_pack.source.view import SourceView

HEAD = "import network\n\n\ndef test_vpc():\n"


class ExistenceOnlyTest(SourceRule):
    """A test only asks whether something exists, and never calls it.

    ## Why this fails
    `hasattr(network, "make_vpc")` is true of a function that raises in its first line. Suites of such tests
    pass while the infrastructure cannot be deployed, and none of its code has run.

    ## What to do instead
    Call the code under `pulumi.runtime.set_mocks(…)` and assert on what it makes.

    ## What it cannot see
    Whether another test of the same suite calls what this one asks for.
    """

    name = "existence-only-test"
    severity = Severity.WARNING
    nodes = (ast.FunctionDef, ast.AsyncFunctionDef)
    reads = frozenset({Role.TEST})
    flagged = (
        Flagged(f"{HEAD}    assert hasattr(network, 'make')\n", says="`test_vpc`"),
        Flagged(
            {
                "network.py": "def make():\n    return 1\n",
                "test_network.py": f"{HEAD}    assert callable(network.make)\n    assert network.make\n",
            },
            says="`test_vpc`",
        ),
        Flagged(
            "import os, unittest\n\n\nclass TestFiles(unittest.TestCase):\n    def test_there(self):\n"
            "        self.assertTrue(os.path.exists('network.py'))\n",
            says="`test_there`",
        ),
    )
    allowed = (
        Allowed(f"{HEAD}    assert network.make() is not None\n", because="it calls it"),
        Allowed(
            f"{HEAD}    assert hasattr(network, 'make')\n    assert network.make() == 1\n",
            because="it does more",
        ),
        Allowed("def test_vpc(vpc):\n    assert vpc.id is not None\n", because="nothing says what it is"),
        Allowed(f"{HEAD}    network.make()\n", because="it asserts nothing at all"),
        Allowed(
            "import site_writer\n\n\ndef test_page(tmp_path):\n    site_writer.write(tmp_path)\n"
            "    assert (tmp_path / 'index.html').exists()\n",
            because="it runs what makes the file",
        ),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report a test all of whose assertions are met by anything of the right name."""
        if not isinstance(node, TestNode) or not is_test(node, source) or is_skipped(node):
            return
        found = []
        for assertion in assertions(node, source):
            if not asks_existence(assertion, source):
                return
            found.append(assertion)
        if found and not runs_something(node, found, source):
            yield source.problem(
                node,
                f"the test `{node.name}` only asks whether something exists",
                note="what it asks for is never run; it may be wrong in every line",
                help="call it, and assert on what it makes",
            )
