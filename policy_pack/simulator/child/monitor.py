"""Plays the engine's part of the Pulumi protocol, for the SDK in this very process or behind a socket."""

from __future__ import annotations

import threading
import traceback
from typing import Any, Callable
from urllib.parse import unquote

from . import invokes
from .options import STACK, Options, urn_of
from .predictions import Predictor
from .records import LOOKUP, Channel, Owner
from .references import STACK_REFERENCE, References
from .structs import UNKNOWN, fill, plain, without_references
from .transforms import Caller, Transforms, in_process, transformed, transformed_invoke

# SECRETS to SENDS_OPTIONS_TO_HOOKS, without OUTPUT_VALUES (2): the SDK then resolves outputs itself.
FEATURES: list[Any] = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
GET_RESOURCE = "pulumi:pulumi:getResource"
DYNAMIC = ("pulumi-python:dynamic", "pulumi-nodejs:dynamic")


class Monitor:
    """The `ResourceMonitor` service as plain methods; each takes and returns protobuf messages.

    In the faithful pass outputs are what a preview knows: the inputs. In the predicted pass each output
    that the package declares is there. A method never raises: the SDK would not survive it. `owner` tells
    the user's files where requests carry all frames; `call` reaches the program's callbacks.
    """

    def __init__(
        self,
        channel: Channel,
        predictor: Predictor,
        request: dict[str, Any],
        owner: Owner | None = None,
        call: Caller = in_process,
    ) -> None:
        from google.protobuf import empty_pb2
        from pulumi.runtime.proto import resource_pb2

        self.messages = resource_pb2
        self.empty = empty_pb2.Empty
        self.channel = channel
        self.predictor = predictor
        self.predicted = request["mode"] == "predicted"
        self.options = Options(request["stack"], request["project"])
        self.states: dict[str, dict[str, Any]] = {}
        self.told: set[str] = set()
        self.owner = owner
        self.call = call
        self.transforms = Transforms()
        self.references = References(channel, predictor, request)
        self.lock = threading.Lock()

    def GetDeploymentInfo(self, request: Any) -> Any:  # noqa: N802 - the protocol's own names, here and below
        """What this engine can do."""
        return self.messages.DeploymentInfo(supportedFeatures=FEATURES)

    def SupportsFeature(self, request: Any) -> Any:  # noqa: N802
        """The same, asked one by one by older SDKs."""
        return self.messages.SupportsFeatureResponse(hasSupport=request.id != "outputValues")

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        """Record a resource and answer with its state."""
        urn = self._urn(request)
        if request.type == STACK:
            return self.messages.RegisterResourceResponse(urn=urn)
        callbacks = self.transforms.note(urn, request)
        return self._transformed(request, urn, callbacks) if callbacks else self._registered(request, urn)

    def _registered(self, request: Any, urn: str) -> Any:
        return self._guarded(
            lambda: self._register(request, urn), lambda: self.messages.RegisterResourceResponse(urn=urn)
        )

    async def _transformed(self, request: Any, urn: str, callbacks: list[Any]) -> Any:
        """The resource is registered even when a transform fails; the failure is the program's."""
        error = await transformed(self.messages, request, callbacks, self.call)
        response = self._registered(request, urn)
        if error is not None:
            raise error
        return response

    def _register(self, request: Any, urn: str) -> Any:
        inputs = plain(request.object)
        self._record("resource", request, urn, inputs, custom=request.custom, remote=request.remote)
        state, identity = self._state(request, urn, without_references(inputs))
        with self.lock:
            self.states[urn] = {"urn": urn, "id": identity, "state": state}
        response = self.messages.RegisterResourceResponse(urn=urn, id=identity)
        fill(response.object, state)
        return response

    def _state(self, request: Any, urn: str, inputs: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """The outputs and the id to answer with; an empty id is an unknown one."""
        kind = request.type
        if request.remote and self.predicted:
            return self.predictor.component_outputs(kind, urn), ""
        if not request.custom or request.remote:
            return {}, ""
        if kind.startswith("pulumi:providers:"):
            return inputs, UNKNOWN
        if not self.predicted or kind.startswith(DYNAMIC):
            return self.predictor.echoed(kind, inputs), request.importId
        state = self.predictor.outputs(kind, urn, inputs)
        arn = state.get("arn")
        arn = arn if isinstance(arn, str) else self.predictor.arn(kind, urn, inputs)
        return state, request.importId or self.predictor.resource_id(kind, urn, inputs, arn)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """An existing resource: its id is known, its outputs are what the pass allows."""
        urn = self._urn(request)
        response = self.messages.ReadResourceResponse(urn=urn)
        if "id" in response.DESCRIPTOR.fields_by_name:
            response.id = request.id
        return self._guarded(lambda: self._read(request, urn, response), lambda: response)

    def _read(self, request: Any, urn: str, response: Any) -> Any:
        inputs = plain(request.properties)
        self._record("read", request, urn, inputs, id=request.id)
        if request.type == STACK_REFERENCE:
            fill(response.properties, self.references.properties(str(inputs.get("name") or request.id)))
        elif self.predicted:
            fill(response.properties, self.predictor.outputs(request.type, urn, inputs))
        else:
            response.properties.CopyFrom(request.properties)
        return response

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        """A data source. Its answer is concrete in both passes, as it is in a preview."""
        response = self._invoke_response()
        if self.transforms.of_invokes and request.tok != GET_RESOURCE:
            return self._transformed_invoke(request, response)
        return self._answered(request, response)

    def _answered(self, request: Any, response: Any) -> Any:
        return self._guarded(lambda: self._invoke(request, response), lambda: response)

    async def _transformed_invoke(self, request: Any, response: Any) -> Any:
        error = await transformed_invoke(self.messages, request, self.transforms.of_invokes, self.call)
        if error is not None:
            raise error
        return self._answered(request, response)

    def _invoke_response(self) -> Any:
        if hasattr(self.messages, "ResourceInvokeResponse"):
            return self.messages.ResourceInvokeResponse()
        from pulumi.runtime.proto import provider_pb2

        return provider_pb2.InvokeResponse()

    def _invoke(self, request: Any, response: Any) -> Any:
        arguments = plain(request.args)
        if request.tok == GET_RESOURCE:
            urn = arguments.get("urn", "")
            with self.lock:
                result = self.states.get(urn)
            result = result or self.predictor.child(urn) or {"urn": urn, "id": "", "state": {}}
        else:
            result = invokes.answer(self.predictor, request.tok, arguments)
        # In the faithful pass only data sources make anything up, so these are the texts to look for.
        with self.lock:
            fresh = [] if self.predicted else sorted(self.predictor.made_up - self.told)
            self.told.update(fresh)
        self.channel.send("invoke", token=request.tok, made_up=fresh, **_lookup(request, arguments))
        fill(getattr(response, "return"), result)
        return response

    def Call(self, request: Any) -> Any:  # noqa: N802
        """A method of a remote component; its result is unknown, as nothing is known of what it does."""
        response = self._call_response()
        fill(getattr(response, "return"), {"result": UNKNOWN})
        return response

    def _call_response(self) -> Any:
        if hasattr(self.messages, "ResourceCallResponse"):
            return self.messages.ResourceCallResponse()
        from pulumi.runtime.proto import provider_pb2

        return provider_pb2.CallResponse()

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Outputs of a component, and the stack's exports."""
        self._guarded(
            lambda: self.channel.send("outputs", urn=request.urn, outputs=plain(request.outputs)), self.empty
        )
        return self.empty()

    def RegisterPackage(self, request: Any) -> Any:  # noqa: N802
        """A parameterised package; any reference will do."""
        return self.messages.RegisterPackageResponse(ref=f"{request.name}-{request.version}")

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: N802
        """A transform for every resource that is registered from here on."""
        self.transforms.of_stack.append(request)
        return self.empty()

    def RegisterStackInvokeTransform(self, request: Any) -> Any:  # noqa: N802
        """A transform for every data source that is asked from here on."""
        self.transforms.of_invokes.append(request)
        return self.empty()

    def RegisterResourceHook(self, request: Any) -> Any:  # noqa: N802
        """A function to call when a resource is created or deleted: a simulation does neither."""
        return self.empty()

    RegisterErrorHook = SignalAndWaitForShutdown = RegisterResourceHook

    def _urn(self, request: Any) -> str:
        return urn_of(self.options.stack, self.options.project, request.parent, request.type, request.name)

    def _record(self, kind: str, request: Any, urn: str, inputs: dict[str, Any], **more: Any) -> None:
        self.channel.send(
            kind,
            urn=urn,
            type=request.type,
            name=request.name,
            inputs={key: value for key, value in inputs.items() if key != "__provider"},
            parent=request.parent or None,
            provider=request.provider or None,
            dependencies=sorted(request.dependencies),
            frames=self._frames(request),
            property_dependencies=_property_dependencies(request),
            **self.options.note(urn, request),
            **more,
        )

    def _frames(self, request: Any) -> list[Any]:
        """The user's frames among those of the request's stack trace, else its source position."""
        trace = getattr(request, "stackTrace", None)
        places = [frame.pc for frame in trace.frames] if trace is not None else []
        if not places and request.sourcePosition.uri:
            places = [request.sourcePosition]
        found = [
            [unquote(place.uri[len("file://") :]), place.line, "", *([place.column] if place.column else [])]
            for place in places
            if place.line
        ]
        return [frame for frame in found if self.owner is None or self.owner.owns(frame[0])]

    def _guarded(self, act: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
        try:
            return act()
        except Exception:
            self.channel.send("internal-error", detail=traceback.format_exc(limit=-6))
            return otherwise()


def _lookup(request: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a data source is asked for; no arguments where one is secret."""
    lookup = LOOKUP.get()
    hidden = lookup is None or lookup.secret
    return {
        "arguments": None if hidden else arguments,
        "provider": request.provider or None,
        "frames": lookup.frames if lookup else [],
    }


def _property_dependencies(request: Any) -> dict[str, list[str]]:
    """The resources that each property depends on; the SDK sends them in another order each time."""
    known = request.DESCRIPTOR.fields_by_name
    dependencies = request.propertyDependencies if "propertyDependencies" in known else {}
    return {key: sorted(item.urns) for key, item in sorted(dependencies.items()) if item.urns}
