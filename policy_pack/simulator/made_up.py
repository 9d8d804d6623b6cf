"""What was made up where a preview would have had a value, so that what rests on it counts as predicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from policy_pack.model import Value
from policy_pack.simulator.runner import PassResult
from policy_pack.source.stack_settings import PLACEHOLDER, StackConfig

# So many texts are looked for one by one.
_FEW = 50


@dataclass(frozen=True)
class MadeUp:
    """Texts that mark whatever contains them, and scalars, by their types, that mark what equals them."""

    texts: frozenset[str] = frozenset()
    scalars: frozenset[tuple[str, object]] = frozenset()

    def covers(self, value: Value) -> bool:
        """Whether a scalar value is one of these, or made of one."""
        if isinstance(value, str) and self.texts and self._is_within(value):
            return True
        return isinstance(value, str | int | float) and (type(value).__name__, value) in self.scalars

    def _is_within(self, value: str) -> bool:
        """Whether one of the texts stands in a value; of thousands of texts each place of it is looked up."""
        if len(self.texts) <= _FEW:
            return any(text in value for text in self.texts)
        for place in range(len(value) - self._width + 1):
            for length, texts in self._by_start.get(value[place : place + self._width], {}).items():
                if value[place : place + length] in texts:
                    return True
        return False

    @cached_property
    def _width(self) -> int:
        return min(4, *map(len, self.texts))

    @cached_property
    def _by_start(self) -> Mapping[str, Mapping[int, set[str]]]:
        """The texts by how they start, and by their length."""
        found: dict[str, dict[int, set[str]]] = {}
        for text in self.texts:
            found.setdefault(text[: self._width], {}).setdefault(len(text), set()).add(text)
        return found


def made_up_in(faithful: PassResult, config: StackConfig) -> MadeUp:
    """What the faithful pass knows no better than the predicted one: data sources, configuration."""
    asked = (text for record in faithful.of("invoke") for text in record.get("made_up", ()))
    told = faithful.of("made-up")
    texts = {*asked, *(text for record in told for text in record["texts"])}
    scalars = (item for record in told for scalar in record["scalars"] for item in _typed(scalar))
    return MadeUp(frozenset(texts | ({PLACEHOLDER} if config.encrypted else set())), frozenset(scalars))


def _typed(scalar: object) -> Iterable[tuple[str, object]]:
    """A scalar, and the number that a program makes of its text."""
    yield type(scalar).__name__, scalar
    if isinstance(scalar, str) and scalar.isdigit():
        yield "int", int(scalar)
    if scalar in ("true", "false"):
        yield "bool", scalar == "true"
