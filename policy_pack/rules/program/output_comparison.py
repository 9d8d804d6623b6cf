"""Rule: output-comparison."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._outputs import named
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = 'import pulumi\nimport pulumi_aws as aws\n\nvpc = aws.ec2.Vpc("main")\n'


class OutputComparison(SourceRule):
    """An `Output` is compared with `==`, which never looks at its value.

    ## Why this fails
    Two outputs are equal only when they are the same object, and no output equals a text or a number: `==` is
    always false and `!=` always true, whatever the value will be.

    ## What to do instead
    Compare inside `apply`: `output.apply(lambda value: value == "default")`. Where the choice decides which
    resources there are, let it depend on configuration.
    """

    name = "output-comparison"
    severity = Severity.WARNING
    nodes = (ast.Compare,)
    flagged = (
        Flagged(
            f'{HEAD}if vpc.instance_tenancy == "default":\n    pulumi.log.info("shared")\n',
            says="always false",
        ),
        Flagged(f'{HEAD}own = vpc.instance_tenancy != "default"\n', says="always true"),
    )
    allowed = (
        Allowed(
            f'{HEAD}own = vpc.instance_tenancy.apply(lambda it: it != "default")\n', because="it is the value"
        ),
        Allowed(f"{HEAD}own = vpc.id is None\n", because="it asks whether there is one"),
        Allowed("def same(a):\n    return a == 'default'\n", because="nothing says what it is given"),
    )

    def check(self, node: ast.Compare, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report the first output that is compared for equality."""
        sides = [node.left, *node.comparators]
        for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
            if not isinstance(operator, ast.Eq | ast.NotEq) or _is_none(left) or _is_none(right):
                continue
            culprit = next((side for side in (left, right) if source.is_output(side)), None)
            if culprit is not None and source.text(left) != source.text(right):
                answer = "true" if isinstance(operator, ast.NotEq) else "false"
                yield source.problem(
                    culprit,
                    f"`{named(culprit, source)}` is an `Output`, so this comparison is always {answer}",
                    note="an `Output` is compared as an object; only the deployment knows its value",
                    help="compare the value inside `apply`",
                )
                return


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
