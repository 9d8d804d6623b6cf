"""How a kind of resource is asked for, and what is made of the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from policy_pack.linter import diagnostics
from policy_pack.linter.diagnostics import Diagnostic
from policy_pack.model import Severity
from policy_pack.refresh.live.asking import Client, Item
from policy_pack.verify.subjects import Subject

# The state of what has none by AWS's own word.
EXISTS = "exists"


class Trouble(Struct, frozen=True):
    """What is wrong with a resource; without a severity, it is the rule's own."""

    rule: Diagnostic
    message: str
    help: str | None = None
    note: str | None = None
    severity: Severity | None = None


class Seen(Struct, frozen=True):
    """What AWS says of a resource that exists.

    `state` is AWS's own word, `facts` what else a test may look at, `leads` further resources of it.
    """

    state: str = EXISTS
    troubles: tuple[Trouble, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    leads: tuple[Subject, ...] = ()


Expected = Mapping[str, Any]
# None stands for a resource that is not there.
Ask = Callable[[Client, Subject, Expected], "Seen | None"]


class Probe(Struct, frozen=True):
    """The service of boto3, the IAM actions and the call; `missing` are refusals that say "not there"."""

    service: str
    actions: tuple[str, ...]
    ask: Ask
    missing: frozenset[str] = frozenset()


def stated(subject: Subject, state: str, *ready: str, note: str | None = None) -> tuple[Trouble, ...]:
    """Nothing where a state is one of those in which the resource serves; the first is the usual one."""
    return () if state in ready else (not_ready(str(subject), state, ready[0], note),)


def not_ready(what: str, state: str, wanted: str, note: str | None = None) -> Trouble:
    """Something is in another state than it should be."""
    return Trouble(
        diagnostics.RESOURCE_NOT_READY,
        f"{what} is `{state}`, not `{wanted}`",
        "wait with `preflight verify --wait 10m` if it is on its way; otherwise look at its events",
        note,
    )


def first(found: Item) -> Any:
    """The only entry of a list, None of an empty one."""
    return found[0] if found else None
