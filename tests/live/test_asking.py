"""That nothing but reading calls is made, with exactly the permissions that are documented."""

from __future__ import annotations

import ast
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError
from conftest import ACCOUNT, ROOT, Aws, Refuse
from live import wire
from live.reading import IDENTITY, READING, called, hidden

from policy_pack import live
from policy_pack.live import lookups
from policy_pack.live.asking import CONFIG, WORKERS, Asker
from policy_pack.live.offers import CLASS_LISTS, VERSIONS
from policy_pack.live.questions import Answer, Kind, Question, State
from policy_pack.live.ways import WAYS, way
from policy_pack.refresh.live.asking import AnswerError
from policy_pack.refresh.live.aws import Aws as Session

FILES = sorted(Path(live.__file__).parent.glob("*.py"))


class Watched:
    """Notes the operations that are asked of a client, and answers nothing of use."""

    def __init__(self) -> None:
        self.operations: list[str] = []
        self.meta = MagicMock()

    def can_paginate(self, operation: str) -> bool:
        return False

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        return lambda **arguments: self.operations.append(name) or {}  # type: ignore[func-returns-value]


def question(kind: Kind, service: str) -> Question:
    criteria = (("name", ("x",)), ("private", ("false",)))
    return Question(kind, "some-1.0", "eu-west-1", "engine", service, criteria)


def operation(kind: Kind, service: str) -> str:
    """The one operation that a question takes, as AWS names it."""
    watched = Watched()
    with suppress(KeyError, AnswerError):
        way(question(kind, service)).ask(watched, question(kind, service))
    (name,) = watched.operations
    names = wire.service_model(WAYS[kind, service].service).operation_names
    return next(each for each in names if botocore.xform_name(each) == name)


def test_every_call_of_a_client_is_one_of_those_that_read() -> None:
    found = {name for path in FILES for name in called(ast.parse(path.read_text()))}
    own = [key for key in WAYS if not isinstance(WAYS[key].ask, partial)]
    assert found == {IDENTITY, *(botocore.xform_name(operation(*key)) for key in own)}
    assert all(READING.fullmatch(operation(*key)) for key in WAYS)


def test_there_is_a_way_for_every_question_and_no_other() -> None:
    offers = {(kind, each) for kind, each in WAYS if kind.is_offer}
    asked = {(Kind.VERSION, each) for each in VERSIONS} | {(Kind.CLASS, each) for each in CLASS_LISTS}
    assert offers == asked
    tokens = {service for _, service in WAYS if service.startswith("aws:")}
    assert tokens == {lookups.CERTIFICATE, *lookups._SEARCHES, *lookups._NAMED}
    assert {kind for kind, _ in WAYS} == set(Kind)


def test_no_client_goes_by_another_name() -> None:
    assert hidden(FILES) == []


@pytest.mark.parametrize("key", WAYS, ids="-".join)
def test_a_question_declares_exactly_the_action_it_takes(key: tuple[Kind, str]) -> None:
    # HeadBucket has no action of its own.
    name = {"HeadBucket": "ListBucket"}.get(operation(*key), operation(*key))
    assert WAYS[key].action == f"{wire.service_model(WAYS[key].service).signing_name}:{name}"


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
        return Asker(Session(config=CONFIG))

    return set_up


ROLE = f"arn:aws:iam::{ACCOUNT}:role"


def version(service: str, engine: str, subject: str) -> Question:
    return Question(Kind.VERSION, subject, "eu-west-1", engine, service)


def instance_class(service: str, subject: str, engine: str = "") -> Question:
    return Question(Kind.CLASS, subject, "eu-west-1", engine, service)


def lookup(kind: Kind, source: str, *criteria: tuple[str, str], unique: bool = True) -> Question:
    (token,) = (each for _, each in WAYS if each.endswith(f":{source}"))
    wanted = tuple((name, (value,)) for name, value in criteria)
    return Question(kind, criteria[0][1], "eu-west-1", "", token, wanted, unique=unique)


def zone(name: str, private: str = "false") -> Question:
    return lookup(Kind.ZONE, "getZone", ("name", name), ("private", private))


