"""Answers what a program asks AWS by boto3 while it runs, from the shapes that botocore has of each answer.

Nothing is sent, nothing is waited for. The texts of an answer are made up, and remembered as such.
"""

from __future__ import annotations

import base64
import datetime
import importlib
import io
import re
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any, Callable

from .predictions import Predictor
from .records import Channel

_MAX_DEPTH = 8
_ZONES = 3
# What says that there is more: there never is.
_MORE = re.compile(
    r"^[nN]ext|(Continuation|Pagination|Page)Token$|^[mM]arker$|^LastEvaluated|Truncated$|^[hH]as[mM]ore"
)
_READS = re.compile(
    r"^(Assume|BatchCheck|BatchDescribe|BatchGet|Check|Decode|Describe|Estimate|Get|Head|List|Lookup|Query|Scan|"
    r"Search|Select|Simulate|Validate)"
)
_ACCOUNT = re.compile(r"^(a|A)ccount(Id)?$|^(ownerId|OwnerId|registryId|userId|UserId)$")
# Of the values of an enumeration, those of something that is there and works.
_GOOD = ("available", "active", "running", "enabled", "issued", "deployed", "succeeded", "complete", "ready")


def install(tell: Callable[[str], None], predictor: Predictor, channel: Channel) -> None:
    """Change botocore as soon as the program imports it; without it this costs nothing."""
    answers = _Answers(tell, predictor, channel)
    changes: dict[str, Callable[[Any], None]] = {
        "botocore.client": answers.change_clients,
        "botocore.session": answers.change_sessions,
        "botocore.waiter": _change_waiters,
    }
    for name in [name for name in changes if name in sys.modules]:
        changes.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, _Finder(changes))


class _Finder:
    """Finds modules as always, and changes some once they are loaded."""

    def __init__(self, changes: dict[str, Callable[[Any], None]]) -> None:
        self.changes = changes

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        change = self.changes.pop(name, None)
        spec = PathFinder.find_spec(name, path, target) if change is not None else None
        if spec is None or spec.loader is None or change is None:
            return None
        load: Any = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            load(module)
            change(module)

        loader: Any = spec.loader
        loader.exec_module = exec_module
        return spec


def _change_waiters(module: Any) -> None:
    module.Waiter.wait = lambda self, **arguments: None


class _Answers:
    def __init__(self, tell: Callable[[str], None], predictor: Predictor, channel: Channel) -> None:
        self.tell = tell
        self.predictor = predictor
        self.channel = channel

    def change_clients(self, module: Any) -> None:
        """Answer every call of every client."""

        def make_api_call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            return self.answer(client.meta.service_model, operation, arguments or {})

        module.BaseClient._make_api_call = make_api_call

    def change_sessions(self, module: Any) -> None:
        """Give every session a region, and credentials that are good for nothing but signing."""
        session = module.Session
        config_variable, scoped_config = session.get_config_variable, session.get_scoped_config
        not_found = importlib.import_module("botocore.exceptions").ProfileNotFound

        def get_config_variable(this: Any, name: str, *others: Any, **options: Any) -> Any:
            value = config_variable(this, name, *others, **options)
            return self.predictor.region if value is None and name == "region" else value

        def get_scoped_config(this: Any) -> Any:
            try:
                return scoped_config(this)
            except not_found:
                return {}

        def get_credentials(this: Any) -> Any:
            credentials = importlib.import_module("botocore.credentials")
            return credentials.Credentials("predicted", "predicted")

        session.get_config_variable = get_config_variable
        session.get_scoped_config = get_scoped_config
        session.get_credentials = get_credentials

    def answer(self, service: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """An answer to one call. What would change something is told, and not done either."""
        name = f"{service.service_name}.{operation}"
        if not _READS.match(operation):
            self.tell(f"the program calls `{name}` of AWS")
        known = set(self.predictor.made_up)
        shape = service.operation_model(operation).output_shape
        maker = _Maker(self.predictor, f"aws:{service.service_name}:{operation}", _given(arguments))
        result = maker.structure(shape, name, ()) if shape is not None else {}
        fresh = sorted(self.predictor.made_up - known)
        if fresh:
            self.channel.send("made-up", texts=fresh, scalars=[])
        result["ResponseMetadata"] = {
            "RequestId": "predicted",
            "HTTPStatusCode": 200,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        }
        return result


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """What was asked for by name: `VpcIds=["vpc-1"]` asks for something whose `VpcId` is that."""
    found = {key: value for key, value in arguments.items() if isinstance(value, (str, int, bool))}
    for key, value in arguments.items():
        if key.endswith("s") and isinstance(value, (list, tuple)) and value and isinstance(value[0], str):
            found.setdefault(key[:-1], value[0])
    return found


class _Maker:
    """Makes one answer, of the shapes that botocore has of it."""

    def __init__(self, predictor: Predictor, token: str, given: dict[str, Any]) -> None:
        self.predictor = predictor
        self.token = token
        self.given = given

    def structure(self, shape: Any, seed: str, above: tuple[str, ...]) -> dict[str, Any]:
        """Every member that is not one of those that lead to more."""
        return {
            name: self._value(member, name, f"{seed}.{name}", (*above, shape.name))
            for name, member in shape.members.items()
            if not _MORE.search(name) and member.name not in above
        }

    def _value(self, shape: Any, name: str, seed: str, above: tuple[str, ...]) -> Any:
        kind = shape.type_name
        if kind == "structure":
            return {} if len(above) > _MAX_DEPTH else self.structure(shape, seed, above)
        if kind == "list":
            length = _ZONES if name.endswith("Zones") else 1
            if len(above) > _MAX_DEPTH or shape.member.name in above:
                return []
            return [self._value(shape.member, name, f"{seed}[{each}]", above) for each in range(length)]
        if kind == "string":
            return self._text(shape, name, seed)
        if kind == "blob":
            return _body() if shape.serialization.get("streaming") else b""
        if kind == "timestamp":
            return datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
        return self._number(kind, name, seed)

    def _number(self, kind: str, name: str, seed: str) -> Any:
        if kind == "map":
            return {}
        wanted = {"boolean": bool, "integer": int, "long": int}.get(kind, float)
        given = self.given.get(name)
        if type(given) is wanted:
            return given
        declared = {"boolean": "bool", "integer": "int", "long": "int"}.get(kind, "float")
        return self.predictor.fabricated(declared, _camel(name), self.token, seed)

    def _text(self, shape: Any, name: str, seed: str) -> Any:
        remember = self.predictor.remember
        given = self.given.get(name)
        if isinstance(given, str):
            return given
        values = getattr(shape, "enum", None)
        if values:
            good = [value for value in values if value.lower() in _GOOD]
            return remember((good or values)[0])
        if _ACCOUNT.search(name):
            return remember(self.predictor.account)
        if name in ("Region", "RegionName"):
            return self.predictor.region
        if name == "ZoneName":
            zones = self.predictor.zones()
            return zones[int(seed.rpartition("[")[2].partition("]")[0]) % len(zones)]
        if name == "SecretString":
            return "{}"
        if name == "authorizationToken":
            return remember(base64.b64encode(b"AWS:predicted-registry-password").decode())
        return self.predictor.fabricated("str", _camel(name), self.token, seed)


def _camel(name: str) -> str:
    """As Pulumi writes it: predictions go by the names of properties."""
    return name[:1].lower() + name[1:]


def _body() -> Any:
    response = importlib.import_module("botocore.response")
    return response.StreamingBody(io.BytesIO(b""), 0)
