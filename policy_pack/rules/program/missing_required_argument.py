"""Rule: missing-required-argument."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem
from policy_pack.rules.program._arguments import sdk_call
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = "import pulumi\nimport pulumi_aws as aws\n\n"


class MissingRequiredArgument(SourceRule):
    """A resource, an arguments class or a look-up lacks an argument that it needs.

    ## Why this fails
    The constructor raises `TypeError: Missing required property` when the program gets there.

    ## What to do instead
    Give the argument. `pulumi.ResourceOptions(id=…)` and the class method `get` look up what exists and need
    none.
    """

    name = "missing-required-argument"
    nodes = (ast.Call,)
    flagged = (
        Flagged(f'{HEAD}aws.rds.Cluster("main", master_username="dbadmin")\n', says="`engine`"),
        Flagged(f'{HEAD}aws.ec2.Subnet("a", vpc_id=None, cidr_block="10.0.0.0/24")\n', says="`vpc_id`"),
        Flagged(f'{HEAD}aws.ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=443)\n', says="`to_port`"),
    )
    allowed = (
        Allowed(
            f'{HEAD}aws.rds.Cluster("main", engine="aurora-postgresql")\n', because="it has all it needs"
        ),
        Allowed(f'{HEAD}aws.ec2.Vpc("main")\n', because="it needs nothing"),
        Allowed(
            f'{HEAD}def make(given):\n    aws.rds.Cluster("main", **given)\n',
            because="nobody says what is given",
        ),
        Allowed(
            f'{HEAD}def make(args):\n    aws.rds.Cluster("main", args)\n', because="they may be in `args`"
        ),
        Allowed(f'{HEAD}aws.rds.Cluster.get("main", "main-1")\n', because="it looks up one that exists"),
        Allowed(
            f'{HEAD}aws.rds.Cluster("main", opts=pulumi.ResourceOptions(urn="urn:pulumi:a::b::c::d"))\n',
            because="it stands for one that exists",
        ),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report what a call lacks, all of it at once."""
        call = sdk_call(node, source)
        lacking = call.lacks(source) if call is not None else []
        if call is None or not lacking or source.is_guarded(node):
            return
        names = ", ".join(f"`{name}`" for name in lacking)
        plural = "" if len(lacking) == 1 else "s"
        yield source.failure(
            node.func,
            f"`{call.name.partition('.')[2]}` lacks the required argument{plural} {names}",
            note=f"the installed version of `{call.package}` raises TypeError",
            help=f"give {names}",
        )
