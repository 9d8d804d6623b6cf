"""All resources of one stack, and what happened while the program made them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct, field

from policy_pack.model.resource import Resource
from policy_pack.model.source import Frame, SourceSpan
from policy_pack.model.values import Value

_PROVIDER = "pulumi:providers:"


class CallbackFailure(Struct, frozen=True):
    """An `apply` callback that raised, or with `callback` False the registration of a resource that did.

    `frames` are the user's own, innermost first; `created` is where the `apply` stands. `certain` says
    that no predicted value can have caused it, `predicted` that one stood in its frame. `culprit` names
    the expression to blame in the failing statement, where it could be found, and `span` its place.
    `in_preview` says that it needs no predicted value to fail: `pulumi preview` shows it too.
    """

    exception: str
    message: str
    frames: tuple[Frame, ...]
    created: Frame | None
    certain: bool
    predicted: bool = False
    callback: bool = True
    in_preview: bool = False
    culprit: str | None = None
    span: SourceSpan | None = None


class Refusal(Struct, frozen=True):
    """Something that the program would have done to the world while it ran, and that the simulation refused.

    `act` says what, as "the program starts a process (`git`)"; `frames` are the user's own, innermost first.
    """

    act: str
    frames: tuple[Frame, ...] = ()

    def span(self) -> SourceSpan | None:
        """Where the program does it."""
        return self.frames[0].span() if self.frames else None


class ProgramFault(Struct, frozen=True):
    """Why a program did not come to its end. `kind` is `failed` (it raised) or `stopped` (it was ended)."""

    kind: str
    message: str
    help: str | None = None
    span: SourceSpan | None = None


class ProgramRun(Struct, frozen=True):
    """How the simulation of one stack of one program went; a row of the report's `programs`.

    `missing_layers` are those of the sandbox that this machine does not have, with the reason.
    """

    path: str
    project: str
    stack: str
    region: str | None
    resources: int
    applies: int
    applies_run: int
    unknown_inputs: int
    status: str
    detail: str | None = None
    missing_layers: tuple[str, ...] = ()


class Invoke(Struct, frozen=True):
    """A data source that the program asks for at once, in a preview too, by arguments without secrets.

    `frames` lead from the call outwards; `region` is where it is asked for, None when nothing says so.
    """

    token: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    provider: str | None = None
    frames: tuple[Frame, ...] = ()
    region: str | None = None

    def span(self) -> SourceSpan | None:
        """Where the program asks."""
        return self.frames[0].span() if self.frames else None


class ConfigRead(Struct, frozen=True):
    """A configuration value that the program asks for, by its full key such as `demo:size`.

    `missing` says that it is required and not set, so that it was made up; `frames` lead from there outwards.
    """

    key: str
    missing: bool = False
    frames: tuple[Frame, ...] = ()


class Plan(Struct, frozen=True, dict=True):
    """The resources of one stack as a graph.

    `directory` is the program's, empty where it is not known. `config` holds the stack's configuration,
    secrets marked. `files` are the program's own modules; `invokes` are known where the simulator has run the
    program, and so is `config_reads`; `config_places` says where the stack's file defines a key,
    `export_frames` where the program exports a value.
    `partial` says why resources of the stack are missing, None when none are.
    """

    project: str
    stack: str
    directory: str
    resources: tuple[Resource, ...] = ()
    region: str | None = None
    config: Mapping[str, Value] = field(default_factory=dict)
    exports: Mapping[str, Value] = field(default_factory=dict)
    export_frames: Mapping[str, tuple[Frame, ...]] = field(default_factory=dict)
    failures: tuple[CallbackFailure, ...] = ()
    faults: tuple[ProgramFault, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    files: tuple[str, ...] = ()
    invokes: tuple[Invoke, ...] = ()
    config_reads: tuple[ConfigRead, ...] = ()
    config_places: Mapping[str, SourceSpan] = field(default_factory=dict)
    complete: bool = True
    partial: str | None = None

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Resources by URN; of duplicates, the first."""
        found: dict[str, Resource] = {}
        for resource in self.resources:
            found.setdefault(resource.urn, resource)
        return found

    @cached_property
    def by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        """Resources by type token, in the order they were registered."""
        groups: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            groups[resource.type].append(resource)
        return {kind: tuple(members) for kind, members in groups.items()}


def with_regions(resources: Sequence[Resource], stack_region: str | None) -> Iterator[Resource]:
    """Give each resource its region: its own input, else its provider's, else the stack's."""
    providers = providers_of(resources)
    for resource in resources:
        own = resource.inputs.get("region")
        yield resource.placed(region_of(own, resource.provider, providers, stack_region))


def providers_of(resources: Sequence[Resource]) -> Mapping[str, Resource]:
    """The explicit providers among resources, by URN."""
    return {item.urn: item for item in resources if item.type.startswith(_PROVIDER)}


def region_of(
    own: Value, reference: str | None, providers: Mapping[str, Resource], stack_region: str | None
) -> str | None:
    """The region of what names its own, has a provider by reference, or neither."""
    provider = providers.get((reference or "").rpartition("::")[0])
    given = own if own is not None else (provider.inputs.get("region") if provider else None)
    return stack_region if given is None else (given if isinstance(given, str) else None)
