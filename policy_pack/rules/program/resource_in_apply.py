"""Rule: resource-in-apply."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._outputs import named
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = "import pulumi\nimport pulumi_aws as aws\n\n"
ZONES = 'zones = aws.get_availability_zones_output(state="available")\n'


class ResourceInApply(SourceRule):
    """A resource is made inside a callback of `apply`.

    ## Why this fails
    The callback does not run while its values are unknown, so a preview shows less than the deployment will
    make: what nobody has seen is created, and policies do not see it either.

    ## What to do instead
    Give the output to the resource as an input. Where the number of resources depends on a value, take it
    from configuration, or from a look-up that is answered at once (`get_…` instead of `get_…_output`).
    """

    name = "resource-in-apply"
    severity = Severity.WARNING
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/"
    nodes = (ast.Call,)
    flagged = (
        Flagged(
            f"{HEAD}{ZONES}zones.names.apply(lambda names: [aws.ec2.Eip(name) for name in names])\n",
            says="`aws.ec2.Eip`",
        ),
        Flagged(
            f"{HEAD}{ZONES}\n\ndef each(names):\n    for name in names:\n        aws.ec2.Eip(name)\n\n\n"
            "zones.names.apply(each)\n",
            says="`aws.ec2.Eip`",
        ),
    )
    allowed = (
        Allowed(
            f'{HEAD}{ZONES}aws.ec2.Eip("nat", tags={{"zone": zones.names[0]}})\n', because="it is an input"
        ),
        Allowed(
            f"{HEAD}for name in aws.get_availability_zones().names:\n    aws.ec2.Eip(name)\n",
            because="the look-up is answered at once",
        ),
        Allowed(
            f'{HEAD}{ZONES}zones.id.apply(lambda id: aws.ec2.Vpc.get("main", id).cidr_block)\n',
            because="it only looks one up",
        ),
        Allowed(f"{HEAD}def make(name):\n    return aws.ec2.Eip(name)\n", because="no callback runs it"),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report a call that makes a resource while a callback runs."""
        if not source.runs_in_callback(node) or not source.makes_resource(node):
            return
        yield source.problem(
            node.func,
            f"`{named(node.func, source)}` is made inside an `apply`, so a preview does not show it",
            note="a callback runs once its values are known: in a preview often not at all",
            help="make it outside, with the output as an input",
        )
