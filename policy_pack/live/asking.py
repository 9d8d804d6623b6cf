"""Asks AWS: each question once in a run, several at a time, and no longer than a minute in all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Protocol, TypeVar

from botocore.config import Config
from botocore.exceptions import ClientError

from policy_pack.live.questions import Answer, Question, State
from policy_pack.live.ways import way
from policy_pack.refresh.live.asking import Client
from policy_pack.refresh.live.aws import Kind as FailureKind
from policy_pack.refresh.live.aws import failure

WORKERS = 8
SECONDS = 60.0
CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard"}, max_pool_connections=WORKERS
)

_MISSING = {
    *("InvalidAMIID.Malformed", "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"),
    *("InvalidGroup.NotFound", "InvalidGroupId.Malformed", "InvalidSecurityGroupID.NotFound"),
    *("InvalidSubnetID.Malformed", "InvalidSubnetID.NotFound", "InvalidVpcID.Malformed"),
    *("InvalidVpcID.NotFound", "NoSuchEntity", "NoSuchHostedZone", "RepositoryNotFoundException"),
    "ResourceNotFoundException",
}

_Key = TypeVar("_Key")
_Result = TypeVar("_Result")


class Aws(Protocol):
    """What is needed of a session."""

    def client(self, service: str, region: str) -> Client:
        """A client for one region."""


class Asker:
    """Asks, and remembers the answers; without the account that they hold for, none is taken.

    After `seconds` of waiting in all, what is not answered stays so, whatever hangs.
    """

    def __init__(self, aws: Aws, seconds: float = SECONDS) -> None:
        self._aws = aws
        self._seconds = seconds
        self._left = seconds
        self._answers: dict[Question, Answer] = {}
        self._clients: dict[tuple[str, str], Client] = {}
        self._silent: dict[Client, str] = {}
        self._identity: tuple[str, str] | None = None

    @property
    def account(self) -> str:
        """The account that answered, empty when none did."""
        return self._identity[0] if self._identity else ""

    @property
    def asked(self) -> Mapping[Question, Answer]:
        """All answers so far."""
        return self._answers

    def answers(self, questions: Iterable[Question]) -> Mapping[Question, Answer]:
        """The answers to some questions, and to all before them."""
        new = [each for each in dict.fromkeys(questions) if each not in self._answers]
        if new:
            account, reason = self._who(new[0].region)
            asked = self._ask(new, account) if account else {}
            late = Answer(State.UNANSWERED, reason or self._late)
            self._answers.update({each: asked.get(each, late) for each in new})
        return self._answers

    @property
    def _late(self) -> str:
        return f"there was no answer within {self._seconds:g} seconds"

    def _who(self, region: str) -> tuple[str, str]:
        """The account of the credentials, or why it is not known."""
        if self._identity is None:
            client = self._client("sts", region)
            found = self._in_time({"": lambda: _identity(client)})
            self._identity = found.get("", ("", self._late))
        return self._identity

    def _ask(self, questions: Iterable[Question], account: str) -> Mapping[Question, Answer]:
        clients = {each: self._client(way(each).service, each.region) for each in questions}

        def job(question: Question, client: Client) -> Callable[[], Answer]:
            return lambda: self._answer(client, question, account)

        return self._in_time({question: job(question, client) for question, client in clients.items()})

    def _answer(self, client: Client, question: Question, account: str) -> Answer:
        if question.account not in (None, account):
            return Answer(State.UNANSWERED, "it belongs to another account")
        if client in self._silent:
            return Answer(State.UNANSWERED, self._silent[client])
        try:
            return way(question).ask(client, question)
        except Exception as error:
            if _code(error) in _MISSING and not question.kind.is_offer:
                return Answer(State.MISSING)
            found = failure(error, (way(question).action,))
            if found.kind is FailureKind.UNREACHABLE:
                # What waits for the same endpoint need not find out for itself.
                self._silent[client] = found.reason
            return Answer(State.UNANSWERED, found.reason)

    def _in_time(self, jobs: Mapping[_Key, Callable[[], _Result]]) -> Mapping[_Key, _Result]:
        """The results of those jobs that end while there is time left."""
        start = time.monotonic()
        found = _results(jobs, start + self._left)
        self._left = max(0.0, self._left - (time.monotonic() - start))
        return found

    def _client(self, service: str, region: str) -> Client:
        if (service, region) not in self._clients:
            self._clients[service, region] = self._aws.client(service, region)
        return self._clients[service, region]


def _results(jobs: Mapping[_Key, Callable[[], _Result]], deadline: float) -> Mapping[_Key, _Result]:
    """Run jobs, which do not raise, side by side until a moment of the monotonic clock.

    Threads that hang are left behind: they keep no process alive.
    """
    waiting: SimpleQueue[tuple[_Key, Callable[[], _Result]]] = SimpleQueue()
    done: SimpleQueue[tuple[_Key, _Result]] = SimpleQueue()
    for item in jobs.items():
        waiting.put(item)

    def work() -> None:
        while time.monotonic() < deadline:
            try:
                key, job = waiting.get_nowait()
            except Empty:
                return
            done.put((key, job()))

    for _ in range(min(WORKERS, len(jobs))):
        Thread(target=work, name="live", daemon=True).start()
    found: dict[_Key, _Result] = {}
    while len(found) < len(jobs):
        try:
            key, result = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        found[key] = result
    return found


def _identity(client: Client) -> tuple[str, str]:
    try:
        return str(client.get_caller_identity()["Account"]), ""
    except Exception as error:
        return "", failure(error, ("sts:GetCallerIdentity",)).reason


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else ""
