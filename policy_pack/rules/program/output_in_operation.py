"""Rule: output-in-operation."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem
from policy_pack.rules.program._operations import misused
from policy_pack.rules.program._outputs import named
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = 'import pulumi_aws as aws\n\nvpc = aws.ec2.Vpc("main")\n'


class OutputInOperation(SourceRule):
    """An `Output` is used in an operation that needs its value now.

    ## Why this fails
    An `Output` is no text, number or list, but a promise of one: adding to it, ordering, measuring, joining
    or looping over it raises a TypeError. What is inside is known to the callbacks of `apply` only.

    ## What to do instead
    Join texts with `pulumi.Output.concat`, and do everything else inside `apply`, where the value is at
    hand: `output.apply(lambda value: len(value))`.
    """

    name = "output-in-operation"
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/"
    nodes = (ast.BinOp, ast.Compare, ast.Call, ast.For, ast.comprehension, ast.Starred, ast.UnaryOp)
    flagged = (
        Flagged(f'{HEAD}name = "vpc-" + vpc.id\n', says="`+`"),
        Flagged(f"{HEAD}size = len(vpc.cidr_block)\n", says="has no length"),
        Flagged(f'{HEAD}text = ",".join([vpc.id, "b"])\n', says="`join`"),
        Flagged(f"{HEAD}for part in vpc.cidr_block:\n    print(part)\n", says="cannot be iterated"),
        Flagged(f'{HEAD}small = vpc.cidr_block < "10"\n', says="cannot be ordered"),
    )
    allowed = (
        Allowed(f'{HEAD}name = vpc.id.apply(lambda id: "vpc-" + id)\n', because="a callback has the value"),
        Allowed(f"{HEAD}first = vpc.cidr_block[0]\n", because="indexing gives an output of the element"),
        Allowed("def name(vpc_id):\n    return 'vpc-' + vpc_id\n", because="nothing says what it is given"),
        Allowed(f"{HEAD}for item in [vpc.id]:\n    print(item)\n", because="the list is no output"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report the output, and what cannot be done with it."""
        if source.is_guarded(node):
            return
        for culprit, what in misused(node, source):
            yield source.failure(
                culprit,
                f"`{named(culprit, source)}` is an `Output`, which {what}",
                note="Python raises TypeError here, in a preview too, unless nothing ever gets here",
                help="use `pulumi.Output.concat` for texts, or work with the value inside `apply`",
            )
            return
