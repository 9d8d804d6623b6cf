"""What was made up where a preview would have had a value, so that what rests on it counts as predicted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policy_pack.model import Value
from policy_pack.simulator.runner import PassResult
from policy_pack.source.stack_settings import PLACEHOLDER, StackConfig


@dataclass(frozen=True)
class MadeUp:
    """Texts that mark whatever contains them, and scalars, by their types, that mark what equals them."""

    texts: frozenset[str] = frozenset()
    scalars: frozenset[tuple[str, object]] = frozenset()

    def covers(self, value: Value) -> bool:
        """Whether a scalar value is one of these, or made of one."""
        if isinstance(value, str) and any(text in value for text in self.texts):
            return True
        return isinstance(value, str | int | float) and (type(value).__name__, value) in self.scalars


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
