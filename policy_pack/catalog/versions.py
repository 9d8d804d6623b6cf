"""Version arithmetic for engines. Pure: knows how versions compare, not which ones exist."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

_PIECES = re.compile(r"([0-9]+)|([^0-9]+)")
_WORDS = re.compile(r"[^0-9.]+")

# Since which version an engine's majors have one number, by a part of its name; the others' have two.
_ONE_NUMBER_SINCE = {
    "elasticsearch": "0",
    "glue": "0",
    "kubernetes": "0",
    "opensearch": "0",
    "oracle": "18",
    "postgres": "10",
    "redis": "0",
    "syn-": "0",
    "valkey": "0",
}
_EXACT = ("elasticsearch", "emr", "glue", "kafka", "kubernetes", "memcached", "opensearch", "syn-")

_Run: TypeAlias = "tuple[int, int, str]"


@functools.total_ordering
@dataclass(frozen=True)
class EngineVersion:
    """A version as AWS spells it: `15.3`, `8.0.mysql_aurora.3.04.0`, `15.00.4236.7.v1`.

    Any text is a version, so nothing here raises; `str` gives it back unchanged. Versions are totally
    ordered: numbers compare as numbers and stand before words; of texts that are equal but for leading
    zeros, plain text decides.
    """

    text: str

    def __str__(self) -> str:
        return self.text

    def __lt__(self, other: EngineVersion) -> bool:
        return self._key < other._key

    @cached_property
    def components(self) -> tuple[str, ...]:
        """The pieces between the dots."""
        return tuple(self.text.split("."))

    @cached_property
    def words(self) -> frozenset[str]:
        """What stands between the numbers: `mysql_aurora`, `-rds`, `v`; empty for a plain version."""
        return frozenset(_WORDS.findall(self.text))

    @cached_property
    def is_well_formed(self) -> bool:
        """Whether it begins with a number and has no empty component."""
        return "0" <= self.text[:1] <= "9" and all(self.components)

    def is_prefix_of(self, other: EngineVersion) -> bool:
        """Whether the other begins with all components of this one, as `15` does `15.3`; so does itself."""
        return other.components[: len(self.components)] == self.components

    def major(self, engine: str) -> EngineVersion:
        """The part that an engine keeps through minor upgrades: `15`, `9.6`, `8.0`, `12.2`, `15.00`."""
        count = _major_length(engine, self.components[0])
        if len(self.components) <= count:
            return self
        return EngineVersion(".".join(self.components[:count]))

    @cached_property
    def _key(self) -> tuple[tuple[tuple[_Run, ...], ...], str]:
        return tuple(_runs(component) for component in self.components), self.text


def takes_prefixes(engine: str) -> bool:
    """Whether AWS may take a leading part of a version for its newest; False where it certainly does not."""
    return not engine.startswith(_EXACT)


def _major_length(engine: str, first: str) -> int:
    since = next((since for name, since in _ONE_NUMBER_SINCE.items() if name in engine), None)
    return 1 if since and _runs(first) >= _runs(since) else 2


def _runs(component: str) -> tuple[_Run, ...]:
    return tuple(_number(digits) if digits else (1, 0, word) for digits, word in _PIECES.findall(component))


def _number(digits: str) -> _Run:
    # Length before text orders numbers of any size; int() refuses more than 4300 digits.
    significant = digits.lstrip("0")
    return 0, len(significant), significant
