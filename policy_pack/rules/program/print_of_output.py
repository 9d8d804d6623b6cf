"""Rule: print-of-output."""

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
PRINTING = frozenset(
    {"builtins.print", "pulumi.log.info", "pulumi.log.warn", "pulumi.log.error", "pulumi.info"}
)


class PrintOfOutput(SourceRule):
    """An `Output` is printed, which does not show its value.

    ## Why this fails
    What is printed is a remark on how outputs are used: the value is not known yet.

    ## What to do instead
    Print it inside `apply`, or export it: `pulumi.export("vpc", vpc.id)` shows it after the deployment.
    """

    name = "print-of-output"
    severity = Severity.NOTE
    nodes = (ast.Call,)
    flagged = (
        Flagged(f"{HEAD}print(vpc.id)\n", says="`vpc.id`"),
        Flagged(f"{HEAD}pulumi.log.info(vpc.id)\n", says="`vpc.id`"),
    )
    allowed = (
        Allowed(f"{HEAD}vpc.id.apply(print)\n", because="the callback has the value"),
        Allowed(f"{HEAD}vpc.id.apply(lambda id: print(id))\n", because="the callback has the value"),
        Allowed("def show(x):\n    print(x)\n", because="nothing says what it is given"),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report the first output among what is printed."""
        if source.qualified(node.func) not in PRINTING:
            return
        culprit = next((item for item in node.args if source.is_output(item)), None)
        if culprit is not None:
            yield source.problem(
                culprit,
                f"printing `{named(culprit, source)}` shows no value",
                note="it is an `Output`: its value is known during the deployment only",
                help="print it inside `apply`, or export it",
            )
