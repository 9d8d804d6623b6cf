"""Watches what the program reads of its configuration, and makes up required values that are not set."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any, Callable

from .predictions import Predictor
from .records import Channel, Located

_ACCESSOR = re.compile(r"(require|get)(_secret)?(?:_(bool|int|float|object))?$")
_TYPES = {"boolean": "bool", "integer": "int", "number": "float", "array": "object", "object": "object"}


class Configuration:
    """The stack's configuration as the program asks for it."""

    def __init__(
        self, channel: Channel, user: Located, predictor: Predictor, request: dict[str, Any]
    ) -> None:
        self.channel = channel
        self.user = user
        self.predictor = predictor
        self.stack = request["stack"]
        self.placeholder = request.get("placeholder")
        self.suggested: dict[str, str] = request.get("suggested") or {}
        self.types: dict[str, str] = request.get("types") or {}
        self.told: set[str] = set()
        self.missing: set[str] = set()
        self.predictions = Predictions(predictor, self.stack, self.note)
        self.reading: Callable[[str], Any] = lambda key: None
        if self.placeholder:
            predictor.made_up.add(self.placeholder)

    def install(self, config_module: Any, runtime_config: Any) -> None:
        """Patch `pulumi.config`, through which every program reads its configuration."""
        self.reading = runtime_config.get_config
        for module in (config_module, runtime_config):
            if hasattr(module, "get_config"):
                module.get_config = self.read
        for name in dir(config_module.Config):
            accessor = _ACCESSOR.match(name)
            if accessor is not None:
                method = self._accessor(getattr(config_module.Config, name), accessor)
                setattr(config_module.Config, name, method)

    def read(self, key: str) -> Any:
        """A value as the SDK has it; that it is read is told once."""
        if key not in self.told:
            self.told.add(key)
            self.channel.send("config", key=key, predicted=False)
        return self.reading(key)

    def _accessor(self, original: Any, accessor: re.Match[str]) -> Any:
        """A method of `Config` that has a value for what is required, and for what is encrypted."""
        required, kind = accessor[1] == "require", accessor[3] or "str"

        def method(config: Any, key: str, *args: Any, **kwargs: Any) -> Any:
            full = config.full_key(key)
            value = self.read(full)
            missing = value is None and required
            if not missing and (kind == "str" or value is None or value != self.placeholder):
                return original(config, key, *args, **kwargs)
            made = self.answer(full, kind, missing)
            if not accessor[2]:
                return made
            from pulumi import Output

            return Output.secret(made)

        return method

    def answer(self, full: str, kind: str, missing: bool) -> Any:
        """What is made up for a key of a kind (str, bool, int, float, object); it may be `missing`."""
        if missing:
            self._tell(full)
        return self._made_up(full, kind)

    def _made_up(self, full: str, kind: str) -> Any:
        """A value for a key, always the same: what the project's template offers, else one by its name."""
        value = self._suggestion(full, kind)
        if value is None:
            declared = _TYPES.get(self.types.get(full, ""), kind)
            value = self.predictions.value(full.rpartition(":")[2], kind, declared)
        self.note(value)
        return value

    def note(self, value: Any) -> None:
        """Tell what is made up, in the faithful pass too: nothing else says so there."""
        known = isinstance(value, str) and value in self.predictor.made_up
        texts, scalars = ([value], []) if known else ([], [value])
        if isinstance(value, (str, int, float)):
            self.channel.send("made-up", texts=texts, scalars=scalars)

    def _tell(self, full: str) -> None:
        """Say once that a value is missing, with the line that asks for it."""
        if full not in self.missing:
            self.missing.add(full)
            self.channel.send("config", key=full, predicted=True, frames=self.user.frames(3))

    def _suggestion(self, full: str, kind: str) -> Any:
        """What the project's template offers, in the type that is asked for."""
        text = self.suggested.get(full)
        if text is None or kind == "str":
            return self.predictor.remember(text)
        try:
            value = json.loads(text.lower() if kind == "bool" else text)
        except ValueError:
            return None
        return value if type(value).__name__ in _ACCEPTED[kind] else None


