"""Whatever the engine sends, every rule answers and none tells a secret."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from policy_pack.crossguard.analyzer import Analyzer
from policy_pack.crossguard.caller import Caller
from policy_pack.crossguard.preview import Preview, Stack, marked_config
from policy_pack.linter import registry
from policy_pack.linter.masking import quotes_hidden
from policy_pack.model import Problem, Resource, Secret

from . import fuzzing

# The fields of a protobuf `Value`.
TEXT, STRUCT, LIST = 3, 5, 6
CANARIES = (fuzzing.CANARY, fuzzing.CONFIG_SECRET, str(fuzzing.NUMBER))


@pytest.fixture(scope="module")
def pack() -> Analyzer:
    config = marked_config({"aws:region": "eu-west-1", "app:key": fuzzing.CONFIG_SECRET}, {"app:key"})
    preview = Preview(datetime.date(2026, 11, 22), Stack("fuzz", "dev", config=config))
    return Analyzer(Caller(executable=True, parent=0), registry.load_all(), preview=preview)


def faults(diagnostics: Iterable[Any], number: int) -> list[str]:
    """What no answer to a request may hold; empty when all is well."""
    found = []
    for item in diagnostics:
        if item.policyName == "internal-error":
            found.append(f"{number}: {item.message[:300]}")
        text = f"{item.message} {item.description} {item.urn}".lower()
        if any(canary.lower() in text for canary in CANARIES):
            found.append(f"{number}: {item.policyName} tells a secret")
    return found


def answers(pack: Analyzer, numbers: range) -> tuple[list[str], int]:
    """What is wrong with the answers to some requests, and how many findings they hold."""
    wrong, told = [], 0
    for number in numbers:
        data = fuzzing.request_of(number).SerializeToString()
        diagnostics = pack.Analyze(analyzer_pb2.AnalyzeRequest.FromString(data)).diagnostics
        wrong += faults(diagnostics, number)
        told += len(diagnostics)
    return wrong, told


def test_strange_resources_are_judged(pack: Analyzer) -> None:
    wrong, told = answers(pack, range(400))
    assert wrong == []
    assert told > 20


@pytest.mark.slow
def test_ten_thousand_strange_resources_are_judged(pack: Analyzer) -> None:
    wrong, told = answers(pack, range(400, 10_400))
    assert wrong == []
    assert told > 500


@pytest.mark.parametrize("stacks", [range(2), pytest.param(range(2, 250), marks=pytest.mark.slow)])
def test_strange_stacks_are_judged(pack: Analyzer, stacks: range) -> None:
    wrong = []
    for number in stacks:
        data = fuzzing.stack_request_of(number).SerializeToString()
        pack.told.resources.clear()
        found = pack.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest.FromString(data)).diagnostics
        wrong += faults(found, number)
    assert wrong == []


@pytest.mark.parametrize("numbers", [range(100), pytest.param(range(100, 2000), marks=pytest.mark.slow)])
def test_strange_resources_are_mended_or_left_alone(pack: Analyzer, numbers: range) -> None:
    pack.levels = dict.fromkeys(pack.rules, analyzer_pb2.REMEDIATE)
    try:
        wrong = []
        for number in numbers:
            given = pack.Remediate(fuzzing.request_of(number)).remediations
            wrong += [f"{number}: {item.diagnostic}" for item in given if item.diagnostic]
    finally:
        pack.levels = {}
    assert wrong == []


@pytest.mark.parametrize("is_list", [True, False])
def test_what_is_nested_too_deeply_is_unknown(pack: Analyzer, is_list: bool) -> None:
    value = _field(TEXT, b"x")
    for _ in range(1000):
        value = _field(LIST, _field(1, value)) if is_list else _field(STRUCT, _field(1, _entry("in", value)))
    data = _field(1, b"aws:s3/bucket:Bucket") + _field(2, _field(1, _entry("bucket", _field(TEXT, b"A"))))
    data += _field(2, _field(1, _entry("tags", value)))
    [found] = pack.Analyze(analyzer_pb2.AnalyzeRequest.FromString(data)).diagnostics
    assert found.policyName == "bucket-name-invalid"


def _entry(key: str, value: bytes) -> bytes:
    return _field(1, key.encode()) + _field(2, value)


def _field(number: int, data: bytes) -> bytes:
    """A field of bytes, as protobuf writes one."""
    size, rest = bytearray(), len(data)
    while rest > 127:
        size.append(rest & 127 | 128)
        rest >>= 7
    return bytes([number << 3 | 2, *size, rest]) + data


@pytest.mark.parametrize(
    ("secret", "quote", "shown"),
    [
        ("s3:GetSecret", "`s3` has no action `GetSecret`", "`[secret]` has no action `[secret]`"),
        ("Fraud reports", "use `fraud-reports`", "use `[secret]`"),
        ("fraud-reports", "use `eu-fraud-reports-2`", "use `[secret]`"),
        ("15.3", "use `15.10`", "use `15.10`"),
        (" ", "use `a b`", "use `a b`"),
    ],
)
def test_no_part_of_a_secret_and_nothing_made_of_one_is_quoted(secret: str, quote: str, shown: str) -> None:
    resource = Resource("urn", "aws:x:Y", "it", {"name": Secret(secret), "other": quote})
    problem = Problem(quote, note=quote, help=quote, property_path="name[0]")
    hidden = quotes_hidden(problem, resource)
    assert (hidden.message, hidden.note, hidden.help) == (shown, shown, shown)
    other = Problem(quote, property_path="other")
    assert quotes_hidden(other, resource) == other
