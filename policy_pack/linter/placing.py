"""Finds the place that a problem is about: the argument, the literal behind it, else the call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from policy_pack.model import ABSENT, Frame, Plan, Resource, SourceSpan
from policy_pack.model.values import settled
from policy_pack.source.files import Sources
from policy_pack.source.scripts import Token

_STEP = re.compile(r'([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


class Placer:
    """Places the problems of one plan."""

    def __init__(self, plan: Plan, sources: Sources) -> None:
        self.plan = plan
        self.sources = sources

    def places(self, resource: Resource, path: str | None) -> list[SourceSpan]:
        """The places of a resource's property, the one to blame first.

        They are the literal that set it, its argument and the call that makes the resource, as far as there
        are such.
        """
        arguments = self._argument_places(resource, path) if path else []
        found = [*arguments, self._constructor(resource)]
        origin = resource.origins.get(path or "")
        if origin is not None:
            written_there = [span for span in arguments if span and _is_line(span, origin)]
            found = [*written_there, self.sources.whole_line(origin.path, origin.line), *found]
        return [place for place in found if place is not None]

    def _argument_places(self, resource: Resource, path: str) -> list[SourceSpan | None]:
        for frame in resource.frames:
            written = self._script_argument(frame, path)
            if written is not None:
                return [written]
            call = self._call(frame, resource)
            argument = _argument(call, path) if call is not None else None
            if argument is not None:
                return [self._traced(argument, resource, path), self._span(frame.path, argument)]
        return []

    def _script_argument(self, frame: Frame, path: str) -> SourceSpan | None:
        """The place of an argument in a TypeScript or JavaScript file."""
        script = self.sources.script(frame.path)
        steps = [_script_step(match) for match in _STEP.finditer(path)]
        found = script.argument(frame.line, frame.column, steps) if script is not None else None
        return _between(frame.path, found) if found is not None else None

    def _constructor(self, resource: Resource) -> SourceSpan | None:
        """The place of the call that makes a resource."""
        if not resource.frames:
            return None
        frame = resource.frames[0]
        script = self.sources.script(frame.path)
        callee = script.callee(frame.line, frame.column) if script is not None else None
        if callee is not None:
            return _between(frame.path, callee)
        call = self._call(frame, resource)
        if call is None:
            return self.sources.whole_line(frame.path, frame.line)
        return self._span(frame.path, call.func)

    def _span(self, path: str, node: ast.expr | ast.keyword) -> SourceSpan:
        end_line = node.end_lineno or node.lineno
        return SourceSpan(
            path,
            node.lineno,
            self.sources.column(path, node.lineno, node.col_offset),
            end_line,
            self.sources.column(path, end_line, node.end_col_offset or 0),
        )

    def _call(self, frame: Frame, resource: Resource) -> ast.Call | None:
        """The call on a frame's line: the one of the resource's type and name, else of its type, else any."""
        tree = self.sources.tree(frame.path)
        starting = [
            node
            for node in (ast.walk(tree) if tree else ())
            if isinstance(node, ast.Call) and node.lineno == frame.line
        ]
        kind = resource.type.rpartition(":")[2]
        alike = [call for call in starting if _last_name(call.func) == kind]
        named = [call for call in alike if any(_holds_literal(item, resource.name) for item in call.args)]
        return next(iter(named or alike or starting), None)

    def _traced(self, argument: ast.keyword | ast.expr, resource: Resource, path: str) -> SourceSpan | None:
        """The literal that gave an argument its value: the only one there is, or the only one of its name."""
        expression = argument.value if isinstance(argument, ast.keyword) else argument
        given = resource.at(path)
        value = None if given is ABSENT else settled(given)  # type: ignore[arg-type]
        if not isinstance(value, str) or len(value) < 2 or _holds_literal(expression, value):
            return None
        literals = dict.fromkeys(self._literals(value))
        names = {_folded(name) for name in (_last_name(expression), path.rpartition(".")[2]) if name}
        alike = [span for name, span in literals if _is_like(_folded(name), names)]
        places = [span for _, span in literals] if len(literals) == 1 else alike
        return places[0] if len(places) == 1 else None

    def _literals(self, value: str) -> Iterator[tuple[str, SourceSpan]]:
        """Every place that writes a text down, with the name it is given there."""
        for path in self.plan.files:
            tree = self.sources.tree(path)
            for name, node in _named_constants(tree) if tree else ():
                if node.value == value:
                    yield name, self._span(path, node)
        for file in (f"Pulumi.{self.plan.stack}.yaml", "Pulumi.yaml"):
            path = f"{self.plan.directory}/{file}"
            for item in self.sources.yaml_texts(path):
                if item.text == value:
                    yield item.key, SourceSpan(path, item.line, item.column, item.line, item.end_column)


def _between(path: str, tokens: tuple[Token, Token]) -> SourceSpan:
    first, last = tokens
    return SourceSpan(path, first.line, first.column, last.end_line, last.end_column)


def _script_step(step: re.Match[str]) -> str | int:
    return int(step[2]) if step[2] is not None else step[1] or re.sub(r"\\(.)", r"\1", step[3] or "")


def _is_line(span: SourceSpan, frame: Frame) -> bool:
    return (span.path, span.line, span.end_line) == (frame.path, frame.line, frame.line)


def _argument(call: ast.Call, path: str) -> ast.keyword | ast.expr | None:
    """The deepest part of a call's arguments that a property path leads to."""
    found: ast.keyword | ast.expr | None = None
    node: ast.expr = call
    for match in _STEP.finditer(path):
        # `Table("t", args=TableArgs(…))` and `Table("t", TableArgs(…))` nest the arguments once.
        steps = [_element(inner, match) for inner in (node, *_args_objects(node))]
        step = next((item for item in steps if item is not None), None)
        if step is None:
            return found
        found = step
        node = step.value if isinstance(step, ast.keyword) else step
    return found