_ACCEPTED = {"bool": ("bool",), "int": ("int",), "float": ("int", "float"), "object": ("dict", "list")}


class Predictions:
    """Plausible values by the names of configuration keys."""

    def __init__(self, predictor: Predictor, stack: str, note: Callable[[Any], None]) -> None:
        self.predictor = predictor
        self.stack = stack
        self.note = note

    def value(self, name: str, kind: str, declared: str) -> Any:
        """A value of the kind that is asked for; a text may stand for one of the `declared` kind."""
        if kind == "object":
            return PredictedObject(self)
        if kind == "bool":
            return False
        if kind in ("int", "float"):
            return _number(name)
        if declared == "bool" or _SWITCH.search(name):
            return "false"
        if declared in ("int", "float") or _COUNTED.search(name):
            return str(_number(name))
        if declared == "object":
            return "{}"
        return self.text(name)

    def text(self, name: str) -> str:
        """A text that is remembered as made up; a path leads to a file whose content is remembered too."""
        predictor = self.predictor
        if _FILE.search(name):
            path, content = _own_file()
            if content.strip():
                self.note(predictor.remember(content.strip()))
            return str(predictor.remember(path))
        for pattern, make in _TEXTS:
            if re.search(pattern, name, re.IGNORECASE):
                return str(predictor.remember(make(predictor, self.stack, name)))
        dashed = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()
        return str(predictor.remember(f"predicted-{dashed}"))


class PredictedObject(dict):  # type: ignore[type-arg]
    """An object of which nothing is known: it has a member of every name, and none to go through."""

    def __init__(self, predictions: Predictions) -> None:
        super().__init__()
        self.predictions = predictions

    def __missing__(self, key: str) -> Any:
        return Member(self.predictions, str(key))

    def get(self, key: Any, default: Any = None) -> Any:
        """The default where one is given, since the program can do with it."""
        return self[key] if default is None else default


class Member(str):
    """A member of an unknown object: a text, that has members itself when it is asked for them."""

    predictions: Predictions

    def __new__(cls, predictions: Predictions, name: str) -> Member:
        """The member of a name."""
        text = predictions.value(name, "str", "str")
        member = super().__new__(cls, text)
        member.predictions = predictions
        predictions.note(text)
        return member

    def __getitem__(self, key: Any) -> Any:
        return Member(self.predictions, key) if isinstance(key, str) else str.__getitem__(self, key)

    def get(self, key: str, default: Any = None) -> Any:
        """As of an object."""
        return Member(self.predictions, key) if default is None else default


def _own_file() -> tuple[str, str]:
    """A file that is there in every run, the program's own, by its name, and its content."""
    entry = sys.argv[0]
    file = os.path.join(entry, "__main__.py") if os.path.isdir(entry) else entry
    try:
        with open(file, encoding="utf-8") as stream:
            return os.path.basename(file), stream.read()
    except (OSError, ValueError):
        return os.path.basename(file), ""


_FILE = re.compile(r"^(?!.*stack).*\w(path|file|file_?-?name)$", re.IGNORECASE)
_SWITCH = re.compile(
    r"^(is|has|use|enable|disable|allow|with|create|should)(?=[A-Z_-]|d|s)|(enabled?|disabled?|flag)$"
)
_COUNTED = re.compile(
    r"(count|number|num|size|port|days|minutes|seconds|hours|timeout|ttl|capacity|replicas|cpu|memory"
    r"|percent(age)?|retention|instances|min|max|desired|length|limit)$",
    re.IGNORECASE,
)
_NUMBERS = (
    (r"port$", 8080),
    (r"cpu", 256),
    (r"memory", 512),
    (r"days|retention", 7),
    (r"(timeout|seconds|ttl)$", 30),
    (r"max", 4),
    (r"min", 1),
    (r"percent", 50),
    (r"(storage|disk|volume).*size|storage$", 20),
)


