"""What an expression evaluates to, as far as it is known without running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from policy_pack.source.interpreter import Scope


@dataclass(frozen=True, slots=True)
class AnyKind:
    """Nothing is known."""


@dataclass(frozen=True, slots=True)
class PlainKind:
    """Certainly no `Output` and nothing that holds one: a text, a number, a resolved value."""

    type: str | None = None
    value: str | int | None = None


@dataclass(frozen=True, slots=True)
class OutputKind:
    """A `pulumi.Output`; `inner` is what it resolves to."""

    inner: Kind
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list, tuple, set or what iterates like one. `items` are known one by one, or `each` stands for all."""

    items: tuple[Kind, ...] | None = None
    each: Kind = field(default_factory=AnyKind)
    type: str = "list"


@dataclass(frozen=True, slots=True)
class DictKind:
    """A dictionary: what its known keys hold, and `rest` for what other keys may hold (None: there are none)."""

    items: tuple[tuple[str, Kind], ...] = ()
    rest: Kind | None = None

    def get(self, key: str) -> Kind | None:
        """What a key holds, None when it is not known to be there."""
        return dict(self.items).get(key)


@dataclass(frozen=True, slots=True)
class ModuleKind:
    """A module of the project or of a library, by its dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class ImportedKind:
    """Something of a library: a function, class or value, by the dotted name it has there."""

    name: str


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """An instance of a resource class of a provider package, such as `pulumi_aws.ec2.Vpc`."""

    name: str


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """A result or nested type of a provider package: its attributes are those of the class `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class LibraryKind:
    """An instance of a class of the Pulumi SDK itself: `pulumi.Config`, `pulumi.StackReference`."""

    name: str


@dataclass(frozen=True, slots=True)
class FunctionKind:
    """A function or lambda of the project, with the scope it was made in and, for a method, its object."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope = field(compare=False, repr=False)
    bound: Kind | None = None


@dataclass(frozen=True, slots=True)
class ClassKind:
    """A class of the project."""

    node: ast.ClassDef
    scope: Scope = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InstanceKind:
    """An instance of a class of the project; what is assigned to `self.x` anywhere is its attribute `x`."""

    of: ClassKind


Kind: TypeAlias = (
    AnyKind
    | PlainKind
    | OutputKind
    | ListKind
    | DictKind
    | ModuleKind
    | ImportedKind
    | ResourceKind
    | ObjectKind
    | LibraryKind
    | FunctionKind
    | ClassKind
    | InstanceKind
)

ANY = AnyKind()
PLAIN = PlainKind()
