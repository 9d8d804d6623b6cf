"""Rule: output-in-json."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Fix, Problem
from policy_pack.rules.program._outputs import accepts_output, culprits, named
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

SERIALIZERS = frozenset(
    {"json.dumps", "json.dump", "simplejson.dumps", "orjson.dumps", "yaml.dump", "yaml.safe_dump"}
)
OUTSIDE = """\
import json
import pulumi
import pulumi_aws as aws

queue = aws.sqs.Queue("orders")
pulumi.export("target", {call}({{"queue": queue.arn}}))
"""
INSIDE = """\
import json
import pulumi
import pulumi_aws as aws

cluster = aws.rds.Cluster("main", engine="aurora-postgresql")
log_group = aws.cloudwatch.LogGroup("tasks")
containers = cluster.endpoint.apply(
    lambda host: {call}([{{"host": host, "logs": log_group.name}}])
)
"""


class OutputInJson(SourceRule):
    """An `Output` is given to `json.dumps` or another serializer.

    ## Why this fails
    `json.dumps` raises `TypeError: Object of type Output is not JSON serializable`. Inside an `apply` that
    happens during the deployment only: a preview does not run the callback while its values are unknown.

    ## What to do instead
    Use `pulumi.Output.json_dumps`, which waits for every output in the document; it may also be what a
    callback of `apply` returns. Or put the output into the `pulumi.Output.all(…)` of the callback.
    """

    name = "output-in-json"
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/"
    nodes = (ast.Call,)
    flagged = (
        Flagged(
            OUTSIDE.format(call="json.dumps"),
            says="`queue.arn`",
            fixed=OUTSIDE.format(call="pulumi.Output.json_dumps"),
        ),
        Flagged(
            INSIDE.format(call="json.dumps"),
            says="`log_group.name`",
            fixed=INSIDE.format(call="pulumi.Output.json_dumps"),
        ),
    )
    allowed = (
        Allowed(OUTSIDE.format(call="pulumi.Output.json_dumps"), because="it waits for the outputs"),
        Allowed(
            "import json\nimport pulumi_aws as aws\n\nqueue = aws.sqs.Queue('orders')\n"
            "queue.arn.apply(lambda arn: json.dumps({'queue': arn}))\n",
            because="a callback is given the value",
        ),
        Allowed(
            "import json\n\n\ndef document(arn):\n    return json.dumps({'queue': arn})\n",
            because="nothing says what it is given",
        ),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report the first output in the document."""
        name = source.qualified(node.func)
        own_encoder = any(keyword.arg in ("default", "cls", "option") for keyword in node.keywords)
        if name not in SERIALIZERS or not node.args or own_encoder or source.is_guarded(node):
            return
        culprit = next(culprits(node.args[0], source), None)
        if culprit is None:
            return
        is_or_holds = "is" if source.is_output(culprit) else "holds"
        yield source.failure(
            culprit,
            f"`{named(culprit, source)}` {is_or_holds} an `Output`, which `{name}` cannot serialize",
            raised_at=node,
            note=_note(node, culprit, name, source),
            help="write `pulumi.Output.json_dumps` instead" if name == "json.dumps"
            else "put it into the `pulumi.Output.all(…)` of an `apply` and use the resolved value there",
            fix=_fix(node, name, source),
        )  # fmt: skip


def _note(node: ast.Call, culprit: ast.expr, name: str, source: SourceView) -> str:
    where = "" if node.lineno <= culprit.lineno <= (node.end_lineno or 0) else f" in line {node.lineno}"
    if source.runs_in_callback(node):
        return (
            "`pulumi preview` does not run the callback, because its values are not known yet: "
            f"`{name}`{where} raises TypeError during the deployment, after resources were created"
        )
    return f"`{name}`{where} raises TypeError, in a preview too"


def _fix(node: ast.Call, name: str, source: SourceView) -> Fix | None:
    output = source.name_of("pulumi.Output")
    if name != "json.dumps" or output is None:
        return None
    edit = source.replaced(node.func, f"{output}.json_dumps")
    return Fix(f"use `{output}.json_dumps`", (edit,), safe=accepts_output(node, source))
