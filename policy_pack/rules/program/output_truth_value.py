"""Rule: output-truth-value."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._outputs import named
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = 'import pulumi\nimport pulumi_aws as aws\n\nvpc = aws.ec2.Vpc("main")\n'


class OutputTruthValue(SourceRule):
    """The truth of an `Output` is asked, which is always true.

    ## Why this fails
    An `Output` is an object, and every object without a truth of its own is true: the other branch is never
    taken, whatever the value will be.

    ## What to do instead
    Decide by what is known when the program runs, such as configuration. What depends on the value is made
    inside `apply`: `output.apply(lambda value: a if value else b)`.
    """

    name = "output-truth-value"
    severity = Severity.WARNING
    nodes = (ast.If, ast.While, ast.IfExp, ast.BoolOp, ast.UnaryOp, ast.Assert, ast.comprehension)
    flagged = (
        Flagged(
            f'{HEAD}if vpc.ipv6_cidr_block:\n    pulumi.log.info("dual stack")\n',
            says="`vpc.ipv6_cidr_block`",
        ),
        Flagged(f'{HEAD}block = vpc.ipv6_cidr_block or "::/0"\n', says="`vpc.ipv6_cidr_block`"),
        Flagged(f"{HEAD}missing = not vpc.ipv6_cidr_block\n", says="`vpc.ipv6_cidr_block`"),
    )
    allowed = (
        Allowed(
            f'{HEAD}block = vpc.ipv6_cidr_block.apply(lambda it: it or "::/0")\n', because="it is the value"
        ),
        Allowed(f"{HEAD}if vpc.id is not None:\n    print('made')\n", because="it asks for the object"),
        Allowed("def f(a):\n    return a or 1\n", because="nothing says what it is given"),
        Allowed(f"{HEAD}if vpc:\n    print('made')\n", because="a resource may be there or not"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report every output whose truth a node asks."""
        for asked in _asked(node):
            # Certain on every way: a parameter that may also be None is asked for a reason.
            if source.is_always_output(asked):
                yield source.problem(
                    asked,
                    f"`{named(asked, source)}` is an `Output`, which is true whatever its value will be",
                    note="the value is known during the deployment only; the object is always there",
                    help="ask for the value inside `apply`",
                )


def _asked(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            yield test
        case ast.BoolOp():
            yield from node.values[:-1]
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.comprehension():
            yield from node.ifs
