"""Rule: apply-index-out-of-range."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.kinds import ListKind, PlainKind
from policy_pack.source.view import SourceView

CODE = """\
import pulumi
import pulumi_aws as aws

cluster = aws.rds.Cluster("main", engine="aurora-postgresql")
table = aws.dynamodb.Table("rules", hash_key="id", attributes=[{{"name": "id", "type": "S"}}])
url = pulumi.Output.all(cluster.endpoint, cluster.port, table.name).apply(
    lambda values: f"{{values[0]}}:{{values[1]}}/{{values[{index}]}}"
)
"""


class ApplyIndexOutOfRange(SourceRule):
    """A callback of `apply` asks for more values than its `Output.all` has.

    ## Why this fails
    `pulumi.Output.all` resolves to a list with one value for each of its arguments. An index beyond them
    raises IndexError as soon as the values are known: during the deployment, not in a preview.

    ## What to do instead
    Count from 0, add the missing output to `Output.all`, or name them:
    `pulumi.Output.all(host=cluster.endpoint).apply(lambda values: values["host"])`.
    """

    name = "apply-index-out-of-range"
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/all/"
    nodes = (ast.Subscript,)
    flagged = (Flagged(CODE.format(index=3), says="index 3 of 3 values"),)
    allowed = (
        Allowed(CODE.format(index=2), because="it is the last of three"),
        Allowed(CODE.format(index=-3), because="counted from the end it is the first"),
        Allowed(
            "import pulumi\n\n\ndef url(outputs):\n"
            "    return pulumi.Output.all(*outputs).apply(lambda values: values[3])\n",
            because="nobody says how many there are",
        ),
    )

    def check(self, node: ast.Subscript, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report an index that no value has."""
        index = next((kind.value for kind in source.kinds(node.slice) if isinstance(kind, PlainKind)), None)
        count = _count(node.value, source)
        if not isinstance(index, int) or isinstance(index, bool) or count is None or source.is_guarded(node):
            return
        if -count <= index < count:
            return
        yield source.failure(
            node,
            f"`{source.text(node)}` is index {index} of {count} value{'' if count == 1 else 's'}",
            note="`pulumi.Output.all` gives the callback one value for each argument, counted from 0; "
            "the IndexError comes when the values are known, during the deployment",
            help="add the missing output to `pulumi.Output.all`, or correct the index",
        )


def _count(node: ast.expr, source: SourceView) -> int | None:
    """How many values the parameter of a callback has, None when this is something else or not certain."""
    function = next((item for item in source.around(node) if source.is_callback(item)), None)
    if not isinstance(function, ast.Lambda | ast.FunctionDef) or not isinstance(node, ast.Name):
        return None
    parameters = [item.arg for item in (*function.args.posonlyargs, *function.args.args)]
    if parameters[:1] != [node.id]:
        return None
    counts = {len(kind.items) if isinstance(kind, ListKind) and kind.items is not None else None
              for kind in source.kinds(node)}  # fmt: skip
    return counts.pop() if len(counts) == 1 else None
