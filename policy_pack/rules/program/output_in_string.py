"""Rule: output-in-string."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._outputs import accepts_output, named
from policy_pack.rules.program._texts import as_format
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.kinds import PlainKind
from policy_pack.source.view import SourceView

HEAD = 'import pulumi\nimport pulumi_aws as aws\n\nbucket = aws.s3.Bucket("logs")\n'


class OutputInString(SourceRule):
    """An `Output` is put into a text.

    ## Why this fails
    The text does not hold the value, but a remark on how outputs are used. It deploys: as a policy that
    allows nothing, an environment variable that points nowhere.

    ## What to do instead
    Use `pulumi.Output.format("{0}/*", bucket.arn)` or `pulumi.Output.concat(bucket.arn, "/*")` where an input
    is wanted; make the text inside `apply` elsewhere.
    """

    name = "output-in-string"
    severity = Severity.WARNING
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/#outputs-and-strings"
    nodes = (ast.JoinedStr, ast.Call, ast.BinOp)
    flagged = (
        Flagged(
            f'{HEAD}pulumi.export("all", f"{{bucket.arn}}/{{{{any}}}}/*")\n',
            says="`bucket.arn`",
            fixed=f'{HEAD}pulumi.export("all", pulumi.Output.format("{{0}}/{{{{any}}}}/*", bucket.arn))\n',
        ),
        Flagged(f'{HEAD}copy = aws.s3.Bucket(f"{{bucket.id}}-copy")\n', says="`bucket.id`"),
        Flagged(
            f'{HEAD}pulumi.export("objects", "{{}}/*".format(bucket.arn))\n',
            says="`bucket.arn`",
            fixed=f'{HEAD}pulumi.export("objects", pulumi.Output.format("{{}}/*", bucket.arn))\n',
        ),
        Flagged(f'{HEAD}pulumi.export("objects", "%s/*" % bucket.arn)\n', says="`bucket.arn`"),
        Flagged(
            f'{HEAD}pulumi.export("arn", str(bucket.arn))\n',
            says="`bucket.arn`",
            fixed=f'{HEAD}pulumi.export("arn", bucket.arn)\n',
        ),
    )
    allowed = (
        Allowed(
            f'{HEAD}pulumi.export("all", bucket.arn.apply(lambda arn: f"{{arn}}/*"))\n',
            because="it is the value",
        ),
        Allowed(
            f'{HEAD}pulumi.export("all", pulumi.Output.format("{{0}}/*", bucket.arn))\n', because="it waits"
        ),
        Allowed("def every(arn):\n    return f'{arn}/*'\n", because="nothing says what it is given"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report the first output that a text holds."""
        culprit = next((item for item in _formatted(node, source) if source.is_output(item)), None)
        if culprit is None or not isinstance(node, ast.expr):
            return
        yield source.problem(
            culprit,
            f"the text holds a remark about `Output`s where `{named(culprit, source)}` should be",
            note="turning an `Output` into a text does not give its value, which is not known yet",
            help="use `pulumi.Output.format` or `pulumi.Output.concat`, or make the text inside `apply`",
            fix=as_format(node, source) if accepts_output(node, source) else None,
        )


def _formatted(node: ast.AST, source: SourceView) -> Iterator[ast.expr]:
    """What an expression puts into a text."""
    match node:
        case ast.JoinedStr():
            yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
        case ast.Call(func=ast.Attribute(value=template, attr="format")) if _is_text(template, source):
            yield from (*node.args, *(keyword.value for keyword in node.keywords))
        case ast.Call() if source.qualified(node.func) in (
            "builtins.str",
            "builtins.repr",
            "builtins.format",
        ):
            yield from node.args[:1]
        case ast.BinOp(op=ast.Mod()) if _is_text(node.left, source):
            yield from node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]


def _is_text(node: ast.expr, source: SourceView) -> bool:
    kinds = source.kinds(node)
    return bool(kinds) and all(isinstance(kind, PlainKind) and kind.type == "str" for kind in kinds)
