"""What a rule is: a documented class with its own examples and one pure method."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from msgspec import Struct, field

from policy_pack.catalog.facts import Facts
from policy_pack.model import (
    ABSENT,
    UNKNOWN,
    CallbackFailure,
    Plan,
    Predicted,
    Problem,
    Refusal,
    Resource,
    Secret,
    Severity,
    Unknown,
    Value,
)
from policy_pack.model.values import foreseen, join_path, settled

ANY_TYPE = "*"
# Characters; Python refuses to read texts of thousands of digits, and no property takes them.
LONGEST_NUMBER = 20
Missed = Callable[[str, str, str], None]

Subject: TypeAlias = Mapping[str, Value] | Sequence[Resource] | Plan | str


class Parameter(Struct, frozen=True):
    """A setting of a rule, given under `[rules.<rule>]` in the configuration or in the pack's.

    `type` is any type that msgspec converts to, such as `tuple[str, ...]` or a `msgspec.Struct`: it checks
    the value, and its JSON schema describes the setting to Pulumi.
    """

    description: str
    type: Any
    default: Any = None


class Flagged(Struct, frozen=True):
    """An example that shows exactly one problem: the inputs of one resource, several resources, or source.

    `says` is a part of the message; `at` the property path of the problem. `deployed` is what the same
    resource was made of before; `facts` stand above those of the catalogs, by catalog and record. Source is
    one file's text, or texts by their names; `fixed` is what the fix makes of it, of several only the files
    that it changes.
    """

    subject: Subject
    says: str
    at: str | None = None
    severity: Severity | None = None
    type: str | None = None
    region: str | None = "eu-west-1"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Value] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    deployed: Mapping[str, Value] | None = None
    facts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    fixed: str | Mapping[str, str] | None = None
    remedied: Mapping[str, Value] | None = None


class Allowed(Struct, frozen=True):
    """An example that shows no problem; `because` says why silence is right."""

    subject: Subject
    because: str
    type: str | None = None
    region: str | None = "eu-west-1"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Value] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    deployed: Mapping[str, Value] | None = None
    facts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


class View:
    """A resource, or a part of one, as a rule reads it: what is unknown is noted, never guessed.

    `known` and its typed forms answer None for what is absent, null or unknown; ask `absent` before
    speaking of something that is missing.
    """

    def __init__(self, resource: Resource, missed: Missed, prefix: str = "") -> None:
        self.resource = resource
        self._missed = missed
        self._prefix = prefix

    @property
    def urn(self) -> str:
        """The resource's URN."""
        return self.resource.urn

    @property
    def type(self) -> str:
        """The resource's type token."""
        return self.resource.type

    @property
    def name(self) -> str:
        """The resource's logical name."""
        return self.resource.name

    @property
    def region(self) -> str | None:
        """Where AWS will create the resource, None when nothing says so."""
        return self.resource.region

    def path(self, path: str = "") -> str:
        """The full property path of something in this view."""
        if not self._prefix or not path:
            return self._prefix or path
        return f"{self._prefix}{path}" if path.startswith("[") else f"{self._prefix}.{path}"

    def known(self, path: str) -> Value:
        """The value in plain form, with `UNKNOWN` for unknown parts of a list or mapping."""
        value = self.resource.at(self.path(path))
        if value is ABSENT:
            return None
        plain = settled(value)  # type: ignore[arg-type]
        if isinstance(plain, Unknown):
            self.note_unknown(path)
            return None
        return plain

    def text(self, path: str) -> str | None:
        """The value if it is a known text."""
        value = self.known(path)
        return value if isinstance(value, str) else None

    def number(self, path: str) -> int | float | None:
        """The value if it is a known number, or a text that is one, as providers accept it."""
        value = self.known(path)
        if isinstance(value, str):
            return int(value) if value.isascii() and value.isdigit() and len(value) < LONGEST_NUMBER else None
        return None if isinstance(value, bool) or not isinstance(value, int | float) else value

    def flag(self, path: str) -> bool | None:
        """The value if it is a known boolean, or the text of one."""
        value = self.known(path)
        if isinstance(value, str):
            return {"true": True, "false": False}.get(value.lower())
        return value if isinstance(value, bool) else None

    def absent(self, path: str) -> bool:
        """Whether there is certainly no value: not given, or null."""
        value = self.resource.at(self.path(path))
        if isinstance(value, Secret):
            value = value.value
        if isinstance(value, Unknown | Predicted):
            self.note_unknown(path)
        return value is ABSENT or value is None

    def foreseen(self, path: str) -> Value:
        """The value with predictions taken at their word: for documents that only callbacks make.

        Say nothing *certain* on what this answers unless no prediction can have caused it.
        """
        value = self.resource.at(self.path(path))
        return None if value is ABSENT else foreseen(value)  # type: ignore[arg-type]

    def is_predicted(self, path: str) -> bool:
        """Whether the value rests on a prediction."""
        value = self.resource.at(self.path(path))
        return isinstance(value.value if isinstance(value, Secret) else value, Predicted)

    def elements(self, path: str) -> list[View]:
        """The elements of a list, each as a view. A mapping counts as a list of one."""
        value = self.resource.at(self.path(path))
        while isinstance(value, Secret):
            value = value.value
        if isinstance(value, Unknown | Predicted):
            self.note_unknown(path)
        if isinstance(value, Mapping):
            return [View(self.resource, self._missed, self.path(path))]
        if not isinstance(value, list):
            return []
        return [
            View(self.resource, self._missed, f"{self.path(path)}[{index}]") for index in range(len(value))
        ]

    def inputs(self) -> Iterator[tuple[str, Value]]:
        """Every top-level input with its property path, markers included."""
        for key, value in self.resource.inputs.items():
            yield join_path("", key), value

    def note_unknown(self, path: str, reason: str = "decided at deployment") -> None:
        """Say that a property could not be judged."""
        self._missed(self.urn, self.path(path), reason)


