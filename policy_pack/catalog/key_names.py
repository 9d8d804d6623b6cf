"""Names of condition keys, and which of them a key has that a policy names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property

# What stands in a name for the part that the user chooses, as in `aws:RequestTag/${TagKey}`.
_CHOSEN = re.compile(r"\$\{\w+\}")


class KeyNames:
    """Names of keys, upper and lower case alike, of which some have parts that the user chooses."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name.lower(): name for name in names}

    def find(self, key: str) -> str | None:
        """The name that a key has in the list; None when no name fits."""
        lower = key.lower()
        fits = (name for stem, name in self._open if lower.startswith(stem) and _fits(name, lower))
        return self._names.get(lower) or next(fits, None)

    def has_prefix(self, prefix: str) -> bool:
        """Whether there are keys with a prefix, such as `s3`."""
        return prefix.lower() in self._prefixes

    def closest(self, key: str) -> str | None:
        """The name that looks most like a key, of those with its prefix if there are any."""
        lower = key.lower()
        bases = (name for stem, name in self._open if stem.rstrip("/:") == lower.rstrip("/:"))
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
    def _open(self) -> tuple[tuple[str, str], ...]:
        """Of names with parts that the user chooses what they begin with, and themselves."""
        stems = ((lower.partition("${"), name) for lower, name in self._names.items())
        return tuple((stem, name) for (stem, chosen, _), name in stems if chosen)


def _fits(name: str, lower: str) -> bool:
    """Whether a key in lower case is the name with something in the place of each part that is chosen."""
    form = ".+".join(map(re.escape, _CHOSEN.split(name.lower())))
    return re.fullmatch(form, lower) is not None
