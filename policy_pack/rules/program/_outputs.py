"""What the rules about outputs share: where one stands in a document, and where one may stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from policy_pack.source.kinds import DictKind, ListKind, outputs_within
from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

_TAKING = frozenset(
    {"pulumi.Output.all", "pulumi.Output.concat", "pulumi.Output.format", "pulumi.Output.from_input",
     "pulumi.Output.json_dumps", "pulumi.Output.secret", "pulumi.export"}
)  # fmt: skip
_NEVER = frozenset({"resource_name", "opts"})


def culprits(node: ast.expr, source: SourceView) -> Iterator[ast.expr]:
    """The expressions in a document that are outputs; the document itself where they stand elsewhere."""
    if source.is_output(node):
        yield node
        return
    parts = [part for part in _parts(node) if not _is_written_over(part, node, source)]
    found = [culprit for part in parts for culprit in culprits(part, source)]
    yield from found
    if not found and not parts and any(map(outputs_within, source.kinds(node))):
        yield from _written_elsewhere(node, source) or [node]


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Dict():
            yield from node.values
        case ast.List() | ast.Tuple() | ast.Set():
            yield from node.elts
        case ast.Starred():
            yield node.value
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            yield node.elt
        case ast.DictComp():
            yield node.value
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords) if keywords:
            yield from (keyword.value for keyword in keywords)


def _is_written_over(part: ast.expr, node: ast.expr, source: SourceView) -> bool:
    """Whether later keys of a dictionary replace every output that `**part` brings into it."""
    if not isinstance(node, ast.Dict):
        return False
    position = node.values.index(part)
    later = {key.value for key in node.keys[position + 1 :] if isinstance(key, ast.Constant)}
    kinds = source.kinds(part)
    return (
        node.keys[position] is None
        and bool(kinds)
        and all(
            isinstance(kind, DictKind)
            and kind.rest is None
            and not any(outputs_within(item) for name, item in kind.items if name not in later)
            for kind in kinds
        )
    )


def _written_elsewhere(node: ast.expr, source: SourceView) -> list[ast.expr]:
    """The outputs in the one literal of this file that has the same content."""
    wanted = [kind for kind in source.kinds(node) if isinstance(kind, DictKind | ListKind)]
    literals = [
        item
        for item in walk(source.file.tree)
        if isinstance(item, ast.Dict | ast.List | ast.Tuple)
        and any(kind in wanted for kind in source.kinds(item))
    ]
    return list(culprits(literals[0], source)) if len(literals) == 1 else []


def accepts_output(node: ast.AST, source: SourceView) -> bool:
    """Whether an `Output` may take a value's place: in a resource's inputs, exports, results of callbacks."""
    inside: ast.AST = node
    for outside in source.around(node):
        match outside:
            case ast.keyword() | ast.List() | ast.Tuple():
                pass
            case ast.Dict() if inside in outside.values:
                pass
            case ast.IfExp() if inside is not outside.test:
                pass
            case ast.Call():
                return _takes_output(outside, inside, source)
            case ast.Return():
                return _ends_callback(outside, source)
            case ast.Lambda():
                return inside is outside.body and source.is_callback(outside)
            case _:
                return False
        inside = outside
    return False


def _ends_callback(node: ast.Return, source: SourceView) -> bool:
    """Whether a `return` gives the result of a callback of `apply`."""
    around = source.around(node)
    function = next((item for item in around if isinstance(item, ast.FunctionDef | ast.Lambda)), None)
    return function is not None and source.is_callback(function)


def _takes_output(call: ast.Call, argument: ast.AST, source: SourceView) -> bool:
    name = source.qualified(call.func)
    if name is None or argument is call.func:
        return False
    if name in _TAKING:
        return not (name == "pulumi.export" and call.args and argument is call.args[0])
    member = source.program.sdk.member(name)
    if member is None or member.takes is None:
        return False
    if isinstance(argument, ast.keyword):
        return argument.arg not in _NEVER and "Input" in member.takes.parameters.get(argument.arg or "", "")
    return False


def named(node: ast.expr, source: SourceView) -> str:
    """An expression as it is written, shortened to one line."""
    text = " ".join(source.text(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