class PlanView:
    """A plan as a rule reads it: its resources as views, and what refers to what."""

    def __init__(self, plan: Plan, missed: Missed) -> None:
        self.plan = plan
        self._missed = missed

    @property
    def failures(self) -> tuple[CallbackFailure, ...]:
        """The callbacks that raised."""
        return self.plan.failures

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What the program would have done to the world."""
        return self.plan.refusals

    def view(self, resource: Resource) -> View:
        """One resource of the plan as a view."""
        return View(resource, self._missed)

    def resources(self) -> Iterator[View]:
        """Every resource."""
        return map(self.view, self.plan.resources)

    def of_type(self, *types: str) -> list[View]:
        """The resources of some types."""
        return [self.view(item) for token in types for item in self.plan.by_type.get(token, ())]

    def targets(self, resource: View, path: str, *types: str) -> list[View]:
        """The resources of some types whose outputs the input at `path` is made of."""
        key = resource.path(path).partition("[")[0].partition(".")[0]
        urns = resource.resource.property_dependencies.get(key, ())
        found = (self.plan.by_urn.get(urn) for urn in urns)
        return [self.view(item) for item in found if item is not None and item.type in types]

    def target(self, resource: View, path: str, *types: str) -> View | None:
        """The one resource that the input at `path` refers to; None when it is none or several."""
        found = self.targets(resource, path, *types)
        return found[0] if len(found) == 1 else None


class Rule:
    """What all rules have. The class docstring is the rule's page: summary, why it fails, what to do."""

    name: ClassVar[str]
    since: ClassVar[str] = "0.1"
    severity: ClassVar[Severity] = Severity.ERROR
    flagged: ClassVar[tuple[Flagged, ...]] = ()
    allowed: ClassVar[tuple[Allowed, ...]] = ()
    parameters: ClassVar[Mapping[str, Parameter]] = {}
    url: ClassVar[str | None] = None

    @classmethod
    def documentation(cls) -> str:
        """The rule's page as Markdown."""
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def summary(cls) -> str:
        """The first line of the page."""
        return cls.documentation().partition("\n")[0]

    @classmethod
    def section(cls, title: str) -> str:
        """The text under a `## ` heading of the page."""
        _, _, rest = cls.documentation().partition(f"## {title}\n")
        return rest.partition("\n## ")[0].strip()


class ResourceRule(Rule):
    """A rule that needs to see one resource at a time. `resource_types` may be `(ANY_TYPE,)`."""

    resource_types: ClassVar[tuple[str, ...]]

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Yield what is wrong with a resource."""
        raise NotImplementedError

    def remedy(self, resource: View, facts: Facts) -> Mapping[str, Value]:
        """The inputs that mend a resource which `check` flags; none where it is the author's to choose.

        Only what is right whoever wrote the program: a policy of the level `remediate` asks nobody.
        """
        return {}

    @classmethod
    def has_remedy(cls) -> bool:
        """Whether the rule may mend what it flags."""
        return cls.remedy is not ResourceRule.remedy


class PlanRule(Rule):
    """A rule that needs to see several resources, or how the program ran. Its problems name their URN."""

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Yield what is wrong with a plan."""
        raise NotImplementedError


def made(
    type: str,  # noqa: A002 - what Pulumi calls it
    name: str = "example",
    /,
    depends: Mapping[str, str] | None = None,
    **inputs: Value,
) -> Resource:
    """A resource for an example. `depends` maps an input to the name of the resource it is made of."""
    urn = f"urn:pulumi:dev::example::{type}::{name}"
    links = {key: (f"urn:pulumi:dev::example::{target}",) for key, target in (depends or {}).items()}
    given = dict.fromkeys(links, UNKNOWN) | inputs
    return Resource(urn, type, name, given, property_dependencies=links, region="eu-west-1")
