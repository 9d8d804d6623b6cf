"""What the rules about arguments share: the signature that a call of the provider's SDK must fit."""

from __future__ import annotations

import ast

from msgspec import Struct

from policy_pack.source.kinds import LibraryKind
from policy_pack.source.sdk import ProviderClass, ProviderFunction, Signature
from policy_pack.source.view import SourceView

RESOURCE_PARAMETERS = frozenset({"resource_name", "opts", "args", "__props__", "__name__", "__opts__"})
FUNCTION_PARAMETERS = frozenset({"opts"})


class SdkCall(Struct, frozen=True):
    """A call of a class or function of a provider's package."""

    node: ast.Call
    name: str
    takes: Signature
    is_resource: bool
    is_function: bool

    @property
    def package(self) -> str:
        """The package that the signature is read from."""
        return self.name.partition(".")[0]

    @property
    def spreads(self) -> bool:
        """Whether `*args` or `**kwargs` hide arguments."""
        positional = any(isinstance(item, ast.Starred) for item in self.node.args)
        return positional or any(keyword.arg is None for keyword in self.node.keywords)

    @property
    def allowed(self) -> set[str]:
        """Every name that an argument may have."""
        own = RESOURCE_PARAMETERS if self.is_resource else FUNCTION_PARAMETERS if self.is_function else set()
        return {*self.takes.parameters, *own}

    @property
    def given(self) -> set[str]:
        """The arguments that are given by name, and not as None."""
        return {
            keyword.arg
            for keyword in self.node.keywords
            if keyword.arg and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None)
        }

    def lacks(self, source: SourceView) -> list[str]:
        """The arguments that it needs and is certainly not given, in the order of the signature."""
        if self.spreads or "args" in self.given or self._looks_up(source):
            return []
        positional = self.node.args[1:] if self.is_resource else self.node.args
        if self.is_resource and not all(_is_options(item, source) for item in positional):
            return []
        names = list(self.takes.parameters)
        by_position = set() if self.is_resource else set(names[: len(positional)])
        return [name for name in names if name in self.takes.required - self.given - by_position]

    def _looks_up(self, source: SourceView) -> bool:
        """Whether the options name an existing resource, which needs no inputs."""
        options = [keyword.value for keyword in self.node.keywords if keyword.arg == "opts"]
        options += self.node.args[1:2]
        named = [keyword.arg for item in options if isinstance(item, ast.Call) for keyword in item.keywords]
        return bool({"id", "urn", None}.intersection(named))


def sdk_call(node: ast.Call, source: SourceView) -> SdkCall | None:
    """A call of a provider's package whose signature is known, None for any other."""
    name = source.qualified(node.func)
    member = source.program.sdk.member(name) if name else None
    if name is None or member is None or member.takes is None or not member.takes.parameters:
        return None
    is_resource = isinstance(member, ProviderClass) and member.is_resource
    return SdkCall(node, name, member.takes, is_resource, isinstance(member, ProviderFunction))


def _is_options(node: ast.expr, source: SourceView) -> bool:
    kinds = source.kinds(node)
    return bool(kinds) and all(kind == LibraryKind("pulumi.ResourceOptions") for kind in kinds)
