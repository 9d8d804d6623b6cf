"""Rule: unused-apply."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._outputs import named
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.kinds import FunctionKind
from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

HEAD = 'import json\nimport pulumi\nimport pulumi_aws as aws\n\nvpc = aws.ec2.Vpc("main")\n'
# What makes an output of others, and does nothing else.
MAKING = frozenset(f"pulumi.Output.{name}" for name in ("all", "concat", "format", "json_dumps"))
PURE = MAKING | {"json.dumps"} | {f"builtins.{name}" for name in ("str", "len", "list", "dict", "sorted")}
TEXT_METHODS = frozenset({"format", "lower", "replace", "split", "strip", "upper"})
EFFECTS = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


class UnusedApply(SourceRule):
    """An `Output` is made and nothing uses it.

    ## Why this fails
    `apply` changes no output: it makes a new one of what the callback returns. Where that is not kept and the
    callback does nothing else, the statement has no effect.

    ## What to do instead
    Assign the new output and give it to a resource or to `pulumi.export`; or remove the statement.

    ## What it cannot see
    Callbacks that call other functions, or that may be there to raise, are left alone; so are outputs that
    are assigned to a name that nothing reads.
    """

    name = "unused-apply"
    severity = Severity.NOTE
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/"
    nodes = (ast.Expr,)
    flagged = (
        Flagged(f'{HEAD}vpc.id.apply(lambda id: f"vpc/{{id}}")\n', says="`vpc.id.apply"),
        Flagged(f"{HEAD}vpc.arn.apply(lambda arn: json.dumps({{'arn': arn.split(':')}}))\n", says="`vpc.arn"),
        Flagged(f"{HEAD}\n\ndef short(id):\n    return id[:8]\n\n\nvpc.id.apply(short)\n", says="(short)`"),
        Flagged(f'{HEAD}pulumi.Output.concat("vpc/", vpc.id)\n', says="`pulumi.Output.concat"),
    )
    allowed = (
        Allowed(f"{HEAD}vpc.id.apply(lambda id: print(id))\n", because="the callback prints"),
        Allowed(f"{HEAD}vpc.id.apply(lambda id: pulumi.log.info(f'made {{id}}'))\n", because="it logs"),
        Allowed(f"{HEAD}name = vpc.id.apply(lambda id: id[:8])\n", because="the result is kept"),
        Allowed(
            f"{HEAD}\n\ndef check(id):\n    assert id\n\n\nvpc.id.apply(check)\n",
            because="the callback may raise",
        ),
        Allowed("def note(seen, value):\n    value.apply(lambda it: it)\n", because="it may be no output"),
    )

    def check(self, node: ast.Expr, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report a statement that is an output and nothing else."""
        call = node.value
        if not isinstance(call, ast.Call) or not (_applies_in_vain(call, source) or _makes(call, source)):
            return
        yield source.problem(
            node,
            f"nothing uses the result of `{named(call, source)}`",
            note="it is a new `Output`; the statement does nothing else",
            help="assign it and give it to a resource or to `pulumi.export`, or remove it",
        )


def _makes(call: ast.Call, source: SourceView) -> bool:
    return source.qualified(call.func) in MAKING and _is_pure(call, source)


def _applies_in_vain(call: ast.Call, source: SourceView) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "apply" or len(call.args) != 1:
        return False
    kinds = source.kinds(call.args[0])
    return (
        source.is_always_output(call.func.value)
        and _is_pure(call.func.value, source)
        and bool(kinds)
        and all(isinstance(kind, FunctionKind) and _returns_only(kind.node, source) for kind in kinds)
    )


def _returns_only(function: ast.AST, source: SourceView) -> bool:
    """Whether a callback does nothing but answer."""
    if isinstance(function, ast.Lambda):
        return _is_pure(function.body, source)
    body = function.body if isinstance(function, ast.FunctionDef) else []
    return bool(body) and all(isinstance(item, ast.Return) and _is_pure(item, source) for item in body)


def _is_pure(node: ast.AST, source: SourceView) -> bool:
    return not any(isinstance(item, EFFECTS) or _may_act(item, source) for item in walk(node))


def _may_act(node: ast.AST, source: SourceView) -> bool:
    if not isinstance(node, ast.Call) or source.qualified(node.func) in PURE:
        return False
    return not (isinstance(node.func, ast.Attribute) and node.func.attr in TEXT_METHODS)
