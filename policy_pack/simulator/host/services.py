"""The engine's services behind a socket: the monitor of all programs, and what only a host has beside it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, message_factory
from grpc import aio

from policy_pack.simulator.child.records import LOOKUP, Lookup

# A lookup's frames, and whether a secret is among its arguments, as the program's shim tells them.
LOOKUP_KEY = "preflight-lookup-bin"


class Foreign:
    """Tells the user's files by what the paths of all others contain."""

    def __init__(self, parts: list[str]) -> None:
        self.parts = parts

    def owns(self, filename: str) -> bool:
        """Whether a file is the user's."""
        return not any(part in filename for part in self.parts)


class Engine:
    """The `Engine` service: keeps the errors that the program reports, and the stack's URN."""

    def __init__(self, messages: Any) -> None:
        self.messages = messages
        self.root = ""
        self.errors: list[str] = []

    def Log(self, request: Any) -> Any:  # noqa: N802 - the protocol's own names, here and below
        """Keep an error's text."""
        if request.severity == self.messages.ERROR:
            self.errors.append(request.message)
        return empty_pb2.Empty()

    def GetRootResource(self, request: Any) -> Any:  # noqa: N802
        """The stack's URN."""
        return self.messages.GetRootResourceResponse(urn=self.root)

    def SetRootResource(self, request: Any) -> Any:  # noqa: N802
        """Remember the stack's URN."""
        self.root = request.urn
        return self.messages.SetRootResourceResponse()

    def StartDebugging(self, request: Any) -> Any:  # noqa: N802
        """There is nobody to debug."""
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: Any) -> Any:  # noqa: N802
        """Any version that a program asks for is satisfied."""
        return self.messages.RequirePulumiVersionResponse()


def handler(service: Any, target: Any) -> grpc.GenericRpcHandler:
    """Every method of a service that a target has; the others are not implemented."""
    return grpc.method_handlers_generic_handler(
        service.full_name,
        {
            method.name: grpc.unary_unary_rpc_method_handler(
                _answering(getattr(target, method.name)),
                request_deserializer=message_factory.GetMessageClass(method.input_type).FromString,
                response_serializer=_serialized,
            )
            for method in service.methods
            if hasattr(target, method.name)
        },
    )


def _serialized(message: Any) -> bytes:
    return bytes(message.SerializeToString())


def _answering(act: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    async def answer(request: Any, context: Any) -> Any:
        for key, value in context.invocation_metadata() or ():
            if key == LOOKUP_KEY:
                LOOKUP.set(_lookup(value))
        response = act(request)
        return await response if inspect.isawaitable(response) else response

    return answer


def _lookup(value: bytes) -> Lookup:
    told = json.loads(value)
    lookup = Lookup(told["frames"])
    lookup.secret = bool(told["secret"])
    return lookup


class Callbacks:
    """Reaches the functions that the SDK serves for the engine to call.

    A program in a network of its own serves them on a socket in `directory`, named after the port it tells.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    async def call(self, callback: Any, question: bytes) -> bytes:
        """The serialised answer of one of the program's functions."""
        from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc

        async with aio.insecure_channel(self._address(callback.target)) as channel:
            stub = callback_pb2_grpc.CallbacksStub(channel)
            asked = callback_pb2.CallbackInvokeRequest(token=callback.token, request=question)
            answered = await stub.Invoke(asked)
        return bytes(answered.response)

    def _address(self, target: str) -> str:
        socket = self.directory / f"callbacks-{target.rpartition(':')[2]}.sock"
        return f"unix:{socket}" if socket.exists() else target
