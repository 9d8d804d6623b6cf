"""That nothing but reading calls is made, with exactly the permissions that are documented."""

from __future__ import annotations

import ast
import inspect
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from conftest import ACCOUNT, ROOT, Aws
from live import wire

from policy_pack import live
from policy_pack.live.asking import WAYS, Asker
from policy_pack.live.questions import Answer, Kind, Question, State
from policy_pack.refresh.live.aws import Aws as Session

FILES = sorted(Path(live.__file__).parent.glob("*.py"))
READING = re.compile(r"(Describe|Get|Head|List)[A-Z]\w*")
# The only one that asks nothing about a program.
IDENTITY = "get_caller_identity"


def called(tree: ast.AST) -> Iterator[str]:
    """Every operation that is called on a client, directly or by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "client":
            yield node.attr
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "items":
            assert isinstance(node.args[1], ast.Constant)
            yield str(node.args[1].value)


def operation(kind: Kind) -> str:
    """The one operation that a question of a kind takes, as AWS names it."""
    (name,) = called(ast.parse(inspect.getsource(WAYS[kind].ask)))
    names = wire.service_model(WAYS[kind].service).operation_names
    return next(each for each in names if botocore.xform_name(each) == name)


def test_every_call_of_a_client_is_one_of_those_that_read() -> None:
    found = [name for path in FILES for name in called(ast.parse(path.read_text()))]
    assert sorted(found) == sorted([IDENTITY, *(botocore.xform_name(operation(kind)) for kind in WAYS)])
    assert all(READING.fullmatch(operation(kind)) for kind in WAYS)


def test_no_client_goes_by_another_name() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in {"getattr", "eval", "exec"}, path.name
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
                assert not ast.unparse(node.value.func).endswith("client"), path.name


@pytest.mark.parametrize("kind", Kind)
def test_a_question_declares_exactly_the_action_it_takes(kind: Kind) -> None:
    # HeadBucket has no action of its own.
    name = {"HeadBucket": "ListBucket"}.get(operation(kind), operation(kind))
    assert WAYS[kind].action == f"{wire.service_model(WAYS[kind].service).signing_name}:{name}"


def test_the_documented_policy_has_these_actions_and_no_more() -> None:
    page = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
    (policy,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == sorted({way.action for way in WAYS.values()})


@pytest.fixture
def asker(meet: Callable[[Aws], Aws], monkeypatch: pytest.MonkeyPatch) -> Callable[[Aws], Asker]:
    """Asks a stand-in from within the tests."""

    def set_up(aws: Aws) -> Asker:
        given: Mapping[str, Any] = {
            "AWS_ENDPOINT_URL": meet(aws).url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }
        for key, value in given.items():
            monkeypatch.setenv(key, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        return Asker(Session())

    return set_up


ROLE = f"arn:aws:iam::{ACCOUNT}:role"
ANSWERS = [
    (Question(Kind.ROLE, f"{ROLE}/app", "us-east-1"), Answer(State.THERE)),
    (Question(Kind.ROLE, f"{ROLE}/path/app", "us-east-1"), Answer(State.MISSING)),
    (Question(Kind.IMAGE, "ami-0empty", "eu-west-1"), Answer(State.MISSING)),
    (Question(Kind.IMAGE, "ami-0d1", "eu-west-1"), Answer(State.UNUSABLE, "disabled")),
    (Question(Kind.VERSION, "8.0", "eu-west-1", "mysql"), Answer(State.THERE)),
    (Question(Kind.VERSION, "15.3", "eu-west-1", "postgres"), Answer(State.MISSING, "withdrawn")),
    (
        Question(Kind.VERSION, "8.0.mysql_aurora.3.04", "eu-west-1", "aurora-mysql"),
        Answer(State.UNANSWERED, "it lists whole versions only"),
    ),
    (Question(Kind.VERSION, "8.0.mysql_aurora.3.04.9", "eu-west-1", "aurora-mysql"), Answer(State.MISSING)),
]


def test_answers_are_understood_and_asked_for_once(asker: Callable[[Aws], Asker]) -> None:
    aws = Aws()
    asks = asker(aws)
    questions = [question for question, _ in ANSWERS]
    assert asks.answers(questions * 2) == dict(ANSWERS)
    calls = aws.calls
    assert asks.answers(questions) == dict(ANSWERS)
    assert aws.calls == calls
    assert sum(calls.values()) == len(ANSWERS) + 1
    assert asks.account == ACCOUNT


def test_what_belongs_to_another_account_is_not_asked_for(asker: Callable[[Aws], Asker]) -> None:
    aws = Aws()
    question = Question(Kind.ROLE, "arn:aws:iam::999999999999:role/app", "us-east-1")
    assert asker(aws).answers([question])[question] == Answer(
        State.UNANSWERED, "it belongs to another account"
    )
    assert aws.calls == {"GetCallerIdentity": 1}


def test_several_are_asked_for_at_a_time_but_never_more_than_eight(asker: Callable[[Aws], Asker]) -> None:
    aws = Aws()
    questions = [Question(Kind.SUBNET, f"subnet-0{number}", "eu-west-1") for number in range(24)]
    asks = asker(aws)
    busiest = _busiest(aws)
    asks.answers(questions)
    assert aws.calls["DescribeSubnets"] == 24
    assert 2 <= busiest() <= 8


def _busiest(aws: Aws) -> Callable[[], int]:
    """Counts the requests that are being answered at the same time."""
    lock, now, most = threading.Lock(), [0], [0]
    plain = aws.world.respond

    def respond(call: wire.Call) -> Any:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        try:
            time.sleep(0.1)
            return plain(call)
        finally:
            with lock:
                now[0] -= 1

    aws.world.respond = respond  # type: ignore[method-assign]
    return lambda: most[0]