SEVERAL = Answer(State.SEVERAL)
THERE, MISSING = Answer(State.THERE), Answer(State.MISSING)
WHOLE = Answer(State.UNANSWERED, "it lists whole versions only")
ANSWERS = [
    (Question(Kind.ROLE, f"{ROLE}/app", "us-east-1"), THERE),
    (Question(Kind.ROLE, f"{ROLE}/path/app", "us-east-1"), MISSING),
    (Question(Kind.IMAGE, "ami-0empty", "eu-west-1"), MISSING),
    (Question(Kind.IMAGE, "ami-0d1", "eu-west-1"), Answer(State.UNUSABLE, "disabled")),
    (version("rds", "mysql", "8.0"), THERE),
    (version("rds", "postgres", "15.3"), Answer(State.MISSING, "withdrawn")),
    (version("rds", "aurora-mysql", "8.0.mysql_aurora.3.04"), WHOLE),
    (version("rds", "aurora-mysql", "8.0.mysql_aurora.3.04.9"), MISSING),
    (version("eks", "kubernetes", "1.35"), THERE),
    (version("eks", "kubernetes", "1.29"), Answer(State.MISSING, "withdrawn")),
    (version("eks", "kubernetes", "1.99"), MISSING),
    (version("eks_addons", "vpc-cni", "v1.20.0-eksbuild.1"), THERE),
    (version("eks_addons", "vpc-cni", "v1.20.0"), MISSING),
    (
        version("elasticache", "valkey", "8"),
        Answer(State.LISTED, "it lists those that it has withdrawn as well"),
    ),
    (version("elasticache", "valkey", "8.9"), MISSING),
    (version("elasticache", "valkey", "9"), WHOLE),
    (version("elasticache", "redis", "7.1"), Answer(State.UNANSWERED, "it lists no versions of redis")),
    (version("emr", "emr", "7.10.0"), THERE),
    (version("emr", "emr", "7.1"), MISSING),
    (version("memorydb", "valkey", "7.3"), THERE),
    (version("memorydb", "valkey", "7"), MISSING),
    (version("mq", "activemq", "5.19"), THERE),
    (version("mq", "activemq", "5.19.1"), Answer(State.UNANSWERED, "it lists no patches")),
    (version("mq", "activemq", "5.2"), MISSING),
    (version("msk", "kafka", "3.9.x"), THERE),
    (version("msk", "kafka", "1.1.1"), Answer(State.MISSING, "withdrawn")),
    (version("opensearch", "elasticsearch", "7.10"), THERE),
    (version("opensearch", "opensearch", "2"), MISSING),
    (version("redshift", "redshift", "1.0"), THERE),
    (version("redshift", "redshift", "1.1"), MISSING),
    (version("synthetics", "syn-nodejs-puppeteer", "13.1"), THERE),
    (version("synthetics", "syn", "1.0"), Answer(State.MISSING, "withdrawn")),
    (instance_class("ec2", "m5.large"), THERE),
    (instance_class("ec2", "m5.lrge"), MISSING),
    (instance_class("rds", "db.r5b.large", "mysql"), THERE),
    (instance_class("neptune", "db.r5x.large", "neptune"), MISSING),
    (instance_class("opensearch", "m5.large.search", "OpenSearch_2.19"), THERE),
    (instance_class("opensearch", "m5.large", "OpenSearch_2.19"), MISSING),
    (instance_class("mq", "mq.m7g.large"), THERE),
    (instance_class("mq", "mq.m7g.lrge"), MISSING),
    (instance_class("redshift", "ra3.xlplus"), THERE),
    (instance_class("redshift", "ds2.xlarge"), MISSING),
    (lookup(Kind.IMAGE, "getAmi", ("Owners", "amazon"), ("name", "al2023-*")), THERE),
    (lookup(Kind.IMAGE, "getAmi", ("Owners", "amazon"), ("name", "none-*")), MISSING),
    (lookup(Kind.IMAGE, "getAmi", ("name", "many-*")), SEVERAL),
    (lookup(Kind.IMAGE, "getAmi", ("name", "many-*"), unique=False), THERE),
    (lookup(Kind.VPC, "getVpc", ("is-default", "true")), THERE),
    (lookup(Kind.VPC, "getVpc", ("VpcIds", "vpc-0bad")), MISSING),
    (lookup(Kind.SUBNET, "getSubnet", ("SubnetIds", "subnet-0a")), THERE),
    (lookup(Kind.SUBNET, "getSubnet", ("tag:Name", "none")), MISSING),
    (lookup(Kind.GROUP, "getSecurityGroup", ("group-name", "many")), SEVERAL),
    (lookup(Kind.GROUP, "getSecurityGroup", ("GroupIds", "sg-0bad")), MISSING),
    (lookup(Kind.CERTIFICATE, "getCertificate", ("domain", "one.example.com")), THERE),
    (lookup(Kind.CERTIFICATE, "getCertificate", ("domain", "many.example.com")), SEVERAL),
    (
        lookup(Kind.CERTIFICATE, "getCertificate", ("domain", "x"), ("CertificateStatuses", "ISSUED")),
        MISSING,
    ),
    (zone("one.example.com"), MISSING),
    (zone("one.example.com", "true"), THERE),
    (zone("many.example.com"), SEVERAL),
    (zone("example.com"), MISSING),
    (lookup(Kind.ROLE, "getRole", ("name", "app")), THERE),
    (lookup(Kind.ROLE, "getRole", ("name", "app0bad")), MISSING),
    (lookup(Kind.BUCKET, "getBucket", ("bucket", "mine-already")), THERE),
    (lookup(Kind.BUCKET, "getBucket", ("bucket", "free-name")), MISSING),
    (
        lookup(Kind.BUCKET, "getBucket", ("bucket", "taken-name")),
        Answer(State.UNANSWERED, "it may not be seen"),
    ),
    (lookup(Kind.SECRET, "getSecret", ("name", "db")), THERE),
    (lookup(Kind.SECRET, "getSecretVersion", ("secretId", "db0bad")), MISSING),
    (lookup(Kind.PARAMETER, "getParameter", ("name", "/my/own")), THERE),
    (lookup(Kind.PARAMETER, "getParameter", ("name", "/my/none")), MISSING),
    (lookup(Kind.REPOSITORY, "getRepository", ("name", "app")), THERE),
    (lookup(Kind.REPOSITORY, "getRepository", ("name", "app0bad")), MISSING),
    (lookup(Kind.CLUSTER, "getCluster", ("name", "app")), THERE),
    (lookup(Kind.CLUSTER, "getCluster", ("name", "app0bad")), MISSING),
]


