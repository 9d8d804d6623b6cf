"""Follows the statements of a program, module by module."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator, Sequence

from policy_pack.source.definitions import Definitions, decorator_name
from policy_pack.source.kinds import (
    ANY,
    NOTHING,
    PLAIN,
    ClassKind,
    DictKind,
    ImportedKind,
    InstanceKind,
    Kind,
    ListKind,
    ModuleKind,
    PlainKind,
    element_of,
    joined,
)
from policy_pack.source.library import Arguments, canonical
from policy_pack.source.narrowing import narrowed
from policy_pack.source.program import Role, SourceFile, SourceProgram
from policy_pack.source.scope import Scope, merged

_TRANSPARENT = frozenset({"cache", "lru_cache", "staticmethod", "classmethod", "property", "cached_property",
                          "abstractmethod", "override", "final", "dataclass", "test"})  # fmt: skip
LOOP_DEPTH = 4
MOST_KEYS = 200
_Loop = ast.For | ast.AsyncFor | ast.While


class Interpreter(Definitions):
    """Follows one program once."""

    def __init__(self, program: SourceProgram) -> None:
        super().__init__(program)
        self.modules: dict[str, Scope] = {}
        self.loops = 0

    def run(self) -> None:
        """Follow every module, then every function that nothing has called."""
        for file in self.program.files:
            self.guessing = file.role is not Role.PROGRAM
            self.module(file)
        self.guessing = True
        position = 0
        while position < len(self.functions):
            function = self.functions[position]
            position += 1
            if function.node not in self.called:
                self.call_function(function, Arguments(known=False))

    def module(self, file: SourceFile) -> Scope:
        """A module's names, which are known as far as it is followed."""
        if file.path not in self.modules:
            scope = self.modules[file.path] = Scope(file, kind="module")
            for name, value in (("__name__", PlainKind("str")), ("__file__", PlainKind("str"))):
                scope.bind(name, value)
            for statement in file.tree.body:
                with contextlib.suppress(RecursionError):
                    self.block([statement], scope)
        return self.modules[file.path]

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> bool:
        """Follow statements in order; whether the way certainly ends in them."""
        for statement in statements:
            if not self.guessing:
                self.reached.add(statement)
            handler = self.handlers.get(type(statement)) or self.handler(type(statement), _passed_over)
            if handler(statement, scope):
                return True
        return False

    # Statements. Each answers whether the way ends here.

    def _expr(self, node: ast.Expr, scope: Scope) -> bool:
        self.evaluate(node.value, scope)
        return False

    def _assign(self, node: ast.Assign, scope: Scope) -> bool:
        kind = self.evaluate(node.value, scope)
        for target in node.targets:
            self.assign(target, kind, scope)
        return False

    def _annassign(self, node: ast.AnnAssign, scope: Scope) -> bool:
        kind = self.evaluate(node.value, scope) if node.value is not None else None
        self.evaluate(node.annotation, scope)
        if kind is not None:
            self.assign(node.target, self._meant(kind, node.annotation, scope), scope)
        return False

    def _augassign(self, node: ast.AugAssign, scope: Scope) -> bool:
        left = self.evaluate(node.target, scope)
        right = self.evaluate(node.value, scope)
        if isinstance(left, ListKind) and isinstance(right, ListKind):
            kind: Kind = ListKind(None, joined(element_of(left), element_of(right)), left.type)
        else:
            kind = PLAIN if isinstance(left, PlainKind) and isinstance(right, PlainKind) else ANY
        self.assign(node.target, kind, scope)
        return False

    def _return(self, node: ast.Return, scope: Scope) -> bool:
        scope.function().returns.append(self.evaluate(node.value, scope) if node.value else PlainKind("None"))
        return True

    def _raise(self, node: ast.Raise, scope: Scope) -> bool:
        if node.exc is not None:
            self.evaluate(node.exc, scope)
        return True

    def _break(self, node: ast.Break, scope: Scope) -> bool:
        return True

    _continue = _break

    def _delete(self, node: ast.Delete, scope: Scope) -> bool:
        for target in node.targets:
            if isinstance(target, ast.Name):
                scope.names.pop(target.id, None)
        return False

    def _assert(self, node: ast.Assert, scope: Scope) -> bool:
        self.evaluate(node.test, scope)
        if node.msg is not None:
            self.evaluate(node.msg, scope)
        scope.names = narrowed(scope.names, node.test, positive=True)
        return False

    def _global(self, node: ast.Global, scope: Scope) -> bool:
        scope.elsewhere.update(dict.fromkeys(node.names, scope.module()))
        return False

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> bool:
        for name in node.names:
            scope.elsewhere[name] = scope.outer(name) or scope
        return False

    def _if(self, node: ast.If, scope: Scope) -> bool:
        self.evaluate(node.test, scope)
        before = scope.names
        return self._ways(
            [(narrowed(before, node.test, positive=True), node.body),
             (narrowed(before, node.test, positive=False), node.orelse)],
            scope,
        )  # fmt: skip

    def _ways(self, ways: Sequence[tuple[dict[str, Kind], Sequence[ast.stmt]]], scope: Scope) -> bool:
        """Follow several ways of which one is taken; what is certain afterwards holds on all that go on."""
        ends: list[dict[str, Kind]] = []
        for names, statements in ways:
            scope.names = dict(names)
            if not self.block(statements, scope):
                ends.append(scope.names)
        if not ends:
            return True
        scope.names = ends[0]
        for names in ends[1:]:
            scope.names = merged(scope.names, names)
        return False

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> bool:
        each = self.iterated(self.evaluate(node.iter, scope))
        with self._looping(node, scope) as rounds:
            for _ in rounds:
                before = dict(scope.names)
                self.assign(node.target, each, scope)
                self.block(node.body, scope)
                scope.names = merged(before, scope.names)
        self.block(node.orelse, scope)
        return False

    _asyncfor = _for

    def _while(self, node: ast.While, scope: Scope) -> bool:
        with self._looping(node, scope) as rounds:
            for _ in rounds:
                self.evaluate(node.test, scope)
                before = dict(scope.names)
                self.block(node.body, scope)
                scope.names = merged(before, scope.names)
        self.block(node.orelse, scope)
        return False

    @contextlib.contextmanager
    def _looping(self, node: _Loop, scope: Scope) -> Iterator[range]:
        """How often a loop's body is followed: twice, as the second round starts with what the first made.

        In loops inside of loops that doubles each time; from some depth on the body is followed once, and
        nothing is known of what it assigns.
        """
        self.loops += 1
        try:
            if self.loops > LOOP_DEPTH:
                scope.names |= dict.fromkeys(_assigned(node), ANY)
            yield range(2 if self.loops <= LOOP_DEPTH else 1)
        finally:
            self.loops -= 1

    def _try(self, node: ast.Try, scope: Scope) -> bool:
        before = dict(scope.names)
        ended = self.block([*node.body, *node.orelse], scope)
        after = scope.names
        broken = merged(before, after)
        ways = [(broken, handler.body) for handler in node.handlers]
        for handler in node.handlers:
            if handler.type is not None:
                self.evaluate(handler.type, scope)
            if handler.name:
                broken[handler.name] = ANY
        handlers_end = self._ways(ways, scope) if ways else True
        if not ended:
            scope.names = after if handlers_end else merged(after, scope.names)
        return self.block(node.finalbody, scope) or (ended and handlers_end)

    _trystar = _try

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> bool:
        for item in node.items:
            self.evaluate(item.context_expr, scope)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, ANY, scope)
        # A context manager may swallow what the block raises.
        return self.block(node.body, scope) and not any(_raises(item) for item in node.body)

    _asyncwith = _with

    def _match(self, node: ast.Match, scope: Scope) -> bool:
        self.evaluate(node.subject, scope)
        before = dict(scope.names)
        ways = []
        for case in node.cases:
            names = dict(before)
            for item in ast.walk(case.pattern):
                name = getattr(item, "name", None) or getattr(item, "rest", None)
                if isinstance(name, str):
                    names[name] = ANY
            ways.append((names, case.body))
        self._ways([*ways, (before, [])], scope)
        return False

    def _functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> bool:
        made: Kind = self.function(node, scope)
        for decorator in node.decorator_list:
            self.evaluate(decorator, scope)
        if any(decorator_name(item) not in _TRANSPARENT for item in node.decorator_list):
            made = ANY
        scope.bind(node.name, made)
        return False

    _asyncfunctiondef = _functiondef

    def _classdef(self, node: ast.ClassDef, scope: Scope) -> bool:
        for item in (*node.bases, *node.decorator_list, *(keyword.value for keyword in node.keywords)):
            self.evaluate(item, scope)
        inner = self.classes[node] = Scope(scope.file, scope, "class")
        scope.bind(node.name, ClassKind(node, scope))
        self.block(node.body, inner)
        return False

    def _import(self, node: ast.Import, scope: Scope) -> bool:
        for alias in node.names:
            self._imported(alias.name)
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            scope.bind(alias.asname or name, ModuleKind(name))
        return False

    def _importfrom(self, node: ast.ImportFrom, scope: Scope) -> bool:
        module = self.absolute(node, scope.file)
        source = self._imported(module)
        for alias in node.names:
            if alias.name == "*":
                scope.names.update(source.names if source is not None else {})
            else:
                scope.bind(alias.asname or alias.name, self.module_member(module, alias.name))
        return False

    def absolute(self, node: ast.ImportFrom, file: SourceFile) -> str:
        """The dotted name of the module that a `from … import` names."""
        if not node.level:
            return node.module or ""
        is_package = file.path.endswith("__init__.py")
        parts = file.module.split(".")
        base = parts[: len(parts) - node.level + (1 if is_package else 0)]
        return ".".join([*base, node.module] if node.module else base)

    def _imported(self, module: str) -> Scope | None:
        file = self.program.by_module.get(module)
        return self.module(file) if file is not None else None

    def module_member(self, module: str, name: str) -> Kind:
        """What a name of a module is."""
        scope = self._imported(module)
        if scope is not None and name in scope.names:
            return scope.names[name]
        dotted = f"{module}.{name}"
        if self._imported(dotted) is not None:
            return ModuleKind(dotted)
        if scope is not None:
            return ANY
        if dotted in self.program.packages or self.program.sdk.is_module(dotted):
            return ModuleKind(dotted)
        return ImportedKind(canonical(dotted))

    def assign(self, target: ast.expr, kind: Kind, scope: Scope) -> None:
        """Bind what stands left of `=`, or after `for`."""
        match target:
            case ast.Name():
                scope.bind(target.id, kind)
            case ast.Tuple() | ast.List():
                self._unpack(target.elts, kind, scope)
            case ast.Starred():
                self.assign(target.value, ListKind(None, kind), scope)
            case ast.Attribute():
                owner = self.evaluate(target.value, scope)
                if isinstance(owner, InstanceKind):
                    key = (owner.of.node, target.attr)
                    self.attributes[key] = joined(self.attributes.get(key, NOTHING), kind)
            case ast.Subscript(value=ast.Name() | ast.Attribute() as container):
                self._store(container, self.evaluate(target.slice, scope), kind, scope)

    def _unpack(self, targets: Sequence[ast.expr], kind: Kind, scope: Scope) -> None:
        items = kind.items if isinstance(kind, ListKind) else None
        exact = items is not None and len(items) == len(targets)
        starred = any(isinstance(target, ast.Starred) for target in targets)
        for index, target in enumerate(targets):
            given = items[index] if items is not None and exact and not starred else element_of(kind)
            self.assign(target, given, scope)

    def _store(self, container: ast.expr, key: Kind, kind: Kind, scope: Scope) -> None:
        owner = self.evaluate(container, scope)
        if isinstance(owner, DictKind):
            if isinstance(key, PlainKind) and isinstance(key.value, str) and len(owner.items) < MOST_KEYS:
                items = dict(owner.items) | {key.value: kind}
                self.assign(container, DictKind(tuple(items.items()), owner.rest), scope)
            else:
                self.assign(container, DictKind((), joined(element_of(owner), kind)), scope)
        elif isinstance(owner, ListKind):
            self.assign(container, ListKind(None, joined(element_of(owner), kind), owner.type), scope)


def _passed_over(node: ast.stmt, scope: Scope) -> bool:
    return False


def _raises(node: ast.stmt) -> bool:
    return any(isinstance(item, ast.Raise) for item in ast.walk(node))


def _assigned(node: ast.AST) -> Iterator[str]:
    for item in ast.walk(node):
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store):
            yield item.id
