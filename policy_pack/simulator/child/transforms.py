"""Runs the transforms that a program has registered, which in a deployment the engine calls back for."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from typing import Any, Callable

from .structs import fill, plain, with_outputs

# Asks one of the program's callbacks, a `Callback` message, with a serialised request.
Caller = Callable[[Any, bytes], Awaitable[Any]]

# What a transform may change of the options, as the registration and as the transform name it.
_OPTIONS = (
    ("protect", "protect"),
    ("ignoreChanges", "ignore_changes"),
    ("dependencies", "depends_on"),
    ("provider", "provider"),
    ("retainOnDelete", "retain_on_delete"),
    ("deletedWith", "deleted_with"),
    ("additionalSecretOutputs", "additional_secret_outputs"),
    ("replaceOnChanges", "replace_on_changes"),
)


class Transforms:
    """Callbacks by the resource that carries them; those of the stack count for every resource."""

    def __init__(self) -> None:
        self.of_stack: list[Any] = []
        self.of_resource: dict[str, list[Any]] = {}
        self.parents: dict[str, str] = {}

    def note(self, urn: str, request: Any) -> list[Any]:
        """Remember a resource's own callbacks. Returns what to call: its own, its parents', the stack's."""
        self.parents[urn] = request.parent
        own = list(getattr(request, "transforms", ()))
        if own:
            self.of_resource[urn] = own
        if not self.of_stack and not self.of_resource:
            return []
        return [*self._inherited(urn), *self.of_stack]

    def _inherited(self, urn: str) -> Iterator[Any]:
        seen = set()
        while urn and urn not in seen:
            seen.add(urn)
            yield from self.of_resource.get(urn, ())
            urn = self.parents.get(urn, "")


async def transformed(messages: Any, request: Any, callbacks: list[Any], call: Caller) -> Exception | None:
    """Change a registration as its transforms say. Returns what the first that failed has raised."""
    for callback in callbacks:
        try:
            answer = await call(callback, _question(messages, request).SerializeToString())
        except Exception as error:
            return error
        if answer is None:
            continue
        if answer.HasField("properties"):
            request.object.CopyFrom(answer.properties)
        if answer.HasField("options"):
            _copy_options(answer.options, request, [(theirs, ours) for ours, theirs in _OPTIONS])
    return None


def _question(messages: Any, request: Any) -> Any:
    question = messages.TransformRequest(
        type=request.type, name=request.name, custom=request.custom, parent=request.parent
    )
    fill(question.properties, with_outputs(plain(request.object)))
    _copy_options(request, question.options, _OPTIONS)
    return question


def _copy_options(source: Any, target: Any, names: Any) -> None:
    for given, wanted in names:
        if given not in source.DESCRIPTOR.fields_by_name or wanted not in target.DESCRIPTOR.fields_by_name:
            continue
        value = getattr(source, given)
        if isinstance(value, (str, bool)):
            if value:
                setattr(target, wanted, value)
        else:
            del getattr(target, wanted)[:]
            getattr(target, wanted).extend(value)


async def in_process(callback: Any, question: bytes) -> Any:
    """The answer of a function that lives in this very process, None when there is none."""
    from pulumi.runtime._callbacks import _CallbackServicer

    for servicer in _CallbackServicer._servicers:
        found = servicer._callbacks.get(callback.token)
        if found is not None:
            return await found(question)
    return None
