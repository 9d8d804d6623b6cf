"""Loops around a place of a program, and how often they run."""

from __future__ import annotations

import ast

from policy_pack.source.kinds import ListKind
from policy_pack.source.view import SourceView
from policy_pack.source.walking import walk

LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def loop_around(node: ast.AST, source: SourceView) -> ast.stmt | ast.expr | None:
    """The loop around a node that gets there in every round and does not end by itself."""
    inside = node
    for outside in source.around(node):
        if isinstance(outside, LOOPS):
            ends = any(isinstance(item, ast.Break | ast.Return | ast.Continue) for item in walk(outside))
            filtered = any(generator.ifs for generator in getattr(outside, "generators", ()))
            in_iterable = inside is getattr(outside, "iter", None) or isinstance(inside, ast.comprehension)
            return None if ends or filtered or in_iterable else outside
        if isinstance(
            outside, ast.If | ast.IfExp | ast.Try | ast.Match | ast.FunctionDef | ast.Lambda | ast.ClassDef
        ):
            return None
        inside = outside
    return None


def rounds_of(loop: ast.AST, source: SourceView) -> int | None:
    """How many rounds a loop has, None when that is not known."""
    generators = getattr(loop, "generators", None)
    iterated = generators[0].iter if generators and len(generators) == 1 else getattr(loop, "iter", None)
    match iterated:
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int(count))]):
            return count
        case ast.expr():
            kinds = source.kinds(iterated)
            counts = {
                len(kind.items) for kind in kinds if isinstance(kind, ListKind) and kind.items is not None
            }
            return counts.pop() if len(counts) == len(kinds) == 1 else None
    return None
