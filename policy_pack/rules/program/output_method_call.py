"""Rule: output-method-call."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Edit, Fix, Problem, SourceSpan
from policy_pack.rules.program._outputs import accepts_output, named
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

HEAD = """\
import pulumi
import pulumi_aws as aws

cluster = aws.rds.Cluster("main", engine="aurora-postgresql")
"""


class OutputMethodCall(SourceRule):
    """A method of the value is called on its `Output`.

    ## Why this fails
    An attribute of an `Output` is another `Output`, so `endpoint.split` exists, but it cannot be called:
    `TypeError: 'Output' object is not callable`.

    ## What to do instead
    Call the method inside `apply`: `endpoint.apply(lambda value: value.split(":"))`.
    """

    name = "output-method-call"
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/"
    nodes = (ast.Call,)
    flagged = (
        Flagged(
            f'{HEAD}pulumi.export("name", cluster.endpoint.split("."))\n',
            says="`split`",
            fixed=f'{HEAD}pulumi.export("name", cluster.endpoint.apply(lambda value: value.split(".")))\n',
        ),
        Flagged(
            f"{HEAD}value = 1\nname = cluster.endpoint.ljust(value)\n",
            says="`ljust`",
            fixed=f"{HEAD}value = 1\nname = cluster.endpoint.apply(lambda it: it.ljust(value))\n",
        ),
    )
    allowed = (
        Allowed(
            f"{HEAD}part = cluster.endpoint.apply(lambda host: host.split('.'))\n", because="it has the value"
        ),
        Allowed(
            f"{HEAD}kept = pulumi.Output.secret(cluster.endpoint)\n", because="a method of `Output` itself"
        ),
        Allowed("def part(host):\n    return host.split('.')\n", because="nothing says what it is given"),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report a call of what certainly is an output."""
        if not source.is_output(node.func) or source.is_guarded(node):
            return
        method = node.func.attr if isinstance(node.func, ast.Attribute) else None
        owner = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        called = f"so `{method}` cannot be called on it" if method else "which cannot be called"
        yield source.failure(
            node.func,
            f"`{named(owner, source)}` is an `Output`, {called}",
            note="Python raises TypeError: 'Output' object is not callable",
            help="call it inside `apply`, where the value is at hand",
            fix=_fix(node, source),
        )


def _fix(node: ast.Call, source: SourceView) -> Fix | None:
    """Move the call into an `apply`; not when it is given other outputs, which would not be resolved."""
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    held = [item for argument in given for item in walk(argument) if isinstance(item, ast.expr)]
    if not isinstance(node.func, ast.Attribute) or any(map(source.is_output, held)):
        return None
    used = {item.id for item in held if isinstance(item, ast.Name)}
    name = next((name for name in ("value", "it", "resolved") if name not in used), None)
    if name is None or any(isinstance(item, ast.NamedExpr | ast.Await | ast.Yield) for item in held):
        return None
    edits = (
        _inserted(source.span(node.func.value), f".apply(lambda {name}: {name}"),
        _inserted(source.span(node), ")"),
    )
    return Fix("call it inside `apply`", edits, safe=accepts_output(node, source))


def _inserted(after: SourceSpan, text: str) -> Edit:
    line, column = after.end_line or after.line, after.end_column or after.column
    return Edit(SourceSpan(after.path, line, column, line, column), text)
