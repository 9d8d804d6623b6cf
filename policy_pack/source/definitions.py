"""Follows calls of the project's own functions and classes, and reads their annotations."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from policy_pack.source.expressions import Expressions
from policy_pack.source.kinds import (
    ANY,
    NOTHING,
    ClassKind,
    DictKind,
    FunctionKind,
    ImportedKind,
    InstanceKind,
    Kind,
    ListKind,
    OutputKind,
    PlainKind,
    ResourceKind,
    joined,
    joined_all,
    manageable,
)
from policy_pack.source.library import TEXT, Arguments
from policy_pack.source.program import SourceProgram
from policy_pack.source.scope import Scope
from policy_pack.source.sdk import ProviderClass

CALL_DEPTH = 12
# With how many different arguments a function is followed; what is given to it after that is not looked at.
MOST_CALLS = 200
_RESOURCES = frozenset(
    {"pulumi.ComponentResource", "pulumi.CustomResource", "pulumi.dynamic.Resource", "pulumi.Resource"}
)


class Definitions(Expressions):
    """Knows what the project's functions return and what its instances hold."""

    def __init__(self, program: SourceProgram) -> None:
        super().__init__(program)
        self.called: set[ast.AST] = set()
        self.results: dict[tuple[object, ...], Kind] = {}
        self.attributes: dict[tuple[ast.ClassDef, str], Kind] = {}
        self.classes: dict[ast.ClassDef, Scope] = {}
        self.active: list[ast.AST] = []
        self.follows: Counter[ast.AST] = Counter()

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> bool:
        """Follow statements in order; whether the way certainly ends in them."""
        raise NotImplementedError

    def call_function(self, function: FunctionKind, given: Arguments) -> Kind:
        """What a call of one of the project's functions returns; followed once for the same arguments."""
        node = function.node
        names = self._bound(function, given)
        key = (node, id(function.scope), self.callback_depth > 0, *sorted(names.items(), key=_first))
        if key in self.results:
            return self.results[key]
        if node in self.active or len(self.active) >= CALL_DEPTH:
            return ANY
        self.follows[node] += 1
        if self.follows[node] > MOST_CALLS and given.known:
            return self.call_function(function, Arguments(known=False))
        self.called.add(node)
        self.results[key] = ANY
        self.active.append(node)
        depth, self.depth = self.depth, 0
        try:
            self.results[key] = manageable(self._followed(function, names))
        finally:
            self.active.pop()
            self.depth = depth
        return self.results[key]

    def _followed(self, function: FunctionKind, names: dict[str, Kind]) -> Kind:
        node = function.node
        scope = Scope(function.scope.file, function.scope)
        scope.names = names
        if isinstance(node, ast.Lambda):
            return self.evaluate(node.body, scope)
        ended = self.block(node.body, scope)
        if isinstance(node, ast.AsyncFunctionDef) or scope.yields:
            return ANY
        return joined_all(scope.returns if ended else [*scope.returns, PlainKind("None")])

    def _bound(self, function: FunctionKind, given: Arguments) -> dict[str, Kind]:
        """What a function's parameters are: given, else as they are annotated."""
        arguments = function.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        values: dict[str, Kind] = dict(given.keywords)
        bound = [function.bound] if function.bound is not None else []
        in_order = [*bound, *given.positional] if given.known else bound
        values |= {item.arg: kind for item, kind in zip(positional, in_order, strict=False)}
        defaults = _defaults(arguments) if given.known else {}
        names = {
            item.arg: self._parameter(item, values.get(item.arg), defaults.get(item.arg), function.scope)
            for item in (*positional, *arguments.kwonlyargs)
        }
        if arguments.vararg:
            names[arguments.vararg.arg] = ListKind(None, ANY, "tuple")
        if arguments.kwarg:
            names[arguments.kwarg.arg] = DictKind((), ANY)
        return names

    def _parameter(self, item: ast.arg, kind: Kind | None, default: ast.expr | None, scope: Scope) -> Kind:
        if kind is None and default is not None:
            return self.evaluate(default, scope)
        if kind is None or kind == ANY:
            return self.annotated(item.annotation, scope)
        return manageable(kind)

    def annotated(self, annotation: ast.expr | None, scope: Scope) -> Kind:
        """What an annotation promises; nothing where it allows several things, as `Input[str]` does."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            try:
                annotation = ast.parse(annotation.value, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return ANY
        if isinstance(annotation, ast.Subscript):
            return self._generic(annotation, scope)
        if not isinstance(annotation, ast.Name | ast.Attribute):
            return ANY
        match self.evaluate(annotation, scope):
            case ImportedKind("builtins.str" | "builtins.int" | "builtins.bool" | "builtins.float" as name):
                return PlainKind(name.removeprefix("builtins."))
            case ImportedKind("pulumi.Output"):
                return OutputKind(ANY)
            case ImportedKind(name):
                member = self.program.sdk.member(name)
                return ResourceKind(name) if isinstance(member, ProviderClass) and member.is_resource else ANY
            case ClassKind() as of:
                return InstanceKind(of)
        return ANY

    def _generic(self, annotation: ast.Subscript, scope: Scope) -> Kind:
        inner = annotation.slice
        match self.evaluate(annotation.value, scope):
            case ImportedKind("pulumi.Output"):
                return OutputKind(self.annotated(inner, scope))
            case ImportedKind(name) if name.rpartition(".")[2] in ("list", "List", "Sequence", "Iterable"):
                return ListKind(None, self.annotated(inner, scope))
            case ImportedKind(name) if name.rpartition(".")[2] in ("dict", "Dict", "Mapping"):
                value = inner.elts[1] if isinstance(inner, ast.Tuple) and len(inner.elts) == 2 else None
                return DictKind((), self.annotated(value, scope))
        return ANY

    def _meant(self, kind: Kind, annotation: ast.expr, scope: Scope) -> Kind:
        return self.annotated(annotation, scope) if kind == ANY else kind

    def instantiate(self, of: ClassKind, given: Arguments) -> Kind:
        """What a call of one of the project's classes makes, with the attributes that this gives it."""
        made = InstanceKind(of)
        initializer = self._in_class(of, "__init__")
        if isinstance(initializer, FunctionKind):
            self.call_function(FunctionKind(initializer.node, initializer.scope, made), given)
            return made
        for index, field in enumerate(self._fields(of)):
            kind = given.positional[index] if index < len(given.positional) else given.keywords.get(field)
            if kind is not None:
                key = (of.node, field)
                self.attributes[key] = joined(self.attributes.get(key, NOTHING), kind if given.known else ANY)
        return made

    def _fields(self, of: ClassKind) -> list[str]:
        bases = [base for base in self._bases(of) if isinstance(base, ClassKind)]
        names = [name for base in bases for name in self._fields(base)]
        return list(dict.fromkeys([*names, *_annotated_names(of.node)]))

    def _bases(self, of: ClassKind) -> Iterator[Kind]:
        for base in of.node.bases:
            kinds = self.seen.get(base, [])
            yield kinds[0] if len(kinds) == 1 else ANY

    def _in_class(self, of: ClassKind, name: str, depth: int = 0) -> Kind | None:
        scope = self.classes.get(of.node)
        if scope is not None and name in scope.names:
            return scope.names[name]
        for base in self._bases(of):
            if isinstance(base, ClassKind) and depth < CALL_DEPTH:
                found = self._in_class(base, name, depth + 1)
                if found is not None:
                    return found
        return None

    def member(self, owner: InstanceKind | ClassKind, name: str) -> Kind:
        """What an attribute of one of the project's classes or instances is."""
        of = owner.of if isinstance(owner, InstanceKind) else owner
        if isinstance(owner, InstanceKind):
            stored = self._stored(of, name)
            if stored is not None:
                return stored
        found = self._in_class(of, name)
        if isinstance(found, FunctionKind) and isinstance(owner, InstanceKind):
            decorators = {decorator_name(item) for item in getattr(found.node, "decorator_list", ())}
            bound = found if "staticmethod" in decorators else FunctionKind(found.node, found.scope, owner)
            if decorators & {"property", "cached_property"}:
                return self.call_function(bound, Arguments())
            return bound
        if found is not None:
            return found
        if isinstance(owner, InstanceKind):
            return self._declared(of, name)
        return ANY

    def _stored(self, of: ClassKind, name: str, depth: int = 0) -> Kind | None:
        if (of.node, name) in self.attributes:
            return self.attributes[of.node, name]
        for base in self._bases(of):
            if isinstance(base, ClassKind) and depth < CALL_DEPTH:
                found = self._stored(base, name, depth + 1)
                if found is not None:
                    return found
        return None

    def is_component(self, of: ClassKind, depth: int = 0) -> bool:
        """Whether one of the project's classes is a component or another resource."""
        for base in self._bases(of):
            if isinstance(base, ImportedKind) and base.name in _RESOURCES:
                return True
            if isinstance(base, ClassKind) and depth < CALL_DEPTH and self.is_component(base, depth + 1):
                return True
        return False

    def _declared(self, of: ClassKind, name: str) -> Kind:
        """What the class body annotates, as dataclasses do; of a component, what every resource has."""
        annotation = _annotated_names(of.node).get(name)
        if annotation is not None:
            return self.annotated(annotation, self.classes.get(of.node, of.scope))
        if name == "urn" and self.is_component(of):
            return OutputKind(TEXT)
        return ANY


def _first(item: tuple[str, Kind]) -> str:
    return item[0]


def _defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    positional = [*arguments.posonlyargs, *arguments.args]
    found = {
        item.arg: value
        for item, value in zip(reversed(positional), reversed(arguments.defaults), strict=False)
    }
    keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return found | {item.arg: value for item, value in keyword_only if value is not None}


def _annotated_names(node: ast.ClassDef) -> dict[str, ast.expr]:
    return {
        item.target.id: item.annotation
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


def decorator_name(node: ast.expr) -> str:
    """The last part of a decorator's name."""
    target = node.func if isinstance(node, ast.Call) else node
    return (
        target.attr
        if isinstance(target, ast.Attribute)
        else target.id
        if isinstance(target, ast.Name)
        else ""
    )
