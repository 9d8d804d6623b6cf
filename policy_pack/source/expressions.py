"""Follows expressions. Calls of the project's own functions and classes are left to the interpreter."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from policy_pack.source import library
from policy_pack.source.kinds import (
    ANY,
    PLAIN,
    BoundKind,
    ClassKind,
    DictKind,
    FunctionKind,
    FunctionNode,
    ImportedKind,
    InstanceKind,
    Kind,
    LibraryKind,
    ListKind,
    ModuleKind,
    ObjectKind,
    OutputKind,
    PlainKind,
    ResourceKind,
    element_of,
    is_settled,
    joined,
    resolved,
)
from policy_pack.source.library import TEXT, Arguments
from policy_pack.source.narrowing import narrowed
from policy_pack.source.program import SourceProgram
from policy_pack.source.scope import Scope
from policy_pack.source.sdk import ProviderClass, ProviderFunction
from policy_pack.source.walking import children

DEPTH = 60
# So many expressions are followed of a program, and so many more for each of its files.
STEPS = 400_000
STEPS_OF_A_FILE = 2_000
_LENGTH = 50
Handler = Callable[[Any, Scope], Any]


class Expressions:
    """Finds what expressions are, and keeps it for each node."""

    def __init__(self, program: SourceProgram) -> None:
        self.program = program
        self.seen: dict[ast.AST, list[Kind]] = {}
        self.in_callback: set[ast.AST] = set()
        self.callbacks: dict[ast.AST, list[ast.Call]] = {}
        self.functions: list[FunctionKind] = []
        self.handlers: dict[type[ast.AST], Handler] = {}
        self.depth = 0
        self.steps_left = STEPS + STEPS_OF_A_FILE * len(program.files)
        self.callback_depth = 0
        self.guessing = False
        self.reached: set[ast.AST] = set()

    def handler(self, kind: type[ast.AST], otherwise: Handler) -> Handler:
        """The method that follows a kind of node, which is named like it."""
        found: Handler = getattr(self, f"_{kind.__name__.lower()}", otherwise)
        self.handlers[kind] = found
        return found

    def call_function(self, function: FunctionKind, given: Arguments) -> Kind:
        """What a call of one of the project's functions returns."""
        raise NotImplementedError

    def instantiate(self, of: ClassKind, given: Arguments) -> Kind:
        """What a call of one of the project's classes makes."""
        raise NotImplementedError

    def member(self, owner: InstanceKind | ClassKind, name: str) -> Kind:
        """What an attribute of one of the project's classes or instances is."""
        raise NotImplementedError

    def module_member(self, module: str, name: str) -> Kind:
        """What a name of a module is."""
        raise NotImplementedError

    def evaluate(self, node: ast.expr | None, scope: Scope) -> Kind:
        """What an expression is; kept for the rules."""
        if node is None:
            return PLAIN
        if self.depth > DEPTH or not self.steps_left:
            return ANY
        self.depth += 1
        self.steps_left -= 1
        try:
            handler = self.handlers.get(type(node)) or self.handler(type(node), self._other)
            kind: Kind = handler(node, scope)
        finally:
            self.depth -= 1
        if not self.guessing:
            self.reached.add(node)
        known = self.seen.get(node)
        if known is None:
            self.seen[node] = [kind]
        elif kind not in known:
            known.append(kind)
        return kind

    def _other(self, node: ast.expr, scope: Scope) -> Kind:
        for child in children(node):
            if isinstance(child, ast.expr):
                self.evaluate(child, scope)
        return ANY

    def _constant(self, node: ast.Constant, scope: Scope) -> Kind:
        value = node.value
        return PlainKind(type(value).__name__, value if isinstance(value, str | int) else None)

    def _name(self, node: ast.Name, scope: Scope) -> Kind:
        found = scope.lookup(node.id)
        if found is not None:
            return found
        return ImportedKind(f"builtins.{node.id}") if node.id in library.BUILTINS else ANY

    def _joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Kind:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.evaluate(part.value, scope)
                self.evaluate(part.format_spec, scope)
        return TEXT

    def _yield(self, node: ast.Yield | ast.YieldFrom, scope: Scope) -> Kind:
        scope.function().yields = True
        return self._other(node, scope)

    _yieldfrom = _yield

    def _compare(self, node: ast.Compare, scope: Scope) -> Kind:
        self._other(node, scope)
        return PlainKind("bool")

    def _unaryop(self, node: ast.UnaryOp, scope: Scope) -> Kind:
        operand = self.evaluate(node.operand, scope)
        return PLAIN if isinstance(node.op, ast.Not) or isinstance(operand, PlainKind) else ANY

    def _binop(self, node: ast.BinOp, scope: Scope) -> Kind:
        left, right = self.evaluate(node.left, scope), self.evaluate(node.right, scope)
        if isinstance(left, PlainKind) and left.type == "str" and isinstance(node.op, ast.Mod):
            return TEXT
        if isinstance(left, ListKind) and isinstance(right, ListKind) and isinstance(node.op, ast.Add):
            if left.items is not None and right.items is not None:
                return ListKind(left.items + right.items, type=left.type)
            return ListKind(None, joined(element_of(left), element_of(right)), left.type)
        if isinstance(left, DictKind) and isinstance(right, DictKind):
            return _united(left, right)
        return _plain_if_settled(left, right)

    def _boolop(self, node: ast.BoolOp, scope: Scope) -> Kind:
        kinds = []
        saved = dict(scope.names)
        for value in node.values:
            kinds.append(self.evaluate(value, scope))
            scope.names = narrowed(scope.names, value, positive=isinstance(node.op, ast.And))
        scope.names = saved | {key: kind for key, kind in scope.names.items() if key not in saved}
        first = kinds[0]
        for kind in kinds[1:]:
            first = joined(first, kind)
        return first

    def _ifexp(self, node: ast.IfExp, scope: Scope) -> Kind:
        self.evaluate(node.test, scope)
        saved = scope.names
        scope.names = narrowed(saved, node.test, positive=True)
        body = self.evaluate(node.body, scope)
        scope.names = narrowed(saved, node.test, positive=False)
        orelse = self.evaluate(node.orelse, scope)
        scope.names = saved
        return joined(body, orelse)

    def _namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Kind:
        kind = self.evaluate(node.value, scope)
        scope.function().bind(node.target.id, kind)
        return kind

    def _list(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Kind:
        items: list[Kind] = []
        known = True
        for element in node.elts:
            if isinstance(element, ast.Starred):
                spread = self.evaluate(element.value, scope)
                if isinstance(spread, ListKind) and spread.items is not None:
                    items += spread.items
                else:
                    known = False
                    items.append(element_of(spread))
            else:
                items.append(self.evaluate(element, scope))
        made = ListKind(tuple(items), type=type(node).__name__.lower())
        return made if known else ListKind(None, element_of(made), made.type)

    _tuple = _set = _list

    def _dict(self, node: ast.Dict, scope: Scope) -> Kind:
        made: Kind = DictKind()
        for key, value in zip(node.keys, node.values, strict=True):
            name = self.evaluate(key, scope) if key is not None else None
            kind = self.evaluate(value, scope)
            if key is None:
                made = _united(made, kind) if isinstance(kind, DictKind) else _united(made, DictKind((), ANY))
            elif isinstance(name, PlainKind) and isinstance(name.value, str):
                made = _united(made, DictKind(((name.value, kind),)))
            else:
                made = _united(made, DictKind((), kind))
        return made

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Kind:
        return self.function(node, scope)

    def function(self, node: FunctionNode, scope: Scope) -> FunctionKind:
        """A function made here; it is followed at last even when nothing calls it."""
        for default in (*node.args.defaults, *node.args.kw_defaults):
            self.evaluate(default, scope)
        made = FunctionKind(node, scope)
        self.functions.append(made)
        return made

    def _listcomp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: Scope) -> Kind:
        inner = self._comprehended(node.generators, scope)
        return ListKind(None, self.evaluate(node.elt, inner))

    _setcomp = _generatorexp = _listcomp

    def _dictcomp(self, node: ast.DictComp, scope: Scope) -> Kind:
        inner = self._comprehended(node.generators, scope)
        self.evaluate(node.key, inner)
        return DictKind((), self.evaluate(node.value, inner))

    def _comprehended(self, generators: Sequence[ast.comprehension], scope: Scope) -> Scope:
        inner = Scope(scope.file, scope, "comprehension")
        for generator in generators:
            each = self.iterated(self.evaluate(generator.iter, inner))
            self.assign(generator.target, each, inner)
            for condition in generator.ifs:
                self.evaluate(condition, inner)
                inner.names = narrowed(inner.names, condition, positive=True)
        return inner

    def iterated(self, kind: Kind) -> Kind:
        """What a loop over something sees."""
        return TEXT if isinstance(kind, DictKind) else element_of(kind)

    def assign(self, target: ast.expr, kind: Kind, scope: Scope) -> None:
        """Bind what stands left of `=`, or after `for`."""
        raise NotImplementedError

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Kind:
        return self.attribute(self.evaluate(node.value, scope), node.attr)

    def attribute(self, owner: Kind, name: str) -> Kind:
        """What an attribute of something is."""
        match owner:
            case ModuleKind():
                return self.module_member(owner.name, name)
            case ImportedKind():
                return ImportedKind(library.canonical(f"{owner.name}.{name}"))
            case ResourceKind() | ObjectKind():
                return self.program.sdk.attribute(owner.name, name) or ANY
            case OutputKind():
                if name in library.OUTPUT_METHODS:
                    return BoundKind(owner, name)
                return OutputKind(self.attribute(owner.inner, name), owner.secret)
            case InstanceKind() | ClassKind():
                return self.member(owner, name)
            case LibraryKind("pulumi.StackReference") if name == "outputs":
                return OutputKind(ANY)
            case LibraryKind() | ListKind() | DictKind() | PlainKind():
                return BoundKind(owner, name)
        return ANY

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Kind:
        return self.item(self.evaluate(node.value, scope), self.evaluate(node.slice, scope))

    def item(self, owner: Kind, key: Kind) -> Kind:
        """What `owner[key]` is."""
        value = key.value if isinstance(key, PlainKind) else None
        match owner:
            case OutputKind():
                return OutputKind(self.item(owner.inner, key), owner.secret)
            case ListKind():
                if owner.items is not None and isinstance(value, int):
                    inside = -len(owner.items) <= value < len(owner.items)
                    return owner.items[value] if inside else ANY
                return element_of(owner) if isinstance(key, PlainKind) and key.type == "int" else ANY
            case DictKind():
                found = owner.get(value) if isinstance(value, str) else None
                return found if found is not None else owner.rest if owner.rest is not None else ANY
            case PlainKind():
                return PLAIN
            case ImportedKind():
                # `Optional[str]`, `Output[str]`
                return owner
        return ANY

    def _call(self, node: ast.Call, scope: Scope) -> Kind:
        function = self.evaluate(node.func, scope)
        given = self._given(node, scope)
        if self.callback_depth:
            self.in_callback.add(node)
        match function:
            case FunctionKind():
                return self.call_function(function, given)
            case ClassKind():
                return self.instantiate(function, given)
            case BoundKind(OutputKind() as output, "apply"):
                return self._applied(node, output, given)
            case BoundKind(OutputKind(), name) if name in ("all", "concat", "format", "json_dumps"):
                return library.call_result(f"pulumi.Output.{name}", given)
            case BoundKind():
                self._mutate(node, function, given, scope)
                return library.method_result(function, given)
            case ImportedKind():
                return self._called(function.name, given)
        return ANY

    def _given(self, node: ast.Call, scope: Scope) -> Arguments:
        positional: list[Kind] = []
        keywords: dict[str, Kind] = {}
        known = True
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                known = False
                positional.append(element_of(self.evaluate(argument.value, scope)))
            else:
                positional.append(self.evaluate(argument, scope))
        for keyword in node.keywords:
            kind = self.evaluate(keyword.value, scope)
            if keyword.arg is None:
                known = False
            else:
                keywords[keyword.arg] = kind
        return Arguments(positional, keywords, known)

    def _called(self, name: str, given: Arguments) -> Kind:
        if not self.program.sdk.is_provider(name):
            # A callback given to something of a library may be called with anything.
            return library.call_result(name, given)
        member = self.program.sdk.member(name)
        if isinstance(member, ProviderClass):
            return ResourceKind(name) if member.is_resource else ANY
        if isinstance(member, ProviderFunction):
            return self.program.sdk.result(name)
        class_name, _, method = name.rpartition(".")
        owner = self.program.sdk.member(class_name)
        if method == "get" and isinstance(owner, ProviderClass) and owner.is_resource:
            return ResourceKind(class_name)
        return ANY

    def _applied(self, node: ast.Call, output: OutputKind, given: Arguments) -> Kind:
        callback = given.keywords.get("func", given.first())
        if not isinstance(callback, FunctionKind):
            return OutputKind(ANY, output.secret)
        self.callbacks.setdefault(callback.node, []).append(node)
        self.callback_depth += 1
        try:
            result = self.call_function(callback, Arguments([resolved(output.inner)]))
        finally:
            self.callback_depth -= 1
        return OutputKind(resolved(result), output.secret)

    def _mutate(self, node: ast.Call, method: BoundKind, given: Arguments, scope: Scope) -> None:
        """`names.append(x)` changes what `names` is."""
        target = node.func.value if isinstance(node.func, ast.Attribute) else None
        owner = method.owner
        if target is None or not isinstance(target, ast.Name | ast.Attribute):
            return
        if isinstance(owner, ListKind) and method.name in ("append", "add", "insert", "extend"):
            self.assign(target, _grown(owner, method.name, given), scope)
        elif isinstance(owner, DictKind) and method.name in ("update", "setdefault"):
            self.assign(target, DictKind(owner.items, ANY), scope)


def _grown(owner: ListKind, method: str, given: Arguments) -> Kind:
    new = given.positional[-1] if given.positional else ANY
    if method == "append" and owner.items is not None and len(owner.items) < _LENGTH:
        return ListKind((*owner.items, new), type=owner.type)
    new = element_of(new) if method == "extend" else new
    return ListKind(None, joined(element_of(owner), new), owner.type)


def _united(first: Kind, second: Kind) -> DictKind:
    """`{**first, **second}`."""
    if not isinstance(first, DictKind) or not isinstance(second, DictKind):
        return DictKind((), ANY)
    rests = [kind for kind in (first.rest, second.rest) if kind is not None]
    rest = joined(rests[0], rests[-1]) if rests else None
    kept = {key: kind if second.rest is None else joined(kind, second.rest) for key, kind in first.items}
    return DictKind(tuple((kept | dict(second.items)).items()), rest)


def _plain_if_settled(*kinds: Kind) -> Kind:
    return PLAIN if all(map(is_settled, kinds)) else ANY
