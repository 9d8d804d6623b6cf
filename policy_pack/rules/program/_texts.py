"""Texts made of outputs, as `pulumi.Output.format` would write them."""

from __future__ import annotations

import ast
import json

from policy_pack.model import Fix
from policy_pack.source.view import SourceView


def as_format(node: ast.expr, source: SourceView) -> Fix | None:
    """The fix that lets Pulumi make the text once the values are known; None where that cannot be written."""
    output = source.name_of("pulumi.Output")
    if isinstance(node, ast.Call) and source.qualified(node.func) == "builtins.str" and len(node.args) == 1:
        return Fix("leave the output as it is", (source.replaced(node, source.text(node.args[0])),))
    if output is None:
        return None
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and not source.text(node).startswith("b")
    ):
        arguments = ", ".join(source.text(item) for item in (node.func.value, *node.args, *node.keywords))
        text = f"{output}.format({arguments})"
    elif isinstance(node, ast.JoinedStr) and _is_simple(node):
        text = f"{output}.format({_template(node, source)})"
    else:
        return None
    return Fix(f"use `{output}.format`", (source.replaced(node, text),))


def _is_simple(node: ast.JoinedStr) -> bool:
    parts = [part for part in node.values if isinstance(part, ast.FormattedValue)]
    return all(part.conversion == -1 and part.format_spec is None for part in parts)


def _template(node: ast.JoinedStr, source: SourceView) -> str:
    values = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    texts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            texts.append(str(part.value).replace("{", "{{").replace("}", "}}"))
        elif isinstance(part, ast.FormattedValue):
            texts.append(f"{{{values.index(part.value)}}}")
    return ", ".join([json.dumps("".join(texts), ensure_ascii=False), *map(source.text, values)])