def _number(name: str) -> int:
    return next((number for pattern, number in _NUMBERS if re.search(pattern, name, re.IGNORECASE)), 2)


_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1hZGUgdXAgYnkgUHJlZmxpZ2h0LCBvcGVucyBubyBk preflight"


def _id(prefix: str) -> Callable[[Predictor, str, str], str]:
    return lambda predictor, stack, name: prefix + "0" * 9 + "5" * 8


def _ids(prefix: str) -> Callable[[Predictor, str, str], str]:
    return lambda predictor, stack, name: ",".join(prefix + "0" * 9 + digit * 8 for digit in "56")


_TEXTS: list[tuple[str, Callable[[Predictor, str, str], str]]] = [
    (r"(cert\w*)arn$", lambda p, s, n: f"arn:{p.partition}:acm:{p.region}:{p.account}:certificate/predicted"),
    (r"(kms|key)\w*arn$", lambda p, s, n: f"arn:{p.partition}:kms:{p.region}:{p.account}:key/predicted"),
    (r"arn$", lambda p, s, n: f"arn:{p.partition}:iam::{p.account}:role/predicted"),
    (r"vpc_?-?id$", _id("vpc-")),
    (r"subnet[\w-]*ids$|subnets$", _ids("subnet-")),
    (r"subnet[\w-]*$", _id("subnet-")),
    (r"security_?-?group[\w-]*ids$|security_?-?groups$", _ids("sg-")),
    (r"security_?-?group[\w-]*$", _id("sg-")),
    (r"^ami|ami_?-?(id)?$|image_?-?id$", _id("ami-")),
    (r"zone_?-?id$", lambda p, s, n: "Z0PREDICTED0000"),
    (r"account(_?-?id)?$", lambda p, s, n: p.account),
    (r"(instance|db|database)_?-?class", lambda p, s, n: "db.t4g.medium"),
    (r"node_?-?type$", lambda p, s, n: "cache.t4g.medium"),
    (r"instance_?-?type", lambda p, s, n: "t3.medium"),
    (r"zones$", lambda p, s, n: f"{p.region}a,{p.region}b"),
    (r"availability_?-?zone|^az$", lambda p, s, n: f"{p.region}a"),
    (r"region$", lambda p, s, n: p.region),
    (r"e?mail", lambda p, s, n: "predicted@example.com"),
    (r"public_?-?key", lambda p, s, n: _KEY),
    (r"(domain|host|dns)\w*$|fqdn", lambda p, s, n: "predicted.example.com"),
    (r"(url|uri|endpoint)$", lambda p, s, n: "https://predicted.example.com"),
    (r"cidr\w*s$", lambda p, s, n: "10.0.0.0/24,10.0.1.0/24"),
    (r"cidr", lambda p, s, n: "10.0.0.0/16"),
    (r"ip(_?-?address)?$", lambda p, s, n: "192.0.2.10"),
    (r"image(_?-?uri)?$", lambda p, s, n: "public.ecr.aws/docker/library/predicted:latest"),
    (r"passw|secret|token|api_?-?key|private_?-?key|credential", lambda p, s, n: "Predicted0by1Preflight"),
    (r"user(_?-?name)?$", lambda p, s, n: "predicted"),
    (r"^(env(ironment)?|stage)(_?-?name)?$", lambda p, s, n: s),
    (r"(path|dir(ectory)?|folder)$", lambda p, s, n: "."),
    (r"(date|time)$", lambda p, s, n: "2030-01-01T00:00:00Z"),
    (r"schedule|cron", lambda p, s, n: "rate(1 day)"),
    (r"json$|policy$|document$", lambda p, s, n: "{}"),
]
