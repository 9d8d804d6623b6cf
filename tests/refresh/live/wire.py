"""AWS's wire protocols, the server's side, driven by botocore's own service models."""

from __future__ import annotations

import base64
import datetime
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape, quoteattr

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer

CBOR = "smithy-rpc-v2-cbor"
_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_SESSION = botocore.session.Session()


@dataclass(frozen=True)
class Call:
    """One request, as it was understood."""

    service: str
    operation: str
    region: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> OperationModel:
        return service_model(self.service).operation_model(self.operation)


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes


@cache
def service_model(service: str) -> ServiceModel:
    return _SESSION.get_service_model(service)


@cache
def pagination(service: str, operation: str) -> tuple[str, str, str | None] | None:
    """Where an operation takes its token, gives the next one, and takes the size of pages."""
    try:
        model = _SESSION.get_paginator_model(service).get_paginator(operation)
    except (ValueError, botocore.exceptions.UnknownServiceError, botocore.exceptions.DataNotFoundError):
        output = service_model(service).operation_model(operation).output_shape
        found = next((name for name in ("NextToken", "Marker") if name in output.members), None)
        return (found, found, "MaxResults") if found else None
    return model["input_token"], model["output_token"], model.get("limit_key")


def protocol(service: str) -> str:
    return str(service_model(service).resolved_protocol)


# Requests


def understand(
    services: Iterable[str], method: str, target: str, headers: Mapping[str, str], body: bytes
) -> Call:
    """Which operation is asked for, and with which top-level parameters."""
    scope = _SCOPE.search(headers["Authorization"])
    assert scope
    service = next(each for each in services if service_model(each).signing_name == scope[3])
    name, parameters = _READERS[protocol(service)](service_model(service), method, target, headers, body)
    return Call(service, name, scope[2], parameters)


def _read_form(
    model: ServiceModel, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, dict[str, Any]]:
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return form["Action"], {key: value for key, value in form.items() if key not in {"Action", "Version"}}


def _read_json(
    model: ServiceModel, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, dict[str, Any]]:
    return headers["X-Amz-Target"].rpartition(".")[2], json.loads(body)


def _read_cbor(
    model: ServiceModel, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, dict[str, Any]]:
    parser = RpcV2CBORParser()
    content = parser.parse_data_item(io.BufferedReader(io.BytesIO(body))) if body else {}
    return target.rpartition("/")[2], content


def _read_rest(
    model: ServiceModel, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, dict[str, Any]]:
    parts = urlsplit(target)
    for pattern, verb, name in _routes(model.service_name):
        found = pattern.fullmatch(parts.path)
        if found and verb == method:
            path = {key: unquote(value) for key, value in found.groupdict().items()}
            content = json.loads(body) if body and "json" in protocol(model.service_name) else {}
            sent = {**dict(parse_qsl(parts.query)), **path, **content}
            return name, _named(model.operation_model(name).input_shape, sent)
    raise LookupError(f"{method} {target}")


def _named(shape: Shape | None, sent: Mapping[str, Any]) -> dict[str, Any]:
    members = shape.members.items() if shape else ()
    names = {member.serialization.get("name", key): key for key, member in members}
    return {names.get(key, key): value for key, value in sent.items()}


@cache
def _routes(service: str) -> list[tuple[re.Pattern[str], str, str]]:
    routes = []
    model = service_model(service)
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = http["requestUri"].partition("?")[0]
        pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        routes.append((re.compile(pattern), http["method"], name))
    return sorted(routes, key=lambda route: route[0].pattern.count("(?P"))


_READERS = {
    "query": _read_form,
    "ec2": _read_form,
    "json": _read_json,
    "rest-json": _read_rest,
    "rest-xml": _read_rest,
    CBOR: _read_cbor,
}


# Answers


def answer(call: Call, output: Mapping[str, Any]) -> Response:
    """An output, in the form that boto3 would parse it to, on the wire."""
    kind, shape = protocol(call.service), call.model.output_shape
    headers = {"x-amzn-RequestId": "request", "Content-Type": "text/xml"}
    if kind == CBOR:
        return Response(200, headers | {"smithy-protocol": "rpc-v2-cbor"}, _cbor(shape, output))
    if kind == "json":
        return Response(200, headers, json.dumps(_json(shape, output)).encode())
    if kind in {"query", "ec2"}:
        return Response(200, headers, _envelope(call, "".join(_members(shape, output))).encode())
    return _rest(kind, shape, output, headers)


