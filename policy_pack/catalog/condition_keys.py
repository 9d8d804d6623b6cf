"""Which keys the conditions of IAM policies can name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import ClassVar, Literal

from policy_pack.catalog.files import CatalogFile
from policy_pack.model import Evidence

# What stands in a name for the part that the user chooses, as in `aws:RequestTag/${TagKey}`.
_CHOSEN = re.compile(r"\$\{\w+\}")


@dataclass(frozen=True)
class ConditionKeysFile(CatalogFile):
    """`iam_condition_keys.json`: by key, the services whose reference lists it, with spaces between."""

    key_pattern: ClassVar[str] = r"[\w-]+:[\w./:${}-]+"

    records: dict[str, str]


@dataclass(frozen=True)
class GlobalConditionKeysFile(CatalogFile):
    """`iam_global_condition_keys.json`: by key, what it is a property of."""

    key_pattern: ClassVar[str] = r"[\w-]+:[\w./:${}-]+"

    records: dict[str, Literal["principal", "role session", "network", "resource", "request"]]


class KeyNames:
    """Names of keys, upper and lower case alike, of which some have parts that the user chooses."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name.lower(): name for name in names}

    def find(self, key: str) -> str | None:
        """The name that a key has in the list; None when no name fits."""
        lower = key.lower()
        fits = (name for stem, form, name in self._open if lower.startswith(stem) and form.fullmatch(lower))
        return self._names.get(lower) or next(fits, None)

    def has_prefix(self, prefix: str) -> bool:
        """Whether there are keys with a prefix, such as `s3`."""
        return prefix.lower() in self._prefixes

    def closest(self, key: str) -> str | None:
        """The name that looks most like a key, of those with its prefix if there are any."""
        lower = key.lower()
        bases = (name for stem, _, name in self._open if stem.rstrip("/:") == lower.rstrip("/:"))
        return next(bases, None) or self._alike(lower)

    def _alike(self, lower: str) -> str | None:
        prefix, _, bare = lower.partition(":")
        alike = [name for name in self._names if name.startswith(f"{prefix}:")] or list(self._names)
        near = get_close_matches(lower if bare else f"aws:{prefix}", alike, n=1, cutoff=0.75)
        return self._names[near[0]] if near else None

    @cached_property
    def _prefixes(self) -> frozenset[str]:
        return frozenset(name.partition(":")[0] for name in self._names)

    @cached_property
    def _open(self) -> tuple[tuple[str, re.Pattern[str], str], ...]:
        """Of names with parts that the user chooses what they begin with, their form, and themselves."""
        return tuple(
            (stem, re.compile(".+".join(map(re.escape, _CHOSEN.split(lower)))), name)
            for lower, name in self._names.items()
            if (stem := lower.partition("${")[0]) != lower
        )


class ConditionKeys:
    """The keys of all services, and the global ones."""

    def __init__(self, file: ConditionKeysFile, of_all: GlobalConditionKeysFile) -> None:
        self._file = file
        self._global = of_all
        self._of_services = KeyNames(file.records)
        self._of_all = KeyNames(of_all.records)
        self._names = KeyNames([*file.records, *of_all.records])

    def find(self, key: str) -> str | None:
        """The key as AWS writes it; None when no service and no request has it."""
        return self._names.find(key)

    def has_prefix(self, prefix: str) -> bool:
        """Whether any key has a prefix, such as `s3` or `aws`."""
        return self._names.has_prefix(prefix)

    def closest(self, key: str) -> str | None:
        """The key that looks most like another; None when none looks alike."""
        return self._names.closest(key)

    def is_global(self, key: str) -> bool:
        """Whether every service may have the key in its requests."""
        return self._of_all.find(key) is not None

    def services(self, key: str) -> tuple[str, ...]:
        """The services whose reference lists a key; none for most global ones."""
        return tuple(self._file.records.get(self._of_services.find(key) or "", "").split())

    def evidence(self, key: str) -> Evidence:
        """What a finding on a key refers to."""
        file = self._global if key.lower().startswith("aws:") else self._file
        return file.evidence(key)
