"""Rule: name-not-unique."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import Confidence, Problem, Severity
from policy_pack.rules.program._loops import loop_around, rounds_of
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = "import pulumi_aws as aws\n\n"


class NameNotUnique(SourceRule):
    """Every round of a loop makes a resource of the same name.

    ## Why this fails
    The name is part of a resource's URN, which must be unique: Pulumi ends the second round with `Duplicate
    resource URN`.

    ## What to do instead
    Put what the loop is about into the name: `aws.ec2.Subnet(f"public-{zone}")`. Prefer a key to a running
    number, so that removing one element does not rename the others.
    """

    name = "name-not-unique"
    nodes = (ast.Call,)
    flagged = (
        Flagged(
            f'{HEAD}for zone in ["a", "b"]:\n    aws.ec2.Eip("nat")\n',
            says='`"nat"`',
            severity=Severity.ERROR,
        ),
        Flagged(
            f'{HEAD}made = [aws.ec2.Eip("nat") for _ in range(3)]\n', says='`"nat"`', severity=Severity.ERROR
        ),
        Flagged(
            f'{HEAD}for zone in aws.get_availability_zones().names:\n    aws.ec2.Eip("nat")\n',
            says='`"nat"`',
            severity=Severity.WARNING,
        ),
    )
    allowed = (
        Allowed(
            f'{HEAD}for zone in ["a", "b"]:\n    aws.ec2.Eip(f"nat-{{zone}}")\n', because="each has its own"
        ),
        Allowed(f'{HEAD}for zone in ["a"]:\n    aws.ec2.Eip("nat")\n', because="there is one round"),
        Allowed(
            f'{HEAD}for zone in ["a", "b"]:\n    aws.ec2.Eip("nat")\n    break\n', because="the first ends it"
        ),
        Allowed(
            f'{HEAD}for i in range(2):\n    name = f"nat-{{i}}"\n    aws.ec2.Eip(name)\n',
            because="it changes",
        ),
        Allowed(
            f'{HEAD}for zone in ["a", "b"]:\n    if zone == "a":\n        aws.ec2.Eip("nat")\n',
            because="not every round makes one",
        ),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report a literal name in a loop whose every round gets there."""
        name = next((item for item in _name_arguments(node)), None)
        if not isinstance(name, ast.Constant) or not source.makes_resource(node):
            return
        loop = loop_around(node, source)
        if loop is None:
            return
        rounds = rounds_of(loop, source)
        if rounds is not None and rounds < 2:
            return
        certain = rounds is not None and source.inference.is_reached(node)
        yield source.problem(
            name,
            f"every round of the loop in line {loop.lineno} makes a resource named `{source.text(name)}`",
            note="the name is part of the URN, and Pulumi refuses a second resource of the same URN",
            help="put what the loop is about into the name",
            severity=Severity.ERROR if certain else Severity.WARNING,
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
        )


def _name_arguments(node: ast.Call) -> Iterator[ast.expr]:
    yield from node.args[:1]
    yield from (keyword.value for keyword in node.keywords if keyword.arg == "resource_name")