def refusal(call: Call, status: int, code: str, message: str = "no") -> Response:
    """An error on the wire."""
    kind = protocol(call.service)
    content = {"__type": code, "message": message}
    if kind == CBOR:
        body = bytearray()
        shape = _text_map()
        RpcV2CBORSerializer()._serialize_data_item(body, content, shape)
        return Response(status, {"smithy-protocol": "rpc-v2-cbor"}, bytes(body))
    if "json" in kind:
        return Response(status, {"x-amzn-errortype": code}, json.dumps(content).encode())
    error = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    if kind == "ec2":
        text = f"<Response><Errors>{error}</Errors><RequestID>request</RequestID></Response>"
    else:
        text = f"<ErrorResponse>{error}<RequestId>request</RequestId></ErrorResponse>"
    return Response(status, {}, text.encode())


def _rest(kind: str, shape: Shape, output: Mapping[str, Any], headers: dict[str, str]) -> Response:
    """Members with a location go there, the payload or the rest makes the body."""
    located = {key: member for key, member in shape.members.items() if "location" in member.serialization}
    for key, member in located.items():
        if key in output and member.serialization["location"] == "header":
            headers[member.serialization["name"]] = _text(member, output[key])
    payload = shape.serialization.get("payload")
    inner = shape.members[payload] if payload else shape
    content = output.get(payload) if payload else {key: output[key] for key in output if key not in located}
    if kind == "rest-json":
        return Response(200, headers, json.dumps(_json(inner, content)).encode())
    return Response(200, headers, f"<Result>{''.join(_members(inner, content))}</Result>".encode())


def _envelope(call: Call, content: str) -> str:
    metadata = "<requestId>request</requestId>"
    wrapper = call.model.output_shape.serialization.get("resultWrapper")
    if wrapper:
        content = f"<{wrapper}>{content}</{wrapper}>"
        metadata = "<ResponseMetadata><RequestId>request</RequestId></ResponseMetadata>"
    return f'<{call.operation}Response xmlns="urn:x">{content}{metadata}</{call.operation}Response>'


def _members(shape: Shape, value: Mapping[str, Any]) -> Iterable[str]:
    for key, member in shape.members.items():
        if value.get(key) is not None and not member.serialization.get("xmlAttribute"):
            yield _element(member, _name(member, key), value[key])


def _name(shape: Shape, key: str) -> str:
    inner = shape.member.serialization.get("name") if _is_flat(shape) and shape.type_name == "list" else None
    return str(inner or shape.serialization.get("name") or key)


def _is_flat(shape: Shape) -> bool:
    return bool(shape.serialization.get("flattened"))


def _element(shape: Shape, name: str, value: Any) -> str:
    if shape.type_name == "list":
        inner = name if _is_flat(shape) else shape.member.serialization.get("name", "member")
        items = "".join(_element(shape.member, inner, each) for each in value)
        return items if _is_flat(shape) else f"<{name}>{items}</{name}>"
    if shape.type_name == "map":
        return _map(shape, name, value)
    if shape.type_name == "structure":
        attributes = "".join(
            f" {member.serialization['name']}={quoteattr(str(value[key]))}"
            for key, member in shape.members.items()
            if member.serialization.get("xmlAttribute") and key in value
        )
        space = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' if "xsi:" in attributes else ""
        return f"<{name}{space}{attributes}>{''.join(_members(shape, value))}</{name}>"
    return f"<{name}>{escape(_text(shape, value))}</{name}>"


def _map(shape: Shape, name: str, value: Mapping[str, Any]) -> str:
    keys, values = (each.serialization.get("name") for each in (shape.key, shape.value))
    pairs = [
        _element(shape.key, keys or "key", key) + _element(shape.value, values or "value", each)
        for key, each in value.items()
    ]
    if _is_flat(shape):
        return "".join(f"<{name}>{pair}</{name}>" for pair in pairs)
    return f"<{name}>{''.join(f'<entry>{pair}</entry>' for pair in pairs)}</{name}>"


def _text(shape: Shape, value: Any) -> str:
    if shape.type_name == "boolean":
        return str(value).lower()
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value)


def _json(shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure":
        if getattr(shape, "is_document_type", False):
            return value
        return {
            member.serialization.get("name", key): _json(member, value[key])
            for key, member in shape.members.items()
            if value.get(key) is not None
        }
    if shape.type_name == "list":
        return [_json(shape.member, each) for each in value]
    if shape.type_name == "map":
        return {key: _json(shape.value, each) for key, each in value.items()}
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    return value.timestamp() if isinstance(value, datetime.datetime) else value


def _cbor(shape: Shape, output: Mapping[str, Any]) -> bytes:
    body = bytearray()
    RpcV2CBORSerializer()._serialize_data_item(body, output, shape)
    return bytes(body)


@cache
def _text_map() -> Shape:
    text = {"shape": "Text"}
    shapes = {"Text": {"type": "string"}, "Map": {"type": "map", "key": text, "value": text}}
    return ServiceModel({"metadata": {}, "operations": {}, "shapes": shapes}).shape_for("Map")
