"""Makes the SDK of this process cheaper where its costs grow with the program; it answers the same.

Each change touches an internal name of the SDK, so each is made only where all that it needs has that name.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
from typing import Any, Callable
from urllib.parse import quote

from .records import UserCode

_MAX_KEPT = 50_000


def install(user: UserCode) -> None:
    """Patch the SDK that this process has imported."""
    import pulumi
    from pulumi import _types
    from pulumi.runtime import resource, rpc, settings

    pulumi.log.debug = lambda *args, **kwargs: None
    _light_positions(resource, user)
    _light_types(_types)
    if hasattr(pulumi.Output, "_from_data"):
        _light_outputs(rpc, importlib.import_module("pulumi.output"))
        _light_names(resource, settings, pulumi.Output)
        _light_tracking(pulumi.Output, settings)


def _light_outputs(rpc: Any, output: Any) -> None:
    """Give each property of a resource one future; the SDK makes four and a task that waits for them."""
    data_class = getattr(output, "_OutputData", None)
    wanted = ["res", "props", "custom"]
    if data_class is None or _parameters(getattr(rpc, "transfer_properties", None)) != wanted:
        return
    from_data = output.Output._from_data

    def resolver(resource: Any, future: asyncio.Future[Any]) -> Callable[..., None]:
        def resolve(value: Any, is_known: bool, is_secret: bool, deps: Any, failed: Any) -> None:
            if failed is not None:
                future.set_exception(failed)
                return
            found = {*deps, resource} if deps else {resource}
            future.set_result(
                data_class(resources=found, value=value, is_known=is_known, is_secret=is_secret)
            )

        return resolve

    def transfer_properties(res: Any, props: Any, custom: bool) -> dict[str, Callable[..., None]]:
        resolvers = {}
        new_future = asyncio.get_event_loop().create_future
        for name in props:
            if name != "urn" and not (name == "id" and custom):
                future = new_future()
                resolvers[name] = resolver(res, future)
                res.__dict__[name] = from_data(future)
        return resolvers

    rpc.transfer_properties = transfer_properties


def _light_names(resource: Any, settings: Any, output_class: Any) -> None:
    """Put a URN of plain texts together at once; the SDK makes seven outputs for one that nobody asks for."""
    original: Any = getattr(resource, "create_urn", None)
    if _parameters(original) != ["name", "type_", "parent", "project", "stack"]:
        return

    def create_urn(name: Any, type_: Any, parent: Any = None, project: Any = None, stack: Any = None) -> Any:
        if not (isinstance(name, str) and isinstance(type_, str) and isinstance(parent, (str, type(None)))):
            return original(name, type_, parent, project, stack)
        if parent is not None:
            prefix = parent[: parent.rfind("::")] + "$"
        else:
            prefix = f"urn:pulumi:{stack or settings.get_stack()}::{project or settings.get_project()}::"
        return output_class.from_input(f"{prefix}{type_}::{name}")

    resource.create_urn = create_urn


def _light_tracking(output_class: Any, settings: Any) -> None:
    """Keep the outputs that are not settled without a lock: all is done by the one thread of the loop."""
    if not hasattr(output_class, "_track") or not hasattr(settings.SETTINGS, "outputs"):
        return

    def settled(future: asyncio.Future[Any]) -> None:
        if not future.cancelled() and future.exception() is None:
            settings.SETTINGS.outputs.discard(future)

    def track(self: Any) -> None:
        settings.SETTINGS.outputs.add(self._data)
        self._data.add_done_callback(settled)

    output_class._track = track


def _light_types(types: Any) -> None:
    """Remember what a declared type comes down to: each resource of a class has the same types."""
    for name in ("unwrap_type", "_is_union_type", "_is_optional_type"):
        if _parameters(getattr(types, name, None)) in (["val"], ["tp"]):
            setattr(types, name, _remembered(getattr(types, name)))


def _remembered(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of one type with its results kept by identity: types that are equal may differ in order."""
    kept: dict[int, tuple[Any, Any]] = {}

    @functools.wraps(function)
    def remembered(kind: Any) -> Any:
        found = kept.get(id(kind))
        if found is None:
            if len(kept) >= _MAX_KEPT:
                kept.clear()
            # The type is kept too, so that its identity stays its own.
            found = kept[id(kind)] = (kind, function(kind))
        return found[1]

    return remembered


def _parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters) if callable(function) else []


def _light_positions(resource: Any, user: UserCode) -> None:
    """Give requests the user's own frames, without reading source files for them."""
    if hasattr(resource, "_get_stack_trace"):
        from pulumi.runtime.proto import source_pb2

        def stack_trace() -> Any:
            frames = [source_pb2.StackFrame(pc=_position(frame)) for frame in user.frames(2)]
            return source_pb2.StackTrace(frames=frames)

        resource._get_stack_trace = stack_trace
        resource._get_source_position = lambda trace: trace.frames[0].pc if trace.frames else None
    elif hasattr(resource, "_get_source_position"):

        def source_position(*args: Any) -> Any:
            frames = user.frames(2)
            return _position(frames[0]) if frames else None

        resource._get_source_position = source_position


def _position(frame: list[Any]) -> Any:
    from pulumi.runtime.proto import source_pb2

    return source_pb2.SourcePosition(uri="file://" + quote(frame[0]), line=frame[1])
