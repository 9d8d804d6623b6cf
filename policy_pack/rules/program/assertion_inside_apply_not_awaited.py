"""Rule: assertion-inside-apply-not-awaited."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._awaiting import asserts, callback_of, is_dropped, sdk_waits, waits_itself
from policy_pack.rules.program._testing import TestNode, is_pulumi_test, is_skipped, is_test
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Role
from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

HEAD = "import pulumi\nimport pulumi_aws as aws\n\n\n"
MADE = "    vpc = aws.ec2.Vpc('main')\n\n    def check(cidr):\n        assert cidr == '10.0.0.0/16'\n\n"


class AssertionInsideApplyNotAwaited(SourceRule):
    """An assertion stands in a callback of `apply` for which the test does not wait.

    ## Why this fails
    The callback runs when the value is known, and that is after the test has ended, or never. The test passes
    whatever the value is, even when the assertion would fail.

    ## What to do instead
    Decorate the test with `@pulumi.runtime.test` and return the output that `apply` gives: the decorator
    waits for what is returned. Returning it without the decorator waits for nothing.

    ## What it cannot see
    Waiting by other means: a test with another decorator, with an `await`, or that gives the output to
    something else is left alone. With the decorator, SDKs since about 3.100 wait for outputs that are not
    returned too; whether the project's does is read from the installed package, and nothing is said without.
    """

    name = "assertion-inside-apply-not-awaited"
    severity = Severity.WARNING
    nodes = (ast.FunctionDef, ast.AsyncFunctionDef)
    reads = frozenset({Role.TEST})
    flagged = (
        Flagged(f"{HEAD}def test_vpc():\n{MADE}    vpc.cidr_block.apply(check)\n", says="`test_vpc`"),
        Flagged(
            f"{HEAD}def test_vpc():\n{MADE}    return vpc.cidr_block.apply(check)\n",
            says="pytest does not wait for what a test returns",
        ),
        Flagged(
            f"{HEAD}import unittest\n\n\nclass TestVpc(unittest.TestCase):\n    def test_cidr(self):\n"
            "        vpc = aws.ec2.Vpc('main')\n"
            "        done = pulumi.Output.all(vpc.id).apply(lambda args: self.assertEqual(args[0], 'x'))\n",
            says="`test_cidr`",
        ),
    )
    allowed = (
        Allowed(
            f"{HEAD}@pulumi.runtime.test\ndef test_vpc():\n{MADE}    return vpc.cidr_block.apply(check)\n",
            because="the decorator waits",
        ),
        Allowed(
            f"{HEAD}async def test_vpc():\n{MADE}    await vpc.cidr_block.apply(check).future()\n",
            because="it waits itself",
        ),
        Allowed(
            f"{HEAD}from waits import wait\n\n\ndef test_vpc():\n{MADE}    wait(vpc.id.apply(check))\n",
            because="the helper may wait",
        ),
        Allowed(
            f"{HEAD}def test():\n    ids = []\n    aws.ec2.Vpc('a').id.apply(ids.append)\n    assert ids\n",
            because="it asserts outside",
        ),
        Allowed("def test_table(frame):\n    frame.apply(lambda row: check(row))\n", because="no output"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report the callbacks with assertions whose output a test drops."""
        if not isinstance(node, TestNode) or not is_test(node, source) or is_skipped(node):
            return
        is_decorated = is_pulumi_test(node, source)
        if waits_itself(node, source) or (is_decorated and sdk_waits(source) is not False):
            return
        for call in (item for item in walk(node) if isinstance(item, ast.Call)):
            callback = callback_of(call, source)
            dropped = callback is not None and is_dropped(call, node, source, is_decorated)
            if callback is not None and dropped and asserts(callback, source):
                is_returned = isinstance(source.parent(call), ast.Return)
                why = (
                    "pytest does not wait for what a test returns" if is_returned else "nothing waits for it"
                )
                yield source.problem(
                    call,
                    f"the assertion in this callback is never part of the test `{node.name}`: {why}",
                    note="the test passes before the callback has run, whatever the value is",
                    help="decorate the test with `@pulumi.runtime.test` and return this output",
                )
