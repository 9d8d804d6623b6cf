"""Asks AWS for all resources of a deployment, several at a time, and for what belongs to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import ClientError

from policy_pack.refresh.live.asking import Client
from policy_pack.refresh.live.aws import Failure, failure
from policy_pack.refresh.live.aws import Kind as FailureKind
from policy_pack.verify.probes import Expected, Probe, Seen
from policy_pack.verify.services import PROBES
from policy_pack.verify.subjects import Subject

WORKERS = 8
_ATTEMPTS = 3


class Aws(Protocol):
    """What is needed of a session."""

    def client(self, service: str, region: str) -> Client:
        """A client for one region."""


@dataclass(frozen=True)
class Result:
    """What came of asking for a resource: what AWS says (None: it has none), or why it did not tell."""

    seen: Seen | None = None
    failure: Failure | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it is there and nothing is wrong with it."""
        return self.failure is None and self.seen is not None and not self.seen.troubles


class Asker:
    """Asks, with one client for each service and region; `done` is called after each answer."""

    def __init__(self, aws: Aws, done: Callable[[Subject], None] = lambda subject: None) -> None:
        self._aws = aws
        self._done = done
        self._clients: dict[tuple[str, str], Client] = {}
        self._lock = threading.Lock()
        # Each would wait for timeouts of its own.
        self._unreachable: dict[tuple[str, str], Failure] = {}

    def ask(self, subjects: Mapping[Subject, Expected]) -> dict[Subject, Result]:
        """The results for some resources, and for those that AWS says belong to them."""
        results: dict[Subject, Result] = {}
        self._unreachable.clear()
        waiting = dict(subjects)
        pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="verify")
        try:
            while waiting:
                answered = self._round(waiting, pool)
                results.update(answered)
                found = [lead for result in answered.values() if result.seen for lead in result.seen.leads]
                waiting = {lead: {} for lead in found if lead not in results}
        finally:
            pool.shutdown(cancel_futures=True)
        return results

    def _round(
        self, subjects: Mapping[Subject, Expected], pool: ThreadPoolExecutor
    ) -> Mapping[Subject, Result]:
        futures = {
            pool.submit(self._result, subject, expected): subject for subject, expected in subjects.items()
        }
        for future in as_completed(futures):
            self._done(futures[future])
        return {subject: future.result() for future, subject in futures.items()}

    def _client(self, service: str, region: str) -> Client:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._aws.client(service, region)
            return self._clients[service, region]

    def _result(self, subject: Subject, expected: Expected) -> Result:
        probe = PROBES[subject.kind]
        place = (probe.service, subject.region)
        if place in self._unreachable:
            return Result(failure=self._unreachable[place])
        result = _asked(lambda: probe.ask(self._client(*place), subject, expected), probe, _ATTEMPTS)
        if result.failure is not None and result.failure.kind is FailureKind.UNREACHABLE:
            self._unreachable[place] = result.failure
        return result


def _asked(ask: Callable[[], Seen | None], probe: Probe, attempts: int) -> Result:
    """Ask; again if the connection was lost, which botocore does not notice."""
    try:
        return Result(ask())
    except Exception as error:
        if _code(error) in probe.missing:
            return Result()
        reason = failure(error, probe.actions)
        if reason.kind is FailureKind.CUT and attempts > 1:
            return _asked(ask, probe, attempts - 1)
        return Result(failure=reason)


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else ""
