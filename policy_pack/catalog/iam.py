"""Which IAM actions there are, and which policies AWS manages."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from difflib import get_close_matches
from fnmatch import translate
from functools import cached_property
from re import compile as compiled
from typing import ClassVar

from policy_pack.catalog.files import CatalogFile
from policy_pack.model import Evidence


class IamActionsFile(CatalogFile, frozen=True):
    """`iam_actions/<prefix>.json`: by action, the types of resources it can be narrowed to."""

    key_pattern: ClassVar[str] = r"[\w-]+"

    records: dict[str, str]


class ManagedPoliciesFile(CatalogFile, frozen=True):
    """`managed_policies.json`: by path and name, the day on which AWS made the policy."""

    key_pattern: ClassVar[str] = r"[\w/+=.@-]+"

    records: dict[str, datetime.date]


class IamActions:
    """The actions of one service, upper and lower case alike."""

    def __init__(self, file: IamActionsFile) -> None:
        self._file = file

    def evidence(self, pattern: str = "") -> Evidence:
        """What a finding about a name, or about the service as a whole, refers to."""
        return self._file.evidence(*filter(_matcher(pattern), self._file.reasons))

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The actions that a name means, where `*` and `?` stand for others."""
        if {"*", "?"}.isdisjoint(pattern):
            name = self._names.get(pattern.lower())
            return (name,) if name else ()
        return tuple(filter(_matcher(pattern), self._file.records))

    def resource_types(self, action: str) -> tuple[str, ...]:
        """What an action can be narrowed to; empty when it is for all resources or none."""
        name = self._names.get(action.lower())
        return tuple(self._file.records[name].split()) if name else ()

    def closest(self, action: str) -> str | None:
        """The action that looks most like a name, None when none looks alike."""
        near = get_close_matches(action.lower(), self._names, n=1, cutoff=0.7)
        return self._names[near[0]] if near else None

    @cached_property
    def _names(self) -> dict[str, str]:
        return {name.lower(): name for name in self._file.records}


def _matcher(pattern: str) -> Callable[[str], object]:
    """Tells, upper and lower case alike, whether a name is meant by another."""
    matches = compiled(translate(pattern.lower().replace("[", "[[]"))).match
    return lambda name: matches(name.lower())


class ManagedPolicies:
    """The policies that AWS manages."""

    def __init__(self, file: ManagedPoliciesFile) -> None:
        self._file = file

    def evidence(self, name: str) -> Evidence:
        """What a finding about a policy refers to."""
        return self._file.evidence(name)

    def has(self, name: str) -> bool:
        """Whether there is a policy with this path and name, as after `:policy/` in its ARN."""
        return name in self._file.records

    def closest(self, name: str) -> str | None:
        """The policy meant: the same name at another path, else the one that looks most alike."""
        bare = name.rpartition("/")[2]
        moved = [each for each in self._file.records if each.rpartition("/")[2] == bare]
        near = moved or get_close_matches(name, self._file.records, n=1, cutoff=0.8)
        return near[0] if near else None
