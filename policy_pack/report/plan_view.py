"""What `preflight plan` shows of one stack, and its values as texts and as JSON, without secrets."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from policy_pack.linter.masking import MASK, Mask, masker, secrets_of
from policy_pack.model import (
    Absent,
    Archive,
    Asset,
    Plan,
    Predicted,
    ProgramRun,
    Resource,
    ResourceReference,
    Secret,
)
from policy_pack.model.changes import Operation, PropertyChange, Step
from policy_pack.model.resource import steps
from policy_pack.model.sensitive import is_sensitive, marked
from policy_pack.model.values import Unknown, Value, leaves, secret_texts

LONGEST = 120
# What only a property's name calls secret is hidden elsewhere too, unless it is a word like any other.
SHORTEST_NAMED = 8
_STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class PlanView:
    """The plan of one stack, with what becomes of its resources.

    `deployed` is what there is now, None where that is not compared; `exports` are those that differ.
    """

    plan: Plan
    run: ProgramRun
    steps: tuple[Step, ...] = ()
    deployed: Plan | None = None
    exports: tuple[PropertyChange, ...] = ()
    working_directory: str = "."

    @cached_property
    def mask(self) -> Mask:
        """Hides the secrets of the plan and of the state, marked or by their names."""
        secrets: set[str] = set()
        for plan in filter(None, (self.plan, self.deployed)):
            named = (text for text in _named_secrets(plan) if len(text) >= SHORTEST_NAMED)
            secrets |= secrets_of(plan) | set(named)
        return masker(secrets)

    @property
    def root(self) -> str:
        """The URN of the stack, which stands for itself and is in no plan."""
        name = f"{self.plan.project}-{self.plan.stack}"
        return f"urn:pulumi:{self.plan.stack}::{self.plan.project}::{_STACK}::{name}"

    @cached_property
    def children(self) -> Mapping[str, Sequence[Step]]:
        """The steps below each URN, in the order of registration; what names no parent is the stack's."""
        known = {step.resource.urn for step in self.steps}
        found: dict[str, list[Step]] = {}
        for step in self.steps:
            parent = step.resource.parent
            found.setdefault(parent if parent in known else self.root, []).append(step)
        return found

    def count(self, operation: Operation) -> int:
        """How many resources meet this."""
        return sum(step.operation is operation for step in self.steps)

    def place(self, resource: Resource) -> tuple[str, int] | None:
        """The file, relative to the working directory, and the line that make a resource."""
        span = resource.span()
        return (os.path.relpath(span.path, self.working_directory), span.line) if span else None

    def dependencies(self) -> Iterator[tuple[str, str, str | None]]:
        """`(URN, URN it depends on, property)`: the property is None for `depends_on`."""
        for step in self.steps:
            resource = step.resource
            by_property = [
                (urn, name) for name, urns in resource.property_dependencies.items() for urn in urns
            ]
            said = {urn for urn, _ in by_property}
            others = [(urn, None) for urn in resource.dependencies if urn not in said]
            for urn, name in dict.fromkeys((*by_property, *others)):
                yield resource.urn, urn, name

    def missing_config(self) -> list[str]:
        """The keys of required configuration that is not set, so that values were made up."""
        own = f"{self.plan.project}:"
        return [read.key.removeprefix(own) for read in self.plan.config_reads if read.missing]

    def text(self, value: Value, longest: int = LONGEST) -> str:
        """A value on one line, at most so long; what is unknown or predicted says so."""
        written = self.mask(_written(marked(value)))
        return written if len(written) <= longest else written[: longest - 1] + "…"

    def plain(self, value: Value) -> Any:
        """A value as JSON; see the documentation for what stands for unknown, predicted and secret ones."""
        return _masked(_plain(marked(value)), self.mask)

    def member_text(self, path: str, value: Value | Absent) -> str:
        """The value at a property path, hidden where the path's names say that it is secret."""
        return self.text(_named(path, value))

    def member_plain(self, path: str, value: Value | Absent) -> Any:
        """The same as JSON."""
        return self.plain(_named(path, value))

    def members(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """Inputs or exports by name, with the secret ones marked that only their names tell."""
        found = marked(dict(sorted(values.items())))
        return found if isinstance(found, Mapping) else {}


def _named(path: str, value: Value | Absent) -> Value:
    known = None if isinstance(value, Absent) else value
    texts = [step for step in steps(path) if isinstance(step, str)]
    return Secret(known) if isinstance(known, str) and any(map(is_sensitive, texts)) else known


def short_type(token: str) -> str:
    """`aws:rds/cluster:Cluster` as the engine shows it: `aws:rds:Cluster`."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    return f"{package}:{module.partition('/')[0]}:{name}" if module else token


def _named_secrets(plan: Plan) -> Iterator[str]:
    """The texts that a sensitive name holds, in JSON documents too."""
    holders = [each for item in plan.resources for each in (item.inputs, item.outputs)]
    for values in (plan.config, plan.exports, *holders):
        yield from secret_texts(marked(dict(values)))
        for document in _documents(dict(values)):
            yield from secret_texts(_with_pairs(document))


def _documents(value: Value) -> Iterator[Value]:
    for _, leaf in leaves(value, into_predicted=True):
        if isinstance(leaf, str) and leaf.lstrip().startswith(("{", "[")):
            try:
                document = json.loads(leaf)
            except (ValueError, RecursionError):
                continue
            yield document


def _with_pairs(value: Value) -> Value:
    """A document with its secrets marked; `{"name": "DB_PASSWORD", "value": …}` is one too."""
    if isinstance(value, list):
        return [_with_pairs(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    name, held = value.get("name"), value.get("value")
    pair = {name: held} if isinstance(name, str) and isinstance(held, str) else {}
    return marked({key: _with_pairs(item) for key, item in value.items()} | pair)


def _written(value: Value) -> str:
    if isinstance(value, Unknown):
        return "[unknown]"
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, Predicted):
        return f"{_written(value.value)} [predicted]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, ResourceReference):
        return f"[resource {value.urn.rpartition('::')[2]}]"
    if isinstance(value, Asset | Archive):
        return f"[{type(value).__name__.lower()} {value.path or value.uri or 'in memory'}]"
    return json.dumps(value, ensure_ascii=False)


def _plain(value: Value) -> Any:
    if isinstance(value, Unknown):
        return {"$unknown": True}
    if isinstance(value, Secret):
        return {"$secret": True}
    if isinstance(value, Predicted):
        return {"$predicted": _plain(value.value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return list(map(_plain, value))
    if isinstance(value, ResourceReference):
        return {"$resource": value.urn}
    if isinstance(value, Asset | Archive):
        return {f"${type(value).__name__.lower()}": _source(value)}
    return value


def _source(value: Asset | Archive) -> Any:
    if value.path or value.uri:
        return value.path or value.uri
    if isinstance(value, Asset):
        return value.text
    return {key: _plain(item) for key, item in (value.assets or {}).items()}


def _masked(value: Any, mask: Mask) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(key): _masked(item, mask) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, mask) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        # A number that is secret elsewhere too, such as a PIN.
        return value if mask(str(value)) == str(value) else MASK
    return value