def _args_objects(node: ast.expr) -> list[ast.expr]:
    if not isinstance(node, ast.Call):
        return []
    given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "args")]
    return [item for item in given if isinstance(item, ast.Call | ast.Dict)]


def _element(node: ast.expr, step: re.Match[str]) -> ast.keyword | ast.expr | None:
    if step[2] is not None:
        elements = node.elts if isinstance(node, ast.List | ast.Tuple) else []
        return elements[int(step[2])] if int(step[2]) < len(elements) else None
    name = step[1] or re.sub(r"\\(.)", r"\1", step[3] or "")
    if isinstance(node, ast.Call):
        return next((item for item in node.keywords if item.arg and _is_named(item.arg, name)), None)
    if isinstance(node, ast.Dict):
        items = [
            (str(key.value), value)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        ]
        exact = [value for key, value in items if key == name]
        return next(iter(exact or [value for key, value in items if _is_named(key, name)]), None)
    return None


def _named_constants(tree: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
    """Text constants, docstrings aside, with the name each is given, empty where it has none."""
    names: dict[ast.expr, str] = {}
    prose: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            prose.add(node.value)
        for name, value in _namings(node):
            # `x = a or "b"` gives the text to `x` just as `x = "b"` does.
            for option in value.values if isinstance(value, ast.BoolOp) else [value]:
                names.setdefault(option, name or "")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
            yield names.get(node, ""), node


def _namings(node: ast.AST) -> Iterator[tuple[str | None, ast.expr]]:
    """What a node names: a variable, a keyword, a default, a dictionary key."""
    if isinstance(node, ast.Assign):
        yield _last_name(node.targets[0]), node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield _last_name(node.target), node.value
    elif isinstance(node, ast.keyword):
        yield node.arg, node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield str(key.value) if isinstance(key, ast.Constant) else None, value
    elif isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        defaults = zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True)
        for argument, default in (*defaults, *zip(node.kwonlyargs, node.kw_defaults, strict=True)):
            if default is not None:
                yield argument.arg, default


def _holds_literal(expression: ast.expr, value: str) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == value for node in ast.walk(expression))


def _last_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _is_like(name: str, wanted: set[str]) -> bool:
    return bool(name) and any(name in other or other in name for other in wanted)


def _is_named(name: str, wanted: str) -> bool:
    return name == wanted or _folded(name) == _folded(wanted) != ""


def _folded(name: str) -> str:
    """`engine_version`, `engineVersion` and `engine-version` are one name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
