"""What an expression evaluates to, as far as it is known without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from policy_pack.source.scope import Scope


class AnyKind(Struct, frozen=True):
    """Nothing is known."""


class NothingKind(Struct, frozen=True):
    """No value at all: the element of an empty list."""


class PlainKind(Struct, frozen=True):
    """Certainly no `Output` and nothing that holds one: a text, a number, a resolved value."""

    type: str | None = None
    value: str | int | None = None


class OutputKind(Struct, frozen=True):
    """A `pulumi.Output`; `inner` is what it resolves to."""

    inner: Kind
    secret: bool = False


class ListKind(Struct, frozen=True):
    """A list, tuple, set or what iterates so. `items` are known one by one, or `each` stands for all."""

    items: tuple[Kind, ...] | None = None
    each: Kind = AnyKind()
    type: str = "list"


class DictKind(Struct, frozen=True):
    """A dictionary: what known keys hold, and `rest` for what others may hold (None: there are none)."""

    items: tuple[tuple[str, Kind], ...] = ()
    rest: Kind | None = None

    def get(self, key: str) -> Kind | None:
        """What a key holds, None when it is not known to be there."""
        return dict(self.items).get(key)


class ModuleKind(Struct, frozen=True):
    """A module of the project or of a library, by its dotted name."""

    name: str


class ImportedKind(Struct, frozen=True):
    """Something of a library: a function, class or value, by the dotted name it has there."""

    name: str


class ResourceKind(Struct, frozen=True):
    """An instance of a resource class of a provider package, such as `pulumi_aws.ec2.Vpc`."""

    name: str


class ObjectKind(Struct, frozen=True):
    """A result or nested type of a provider package: its attributes are those of the class `name`."""

    name: str


class LibraryKind(Struct, frozen=True):
    """An instance of a class of the Pulumi SDK itself: `pulumi.Config`, `pulumi.StackReference`."""

    name: str


class BoundKind(Struct, frozen=True):
    """A method of something that is not the project's own: `apply` of an output, `append` of a list."""

    owner: Kind
    name: str


FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class FunctionKind(Struct, frozen=True, eq=False):
    """A function or lambda of the project, with the scope it was made in and, for a method, its object."""

    node: FunctionNode
    scope: Scope
    bound: Kind | None = None

    def __eq__(self, other: object) -> bool:
        """Made again in another scope, it is the same."""
        return isinstance(other, FunctionKind) and (self.node, self.bound) == (other.node, other.bound)

    def __hash__(self) -> int:
        return hash((self.node, self.bound))


class ClassKind(Struct, frozen=True, eq=False):
    """A class of the project."""

    node: ast.ClassDef
    scope: Scope

    def __eq__(self, other: object) -> bool:
        """Made again in another scope, it is the same."""
        return isinstance(other, ClassKind) and self.node == other.node

    def __hash__(self) -> int:
        return hash(self.node)


class InstanceKind(Struct, frozen=True):
    """An instance of a class of the project; what is assigned to `self.x` anywhere is its attribute `x`."""

    of: ClassKind


Kind: TypeAlias = (
    AnyKind
    | NothingKind
    | PlainKind
    | OutputKind
    | ListKind
    | DictKind
    | ModuleKind
    | ImportedKind
    | ResourceKind
    | ObjectKind
    | LibraryKind
    | BoundKind
    | FunctionKind
    | ClassKind
    | InstanceKind
)

ANY = AnyKind()
NOTHING = NothingKind()
PLAIN = PlainKind()


MOST_PARTS = 5000
MOST_LEVELS = 30


def manageable(kind: Kind) -> Kind:
    """A value as it is known, but `ANY` when it is too large or too deep to compare again and again."""
    if not isinstance(kind, ListKind | DictKind | OutputKind):
        return kind
    waiting: list[tuple[Kind, int]] = [(kind, 0)]
    for _ in range(MOST_PARTS):
        if not waiting:
            return kind
        part, level = waiting.pop()
        if level > MOST_LEVELS:
            return ANY
        waiting += [(inner, level + 1) for inner in _parts(part)]
    return ANY


def _parts(kind: Kind) -> Iterable[Kind]:
    match kind:
        case OutputKind():
            return (kind.inner,)
        case ListKind():
            return kind.items if kind.items is not None else (kind.each,)
        case DictKind():
            values = [value for _, value in kind.items]
            return values if kind.rest is None else [*values, kind.rest]
    return ()


def joined(first: Kind, second: Kind) -> Kind:
    """What is certain of a value that is one or the other."""
    if first == second:
        return first
    match first, second:
        case NothingKind(), _:
            return second
        case _, NothingKind():
            return first
        case OutputKind(), OutputKind():
            return OutputKind(joined(first.inner, second.inner), first.secret and second.secret)
        case PlainKind(), PlainKind():
            return PlainKind(first.type if first.type == second.type else None)
        case ListKind(), ListKind():
            kind = first.type if first.type == second.type else "list"
            return ListKind(None, joined(element_of(first), element_of(second)), kind)
        case DictKind(), DictKind():
            return DictKind((), joined(element_of(first), element_of(second)))
    return ANY


def joined_all(kinds: Iterable[Kind]) -> Kind:
    """What is certain of a value that is one of several; `NOTHING` of none."""
    found: Kind = NOTHING
    for kind in kinds:
        found = joined(found, kind)
    return found


def element_of(kind: Kind) -> Kind:
    """What an element of a list, or a value of a dictionary, is."""
    match kind:
        case ListKind(items=None):
            return kind.each
        case ListKind():
            return joined_all(kind.items or ())
        case DictKind():
            values = [value for _, value in kind.items]
            return joined_all([*values, kind.rest] if kind.rest is not None else values)
        case PlainKind():
            return PLAIN
    return ANY


def resolved(kind: Kind) -> Kind:
    """What `Output.from_input(value)` resolves to: outputs inside lists and dictionaries are their values."""
    match kind:
        case OutputKind():
            return resolved(kind.inner)
        case ListKind():
            items = None if kind.items is None else tuple(map(resolved, kind.items))
            return ListKind(items, resolved(kind.each), kind.type)
        case DictKind():
            rest = None if kind.rest is None else resolved(kind.rest)
            return DictKind(tuple((key, resolved(value)) for key, value in kind.items), rest)
    return kind


def outputs_within(kind: Kind) -> bool:
    """Whether a value certainly is an output, or a list or dictionary that holds one."""
    match kind:
        case OutputKind():
            return True
        case ListKind(items=None):
            return False
        case ListKind():
            return any(map(outputs_within, kind.items or ()))
        case DictKind():
            return any(outputs_within(value) for _, value in kind.items)
    return False


def is_settled(kind: Kind) -> bool:
    """Whether a value certainly neither is an output nor holds one."""
    match kind:
        case PlainKind() | ModuleKind() | NothingKind():
            return True
        case ListKind() | DictKind():
            return is_settled(element_of(kind))
    return False
