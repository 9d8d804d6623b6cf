"""Runs the transforms that a program has registered, which in a deployment the engine calls back for."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Iterator
from typing import Any, Callable

from .structs import fill, plain, with_outputs

# Asks one of the program's callbacks, a `Callback` message: from serialised request to serialised answer.
Caller = Callable[[Any, bytes], Awaitable["bytes | None"]]

# Options whose field of the registration is not the camelCase form of their own name.
_FIELDS = {
    "depends_on": "dependencies",
    "import": "importId",
    "hide_diff": "hideDiffs",
    "replace_with": "replace_with",
    "replacement_trigger": "replacement_trigger",
    "plugin_download_url": "pluginDownloadURL",
}


class Transforms:
    """Callbacks by the resource that carries them; those of the stack count for every resource."""

    def __init__(self) -> None:
        self.of_stack: list[Any] = []
        self.of_invokes: list[Any] = []
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

    def take(said: bytes) -> None:
        answer = messages.TransformResponse.FromString(said)
        if answer.HasField("properties"):
            request.object.CopyFrom(answer.properties)
        if answer.HasField("options"):
            _set_options(request, answer.options)

    return await _asked(callbacks, call, lambda: _question(messages, request), take)


async def transformed_invoke(
    messages: Any, request: Any, callbacks: list[Any], call: Caller
) -> Exception | None:
    """Change what a data source is asked. Returns what the first transform that failed has raised."""

    def question() -> Any:
        asked = messages.TransformInvokeRequest(token=request.tok, args=request.args)
        asked.options.provider = request.provider
        asked.options.version = request.version
        return asked

    def take(said: bytes) -> None:
        answer = messages.TransformInvokeResponse.FromString(said)
        if answer.HasField("args"):
            request.args.CopyFrom(answer.args)
        if answer.HasField("options"):
            request.provider = answer.options.provider

    return await _asked(callbacks, call, question, take)


async def _asked(
    callbacks: list[Any], call: Caller, question: Callable[[], Any], take: Callable[[bytes], None]
) -> Exception | None:
    """Ask each callback about what those before it left. Returns what the first that failed has raised."""
    for callback in callbacks:
        try:
            said = await call(callback, question().SerializeToString())
        except Exception as error:
            return error
        if said is not None:
            take(said)
    return None


def _question(messages: Any, request: Any) -> Any:
    question = messages.TransformRequest(
        type=request.type, name=request.name, custom=request.custom, parent=request.parent
    )
    fill(question.properties, with_outputs(plain(request.object)))
    for option, field in _options(question.options, request):
        if option != "delete_before_replace" or request.deleteBeforeReplaceDefined:
            _copy(request, field, question.options, option)
    return question


def _set_options(request: Any, options: Any) -> None:
    """Put the options that a transform answers in the place of those asked for, as the engine does."""
    for option, field in _options(options, request):
        request.ClearField(field)
        _copy(options, option, request, field)
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")


def _options(options: Any, request: Any) -> Iterator[tuple[str, str]]:
    """The options that both messages of this SDK have, each with its field of the registration."""
    known = request.DESCRIPTOR.fields_by_name
    for option in options.DESCRIPTOR.fields_by_name:
        head, *rest = option.split("_")
        field = _FIELDS.get(option, head + "".join(word.capitalize() for word in rest))
        if field in known:
            yield option, field


def _copy(source: Any, given: str, target: Any, wanted: str) -> None:
    """Copy a field where it is set: a scalar, a message, a list or a map."""
    if given not in {field.name for field, _ in source.ListFields()}:
        return
    value = getattr(source, given)
    if isinstance(value, (str, bool)):
        setattr(target, wanted, value)
    elif hasattr(value, "CopyFrom"):
        getattr(target, wanted).CopyFrom(value)
    else:
        getattr(target, wanted).MergeFrom(value)


async def in_process(callback: Any, question: bytes) -> bytes | None:
    """The answer of a function that lives in this very process, None when there is none."""
    from pulumi.runtime._callbacks import _CallbackServicer

    for servicer in _CallbackServicer._servicers:
        found = servicer._callbacks.get(callback.token)
        if found is not None:
            return bytes((await found(question)).SerializeToString())
    return None


def serve_callbacks(monitor: Any) -> None:
    """Keep callbacks in this process, where the SDK would start a server for the engine to call.

    Called within the program's event loop. The oldest SDKs have no callbacks.
    """
    try:
        from pulumi.runtime import _callbacks, settings
    except ImportError:
        return
    network = _callbacks.aio
    _callbacks.aio = types.SimpleNamespace(server=_NoServer)
    try:
        settings.SETTINGS.callbacks = _callbacks._CallbackServicer(monitor)
    finally:
        _callbacks.aio = network


class _NoServer:
    """What the SDK sets up and ends in place of a gRPC server."""

    def __init__(self, **options: Any) -> None: ...

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: 0

    async def stop(self, grace: Any) -> None:
        """There is nothing to end."""
