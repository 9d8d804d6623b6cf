"""Recognises resources of AWS by the name of an output, where its value is a bare name. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policy_pack.verify.subjects import Kind, Subject

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_ENDINGS = {"arn", "arns", "id", "identifier", "identifiers", "ids", "name", "names"}
_DATABASE = frozenset({"aurora", "database", "db", "postgres", "postgresql", "mysql", "rds"})
_DYNAMODB = frozenset({"dynamo", "dynamodb"})


@dataclass(frozen=True)
class _Noun:
    """Words that an output's name ends with, and others of which one must, or may, stand before them.

    Where one stands there, or none is asked for at all, the kind is sure.
    """

    kind: Kind
    words: tuple[str, ...]
    pattern: str = r"[\w.-]{1,255}"
    wanted: frozenset[str] = frozenset()
    optional: frozenset[str] | None = None


_NOUNS = (
    _Noun(Kind.LOG_GROUP, ("log", "group"), r"[\w./#-]{1,512}"),
    _Noun(Kind.ALARM, ("alarm",), r"\S(?:[^\n]{0,253}\S)?"),
    _Noun(Kind.BUCKET, ("bucket",), r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    _Noun(Kind.TABLE, ("table",), r"[\w.-]{3,255}", optional=_DYNAMODB),
    _Noun(Kind.DATABASE_CLUSTER, ("cluster",), r"[a-zA-Z][a-zA-Z0-9-]{0,62}", wanted=_DATABASE),
    _Noun(Kind.DATABASE_INSTANCE, ("instance",), r"[a-zA-Z][a-zA-Z0-9-]{0,62}", wanted=_DATABASE),
    _Noun(Kind.ECS_CLUSTER, ("cluster",), r"[\w-]{1,255}", wanted=frozenset({"ecs"})),
    _Noun(Kind.ECS_SERVICE, ("service",), r"[\w-]{1,255}", wanted=frozenset({"ecs"})),
    _Noun(Kind.FUNCTION, ("function",), r"[\w-]{1,64}", optional=frozenset({"lambda"})),
    _Noun(Kind.FUNCTION, ("lambda",), r"[\w-]{1,64}"),
    _Noun(Kind.QUEUE, ("queue",), r"[\w-]{1,80}(?:\.fifo)?", optional=frozenset({"sqs"})),
    _Noun(Kind.ROLE, ("role",), r"[\w+=,.@-]{1,64}", optional=frozenset({"iam"})),
    _Noun(Kind.KEY, ("key",), r"[0-9a-f-]{36}|mrk-[0-9a-f]{32}", wanted=frozenset({"kms"})),
    _Noun(Kind.BALANCER, ("alb",), r"[a-zA-Z0-9-]{1,32}"),
    _Noun(Kind.BALANCER, ("load", "balancer"), r"[a-zA-Z0-9-]{1,32}", optional=frozenset({"application"})),
    _Noun(Kind.DASHBOARD, ("dashboard",), r"[\w-]{1,255}", optional=frozenset({"cloudwatch"})),
)


def named(key: str, value: str) -> tuple[Subject, bool] | None:
    """The resource whose name a value is, going by the name of its output, and whether that is sure."""
    words, has_ending = _singular(_WORDS.findall(key))
    for noun in _NOUNS:
        before, last = words[: -len(noun.words)], words[-len(noun.words) :]
        if tuple(last) != noun.words or not re.fullmatch(noun.pattern, value, re.ASCII):
            continue
        if noun.wanted and not noun.wanted.intersection(before):
            continue
        is_named = noun.optional is None or bool(noun.optional.intersection(before))
        return Subject(noun.kind, value), is_named and has_ending
    return None


def _singular(words: Sequence[str]) -> tuple[list[str], bool]:
    """The words of a name in lower case, the last one in the singular, and whether an ending was taken off.

    An ending tells that a name follows; without one, `service` may be anything of a service.
    """
    lowered = [word.lower() for word in words if not word.isdigit()]
    kept = list(lowered)
    while kept and kept[-1] in _ENDINGS:
        kept.pop()
    if kept:
        kept[-1] = kept[-1].removesuffix("s")
    return kept, len(kept) < len(lowered)
