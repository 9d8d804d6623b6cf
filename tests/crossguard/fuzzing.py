"""Requests that no program would cause: the rules' own examples with something wrong in them, by a seed.

A secret holds a canary, a text that stands nowhere else.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

from policy_pack.linter import registry
from policy_pack.model import Plan
from policy_pack.model.wire import (
    ARCHIVE,
    ASSET,
    OUTPUT,
    RESOURCE,
    SECRET,
    SENTINELS,
    SIGNATURE,
    UNKNOWN_TEXT,
    encode,
)
from policy_pack.rules.rule import ANY_TYPE, ResourceRule, Rule

from .analyzer import struct

CANARY = "Hunter2canary"
NUMBER = 8765432198765  # a secret number
CONFIG_SECRET = "Configcanary7"  # noqa: S105 - one of the stack's settings
STACK = "pulumi:pulumi:Stack"
Node = tuple[Any, Any]

OTHER_TYPES = (STACK, "pulumi:providers:aws", "my:index:Component", "", "aws:", "aws:x/y:Z", "a:b:c:d:e", "é")
KEYS = (
    "",
    "a.b",
    "a[0]",
    '"',
    "\n",
    "__defaults",
    "masterPassword",
    "tags",
    "name",
    "type",
    "x" * 5000,
    SIGNATURE,
)
TEXTS = (
    "",
    " ",
    "\0",
    "\n",
    "é𝕊\u202e",
    "٣.٤",
    "²",
    "9" * 5000,
    "a" * 200_000,
    "(" * 300,
    "true",
    "null",
    "nan",
    "-1",
    "1e999",
    "latest",
    "v1",
    "15.",
    "15.3",
    "0.0.0",
    "1." * 2000,
    "10.0.0.0/33",
    "10.0.0.0/8/8",
    "::/0",
    "0.0.0.0/0",
    "fe80::1%eth0/64",
    "2024-02-30",
    "9999999-01-01",
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:",
    "::::::",
    "eu-west-1",
    "moon-north-1",
    "eu-west-1a",
    "${aws:username}",
    "rate(0 minutes)",
    "cron(* * * * ? *)",
    "db.r6g.large",
    ".",
    "..",
    "*",
    "{",
    "[" * 3000,
    "[" * 200 + "]" * 200,
    "{}",
    "[]",
    '"text"',
    "1" * 5000,
    '{"a": NaN, "a": Infinity}',
    '{"Version": 3, "Statement": 7}',
    '{"Version": "2012-10-17", "Statement": [null, [], {"Effect": 1, "Action": {"a": 1}, "Resource": null}]}',
    '[{"name": null, "image": 3, "portMappings": "x", "memory": [], "cpu": "much"}]',
    *sorted(SENTINELS),
)
SIGNS = ("", "é", " ", "\n", "*", "/", ":", "-9", "Z")
NUMBERS = (0, -1, 1, 1.5, -0.0, 1e308, 5e-324, 2**53, -(2**63), 22, float("inf"), float("-inf"), float("nan"))


def request_of(seed: int) -> Any:
    """The Analyze request of a seed."""
    return _Maker(random.Random(seed)).request(seed)  # noqa: S311


def stack_request_of(seed: int, size: int = 40) -> Any:
    """The AnalyzeStack request of a seed: its resources lean on each other, and on none."""
    chance = random.Random(seed)  # noqa: S311
    stack = analyzer_pb2.AnalyzeStackRequest()
    asked = [request_of(seed * size + number) for number in range(size)]
    for each in asked:
        found = stack.resources.add(type=each.type, name=each.name, urn=each.urn, properties=each.properties)
        found.options.CopyFrom(each.options)
        for key in each.properties.fields:
            if chance.random() < 0.3:
                target = chance.choice(asked).urn if chance.random() < 0.9 else "nowhere"
                found.propertyDependencies[key].urns.append(target)
                found.dependencies.append(target)
    return stack


@functools.cache
def _examples() -> tuple[tuple[tuple[str, Any], ...], ...]:
    """The type and the inputs of every resource in the examples of each rule, as JSON."""
    made = (tuple(_resources(rule)) for rule in registry.load_all())
    return tuple(each for each in made if each)


def _resources(rule: Rule) -> Iterator[tuple[str, Any]]:
    for example in (*rule.flagged, *rule.allowed):
        subject = example.subject
        if isinstance(rule, ResourceRule) and isinstance(subject, Mapping):
            tokens = [example.type] if example.type else [*rule.resource_types]
            for token in tokens:
                yield token.replace(ANY_TYPE, "aws:s3/bucket:Bucket"), encode(dict(subject))
        elif isinstance(subject, Plan | tuple | list):
            for item in subject.resources if isinstance(subject, Plan) else subject:
                yield item.type, encode(dict(item.inputs))


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def request(self, seed: int) -> Any:
        chance = self.chance
        token, inputs = chance.choice(chance.choice(_examples()))
        token = token if chance.random() < 0.95 else chance.choice(OTHER_TYPES)
        properties = json.loads(json.dumps(inputs))
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            self._break(properties)
        name = chance.choice((f"db-{seed}", f"db-{seed}", "", "é" * 300, "a::b"))
        request = analyzer_pb2.AnalyzeRequest(
            type=token, name=name, urn=f"urn:pulumi:dev::fuzz::{token}::{name}", properties=struct(properties)
        )
        if chance.random() < 0.2:
            request.options.additionalSecretOutputs.extend(list(properties)[:1])
            for key in request.options.additionalSecretOutputs:
                request.properties.update({key: CANARY})
        if chance.random() < 0.5:
            request.provider.type = "pulumi:providers:aws"
            request.provider.urn = "urn:pulumi:dev::fuzz::pulumi:providers:aws::it"
            region = self._value() if chance.random() < 0.3 else "us-east-1"
            request.provider.properties.CopyFrom(struct({"region": region}))
        return request

    def _break(self, properties: Any) -> None:
        """Change, wrap, remove or add something somewhere."""
        places = list(_places(properties))
        if not places or self.chance.random() < 0.1:
            properties[self.chance.choice(KEYS)] = self._value()
            return
        holder, key = self.chance.choice(places)
        change = self.chance.choice((self._value, self._value, self._wrapped, self._document, None))
        if change is None:
            del holder[key]
        else:
            holder[key] = change() if change == self._value else change(holder[key])

    def _value(self, depth: int = 0) -> Any:
        chance = self.chance
        kinds: list[Callable[[], Any]] = [
            lambda: chance.choice(TEXTS),
            lambda: chance.choice(NUMBERS),
            lambda: chance.choice((None, True, False, UNKNOWN_TEXT)),
            lambda: [self._value(depth + 1) for _ in range(chance.randrange(4))],
            lambda: {
                chance.choice((*KEYS, "name", "type")): self._value(depth + 1)
                for _ in range(chance.randrange(4))
            },
            lambda: self._wrapped(self._value(depth + 1)),
            lambda: self._deep(chance.choice((1, 5, 25, 120))),
            lambda: CONFIG_SECRET,
        ]
        return chance.choice(kinds if depth < 4 else kinds[:3])()

    def _deep(self, depth: int) -> Any:
        found: Any = self.chance.choice(TEXTS[:20])
        for _ in range(depth):
            found = [found] if self.chance.random() < 0.5 else {"inner": found}
        return self.chance.choice((found, self._secret(found)))

    def _wrapped(self, value: Any) -> Any:
        """What the wire has for secrets, outputs, assets, archives and references, whole or broken."""
        broken = self.chance.choice((value, None, 7, [], {}, "x"))
        return self.chance.choice(
            (
                self._secret(value),
                self._secret(value),
                {SIGNATURE: OUTPUT, "value": self._secret(value), "dependencies": ["urn"]},
                {SIGNATURE: OUTPUT, "value": value, "secret": False, "dependencies": broken},
                {SIGNATURE: OUTPUT, "secret": broken},
                {SIGNATURE: ASSET, "text": "words"},
                {SIGNATURE: ASSET, "path": broken, "hash": 7},
                {SIGNATURE: ARCHIVE, "assets": {"a/b": {SIGNATURE: ASSET, "path": "no"}, "": broken}},
                {SIGNATURE: ARCHIVE, "assets": broken, "path": "build/app"},
                {SIGNATURE: RESOURCE, "urn": "urn:x", "id": broken},
                {SIGNATURE: RESOURCE},
                {SIGNATURE: broken, "value": 1},
                {SIGNATURE: SECRET, "ciphertext": "v1:x"},
                {SIGNATURE: SECRET, "plaintext": "[" * 2000},
                [value],
                {"value": value},
            )
        )

    def _secret(self, value: Any) -> Any:
        """A secret in which a canary stands for every text, or beside it."""
        style = self.chance.choice(("alone", "after", "before", "among", "plaintext", "signed"))
        hidden = _hidden(value, style)
        if style == "plaintext":
            return {SIGNATURE: SECRET, "plaintext": json.dumps(hidden)}
        if style == "signed":
            return {SIGNATURE: OUTPUT, "value": hidden, "secret": True}
        return {SIGNATURE: SECRET, "value": hidden}

    def _document(self, value: Any) -> Any:
        """The same as JSON text, or JSON text with something wrong in it."""
        if isinstance(value, str):
            try:
                document = json.loads(value)
            except (ValueError, RecursionError):
                return value[: len(value) // 2] + self.chance.choice(
                    ("", "é", " ", "\n", "*", "/", ":", "-9", "Z")
                )
            broken = json.loads(value)
            if isinstance(broken, dict):
                self._break(broken)
            # Text marks nothing.
            return json.dumps(document if _is_marked(broken) else broken)
        return value if _is_marked(value) else json.dumps(value)


def _is_marked(value: Any) -> bool:
    return SIGNATURE in json.dumps(value)


def _hidden(value: Any, style: str) -> Any:
    if isinstance(value, str) and value not in SENTINELS:
        return _hidden_text(value, style)
    if isinstance(value, dict):
        return {key: item if key == SIGNATURE else _hidden(item, style) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item, style) for item in value]
    return NUMBER if isinstance(value, int | float) and not isinstance(value, bool) else value


def _hidden_text(value: str, style: str) -> str:
    if style == "among":
        try:
            return json.dumps(_hidden(json.loads(value), "alone"))
        except (ValueError, RecursionError):
            return f"{value}:{CANARY}"
    return {"after": f"{value}{CANARY}", "before": f"{CANARY} {value}"}.get(style, CANARY)


def _places(value: Any, depth: int = 12) -> Iterator[Node]:
    """Everything in a value that can be replaced, by its holder and key, down to some depth.

    What is marked is changed as a whole: without its marker a secret is none.
    """
    if depth and isinstance(value, dict | list) and SIGNATURE not in value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from _places(item, depth - 1)
