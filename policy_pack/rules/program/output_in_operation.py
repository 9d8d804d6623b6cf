"""Rule: output-in-operation."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem
from policy_pack.rules.program._outputs import named
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.kinds import AnyKind, InstanceKind, PlainKind
from policy_pack.source.view import SourceView

# What these builtins do with their first argument; each raises TypeError for an output.
BUILTINS = {
    "len": "has no length", "int": "is no number", "float": "is no number", "range": "is no number",
    "sum": "cannot be iterated", "sorted": "cannot be iterated", "list": "cannot be iterated",
    "tuple": "cannot be iterated", "set": "cannot be iterated", "dict": "cannot be iterated",
    "enumerate": "cannot be iterated", "any": "cannot be iterated", "all": "cannot be iterated",
    "min": "cannot be iterated", "max": "cannot be iterated",
}  # fmt: skip
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
HEAD = 'import pulumi_aws as aws\n\nvpc = aws.ec2.Vpc("main")\n'


class OutputInOperation(SourceRule):
    """An `Output` is used in an operation that needs its value now.

    ## Why this fails
    An `Output` is no text, number or list, but a promise of one: adding to it, ordering, measuring, joining
    or looping over it raises a TypeError. What is inside is known to the callbacks of `apply` only.

    ## What to do instead
    Join texts with `pulumi.Output.concat`, and do everything else inside `apply`, where the value is at
    hand: `output.apply(lambda value: len(value))`.
    """

    name = "output-in-operation"
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/"
    nodes = (ast.BinOp, ast.Compare, ast.Call, ast.For, ast.comprehension, ast.Starred, ast.UnaryOp)
    flagged = (
        Flagged(f'{HEAD}name = "vpc-" + vpc.id\n', says="`+`"),
        Flagged(f"{HEAD}size = len(vpc.cidr_block)\n", says="has no length"),
        Flagged(f'{HEAD}text = ",".join([vpc.id, "b"])\n', says="`join`"),
        Flagged(f"{HEAD}for part in vpc.cidr_block:\n    print(part)\n", says="cannot be iterated"),
        Flagged(f'{HEAD}small = vpc.cidr_block < "10"\n', says="cannot be ordered"),
    )
    allowed = (
        Allowed(f'{HEAD}name = vpc.id.apply(lambda id: "vpc-" + id)\n', because="a callback has the value"),
        Allowed(f"{HEAD}first = vpc.cidr_block[0]\n", because="indexing gives an output of the element"),
        Allowed("def name(vpc_id):\n    return 'vpc-' + vpc_id\n", because="nothing says what it is given"),
        Allowed(f"{HEAD}for item in [vpc.id]:\n    print(item)\n", because="the list is no output"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report the output, and what cannot be done with it."""
        if source.is_guarded(node):
            return
        for culprit, what in _misused(node, source):
            yield source.failure(
                culprit,
                f"`{named(culprit, source)}` is an `Output`, which {what}",
                note="Python raises TypeError here, in a preview too, unless nothing ever gets here",
                help="use `pulumi.Output.concat` for texts, or work with the value inside `apply`",
            )
            return


def _misused(node: ast.AST, source: SourceView) -> Iterator[tuple[ast.expr, str]]:
    match node:
        case ast.BinOp():
            yield from _operands(node, source)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand) if source.is_output(
            operand
        ):
            yield operand, "is no number"
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if source.is_output(iterated):
            yield iterated, "cannot be iterated"
        case ast.Starred(value=value) if source.is_output(value):
            yield value, "cannot be iterated"
        case ast.Compare():
            yield from _ordered(node, source)
        case ast.Call():
            yield from _arguments(node, source)


def _operands(node: ast.BinOp, source: SourceView) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node.op, ast.Mod) and any(isinstance(kind, PlainKind) for kind in source.kinds(node.left)):
        return
    symbol = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/"}.get(type(node.op).__name__, "this operator")
    for culprit, other in ((node.left, node.right), (node.right, node.left)):
        # An object of the project's own may define the operator for outputs.
        open_ended = any(isinstance(kind, AnyKind | InstanceKind) for kind in source.kinds(other))
        if source.is_output(culprit) and not open_ended:
            yield (
                culprit,
                f"`{symbol}` cannot be applied to" if symbol != "this operator" else "has no operators",
            )


def _ordered(node: ast.Compare, source: SourceView) -> Iterator[tuple[ast.expr, str]]:
    sides = [node.left, *node.comparators]
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        if isinstance(operator, ast.In | ast.NotIn) and source.is_output(right):
            yield right, "cannot be searched with `in`"
        elif isinstance(operator, ORDER):
            yield from ((side, "cannot be ordered") for side in (left, right) if source.is_output(side))


def _arguments(node: ast.Call, source: SourceView) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "join" and len(node.args) == 1:
        if any(isinstance(kind, PlainKind) for kind in source.kinds(node.func.value)):
            yield from ((item, "`join` cannot join") for item in _joined(node.args[0], source))
        return
    name = source.qualified(node.func) or ""
    what = BUILTINS.get(name.removeprefix("builtins.")) if name.startswith("builtins.") else None
    if what and node.args and source.is_output(node.args[0]):
        yield node.args[0], what


def _joined(argument: ast.expr, source: SourceView) -> Iterator[ast.expr]:
    items = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
    if isinstance(argument, ast.ListComp | ast.GeneratorExp):
        items = [argument.elt]
    yield from (item for item in items if source.is_output(item))