def test_answers_are_understood_and_asked_for_once(asker: Callable[[Aws], Asker]) -> None:
    aws = Aws()
    asks = asker(aws)
    questions = [question for question, _ in ANSWERS]
    found = asks.answers(questions * 2)
    assert [(each, found[each]) for each in questions] == ANSWERS
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


def test_what_hangs_is_left_alone_when_the_time_is_up() -> None:
    class Hanging:
        release = threading.Event()

        def client(self, service: str, region: str) -> Any:
            client = MagicMock()
            client.get_caller_identity.return_value = {"Account": ACCOUNT}
            client.describe_subnets.side_effect = lambda **_: self.release.wait()
            client.describe_vpcs.return_value = {"Vpcs": [{}]}
            return client

    subnets = [Question(Kind.SUBNET, f"subnet-0{number}", "eu-west-1") for number in range(3)]
    vpc = Question(Kind.VPC, "vpc-0a", "eu-west-1")
    asks = Asker(Hanging(), seconds=0.2)
    late = Answer(State.UNANSWERED, "there was no answer within 0.2 seconds")
    try:
        assert asks.answers([*subnets, vpc]) == {**dict.fromkeys(subnets, late), vpc: THERE}
        # The time is for the whole run.
        other = Question(Kind.VPC, "vpc-0b", "eu-west-1")
        assert asks.answers([other])[other] == late
    finally:
        Hanging.release.set()


def test_a_refusal_to_list_is_no_proof_that_something_is_not_offered(
    asker: Callable[[Aws], Asker],
) -> None:
    def faults(call: wire.Call, number: int) -> Refuse | None:
        is_list = call.operation in ("ListInstanceTypeDetails", "DescribeSubnets")
        return Refuse("ResourceNotFoundException", 404) if is_list else None

    search = instance_class("opensearch", "m5.large.search", "OpenSearch_9.9")
    subnet = Question(Kind.SUBNET, "subnet-0a", "eu-west-1")
    refused = Answer(State.UNANSWERED, "AWS answered ResourceNotFoundException")
    assert asker(Aws(faults)).answers([search, subnet]) == {search: refused, subnet: MISSING}


def test_an_endpoint_that_cannot_be_reached_is_tried_by_a_few_only() -> None:
    tried: list[str] = []

    class Away:
        client_ = MagicMock()

        def client(self, service: str, region: str) -> Any:
            self.client_.get_caller_identity.return_value = {"Account": ACCOUNT}
            self.client_.describe_subnets.side_effect = self.fail
            return self.client_

        def fail(self, **asked: Any) -> None:
            tried.append(asked["SubnetIds"][0])
            raise EndpointConnectionError(endpoint_url="x")

    questions = [Question(Kind.SUBNET, f"subnet-0{number}", "eu-west-1") for number in range(50)]
    away = Answer(State.UNANSWERED, "it cannot be reached")
    assert Asker(Away()).answers(questions) == dict.fromkeys(questions, away)
    assert 1 <= len(tried) <= WORKERS


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
