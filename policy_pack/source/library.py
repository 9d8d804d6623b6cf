"""What calls into Pulumi's SDK, the standard library and the builtins answer, given what they are given."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from policy_pack.source.kinds import (
    ANY,
    PLAIN,
    BoundKind,
    DictKind,
    Kind,
    LibraryKind,
    ListKind,
    OutputKind,
    PlainKind,
    element_of,
    is_settled,
    joined_all,
    resolved,
)

TEXT = PlainKind("str")
BUILTINS = frozenset(dir(builtins))
OUTPUT_METHODS = frozenset(
    {"all", "apply", "concat", "format", "from_input", "future", "get", "is_known", "is_secret",
     "json_dumps", "json_loads", "recover", "resources", "secret", "unsecret"}
)  # fmt: skip
_INSTANCES = ("pulumi.Config", "pulumi.StackReference", "pulumi.ResourceOptions", "pulumi.InvokeOptions")
_PASSING_ON = frozenset({"asyncio", "copy", "dataclasses", "functools", "typing"})
_PLAIN_BUILTINS = frozenset(
    {"str", "len", "int", "float", "bool", "repr", "print", "isinstance", "issubclass", "hasattr", "callable",
     "type", "id", "hash", "ascii", "bin", "chr", "format", "hex", "oct", "ord", "any", "all", "range",
     "bytes", "abs", "round", "divmod", "pow", "open", "input"}
)  # fmt: skip


class Arguments(Struct, frozen=True):
    """What a call is given. `known` is false when `*args` or `**kwargs` hide something."""

    positional: Sequence[Kind] = ()
    keywords: Mapping[str, Kind] = field(default_factory=dict)
    known: bool = True

    def all(self) -> list[Kind]:
        """Every argument."""
        return [*self.positional, *self.keywords.values()]

    def first(self) -> Kind:
        """The first positional argument, nothing known when there is none."""
        return self.positional[0] if self.positional else ANY


def canonical(name: str) -> str:
    """The public name of something that is imported from where the SDK defines it."""
    for module in ("pulumi.output.", "pulumi.config.", "pulumi.resource.", "pulumi.stack_reference."):
        if name.startswith(module):
            return f"pulumi.{name.removeprefix(module)}"
    return name


def call_result(name: str, given: Arguments) -> Kind:
    """What a function or class of a library, by its dotted name, returns."""
    if name.startswith("pulumi.Output."):
        maker = _OUTPUTS.get(name.rpartition(".")[2])
        return maker(given) if maker else ANY
    if name in _INSTANCES:
        return LibraryKind(name)
    if name in ("pulumi.get_stack", "pulumi.get_project", "pulumi.get_organization"):
        return TEXT
    if name == "pulumi.export" or name.startswith("pulumi.log."):
        return PLAIN
    root, _, rest = name.partition(".")
    if root == "builtins":
        return _builtin_result(rest, given)
    if name.startswith("json.dumps"):
        return TEXT
    if root in sys.stdlib_module_names and root not in _PASSING_ON:
        return PLAIN if given.known and all(map(is_settled, given.all())) else ANY
    return ANY


def method_result(bound: BoundKind, given: Arguments) -> Kind:
    """What a method of a library's object returns; `apply` aside, which runs a callback."""
    owner, name = bound.owner, bound.name
    match owner:
        case LibraryKind("pulumi.Config"):
            return _config_value(name)
        case LibraryKind("pulumi.StackReference"):
            return OutputKind(ANY) if name in ("get_output", "require_output") else ANY
        case PlainKind("str"):
            return ListKind(None, TEXT) if name in ("split", "rsplit", "splitlines") else PLAIN
        case PlainKind():
            return PLAIN
        case DictKind():
            return _dictionary_method(owner, name, given)
        case ListKind():
            if name in ("copy", "union", "intersection"):
                return owner
            return element_of(owner) if name == "pop" else PLAIN
    return ANY


def _all(given: Arguments) -> Kind:
    if given.keywords:
        return OutputKind(DictKind(tuple((key, resolved(kind)) for key, kind in given.keywords.items())))
    items = tuple(map(resolved, given.positional))
    return OutputKind(ListKind(items) if given.known else ListKind(None, joined_all(items)))


def _text_output(given: Arguments) -> Kind:
    return OutputKind(TEXT)


_OUTPUTS: Mapping[str, Callable[[Arguments], Kind]] = {
    "all": _all,
    "concat": _text_output,
    "format": _text_output,
    "json_dumps": _text_output,
    "json_loads": lambda given: OutputKind(ANY),
    "from_input": lambda given: OutputKind(resolved(given.first())),
    "secret": lambda given: OutputKind(resolved(given.first()), secret=True),
    "unsecret": lambda given: OutputKind(resolved(given.first())),
}


def _config_value(method: str) -> Kind:
    if method.startswith("require_secret"):
        return OutputKind(PLAIN, secret=True)
    if method.startswith("get_secret"):
        # None when it is not set.
        return ANY
    return PLAIN if method.startswith(("get", "require")) else ANY


def _dictionary_method(owner: DictKind, name: str, given: Arguments) -> Kind:
    if name == "items":
        return ListKind(None, ListKind((TEXT, element_of(owner)), type="tuple"))
    if name == "values":
        return ListKind(None, element_of(owner))
    if name == "keys":
        return ListKind(None, TEXT)
    if name == "copy":
        return owner
    if name in ("get", "pop", "setdefault") and isinstance(given.first(), PlainKind):
        found = owner.get(str(given.first().value))  # type: ignore[union-attr]
        return found if found is not None else ANY
    return ANY


def _builtin_result(name: str, given: Arguments) -> Kind:
    first = given.first()
    if name in ("str", "repr", "format"):
        return TEXT
    if name in _PLAIN_BUILTINS:
        return PLAIN
    if name in ("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter"):
        if not given.positional:
            return ListKind((), type=name)
        return ListKind(None, TEXT if isinstance(first, DictKind) else element_of(first), name)
    if name == "dict":
        return _dictionary(first, given)
    if name == "enumerate":
        return ListKind(None, ListKind((PLAIN, element_of(first)), type="tuple"))
    if name == "zip":
        return ListKind(None, ListKind(tuple(map(element_of, given.positional)), type="tuple"))
    return ANY


def _dictionary(first: Kind, given: Arguments) -> Kind:
    items = first.items if isinstance(first, DictKind) else ()
    rest = (first.rest if isinstance(first, DictKind) else ANY) if given.positional else None
    return DictKind(tuple((dict(items) | dict(given.keywords)).items()), rest if given.known else ANY)
