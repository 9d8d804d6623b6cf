"""Asks every region for every catalog, several at a time, and sorts what comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Protocol

from policy_pack.refresh.live.asking import Client, LiveCatalog
from policy_pack.refresh.live.aws import Failure, Kind, failure
from policy_pack.refresh.live.files import Fact
from policy_pack.refresh.live.merging import Answers

WORKERS = 8

# So many failures to connect before anything has answered mean that there is no network.
_PATIENCE = 3


class Asker(Protocol):
    """What is needed of `Aws`."""

    def client(self, service: str, region: str) -> Client:
        """A client for one region."""

    def offers(self, service: str, region: str, partition: str) -> bool:
        """Whether the service is known to be in the region."""


@dataclass(frozen=True)
class Place:
    """A region to ask: `named` by the user, or known beforehand to refuse, as not enabled.

    `home` is the one to ask for what does not differ by region: others may be forbidden.
    """

    region: str
    partition: str
    named: bool = False
    refuses: bool = False
    home: bool = False


@dataclass(frozen=True)
class Job:
    """One catalog in one region."""

    catalog: LiveCatalog[Any]
    place: Place

    @property
    def key(self) -> str:
        """What the answer holds for."""
        return self.place.partition if self.catalog.global_ else self.place.region


@dataclass
class Gathered:
    """What came back for one catalog: facts, or why there are none.

    `unknown` are regions that have none for this account, `failed` those that should have answered. A region
    that a policy has forbidden is unknown as long as another answers: where none does, nothing was renewed.
    """

    facts: dict[str, Mapping[str, Fact]] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    forbidden: dict[str, str] = field(default_factory=dict)
    _shared: dict[Fact, Fact] = field(default_factory=dict)

    def add(self, region: str, facts: Mapping[str, Fact]) -> None:
        """Note an answer; regions share what they say alike, which is nearly all."""
        self.facts[region] = {intern(key): self._shared.setdefault(fact, fact) for key, fact in facts.items()}

    def settle(self) -> None:
        """Decide what the regions are that a policy has forbidden, now that all have answered."""
        (self.unknown if self.facts else self.failed).update(self.forbidden)

    @property
    def answers(self) -> Answers[Any]:
        """What the catalog is to be brought up to date with."""
        return Answers(self.facts, self.unknown)


class _Line:
    """Whether AWS can be reached at all. Without a network every job would wait for its own timeouts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered = False
        self._failures = 0

    @property
    def is_dead(self) -> bool:
        return not self._answered and self._failures >= _PATIENCE

    def note(self, outcome: Mapping[str, Fact] | Failure) -> None:
        with self._lock:
            if isinstance(outcome, Failure) and outcome.kind is Kind.UNREACHABLE:
                self._failures += 1
            else:
                self._answered = True


def gather(
    aws: Asker, catalogs: Sequence[LiveCatalog[Any]], places: Sequence[Place], done: Callable[[Job], None]
) -> dict[str, Gathered]:
    """Ask for all catalogs in all regions, and call `done` after each answer. By name of the catalog."""
    found = {catalog.name: Gathered() for catalog in catalogs}
    line = _Line()
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="region")
    try:
        futures = {pool.submit(_ask, aws, job, line): job for job in _jobs(catalogs, places)}
        for future in as_completed(futures):
            job = futures.pop(future)
            _sort(found[job.catalog.name], job, future.result(), aws)
            done(job)
    finally:
        pool.shutdown(cancel_futures=True)
    for each in found.values():
        each.settle()
    return found


def answer(
    aws: Asker, catalog: LiveCatalog[Any], region: str, attempts: int = 3
) -> Mapping[str, Fact] | Failure:
    """Ask one region for one catalog; again if the connection was lost, which botocore does not notice."""
    outcome = _answer(aws, catalog, region)
    if isinstance(outcome, Failure) and outcome.kind is Kind.CUT and attempts > 1:
        return answer(aws, catalog, region, attempts - 1)
    return outcome


def _answer(aws: Asker, catalog: LiveCatalog[Any], region: str) -> Mapping[str, Fact] | Failure:
    try:
        client = aws.client(catalog.service, region)
        try:
            return catalog.facts(client)
        finally:
            client.close()
    except Exception as error:
        return failure(error, catalog.actions)


def count(catalogs: Sequence[LiveCatalog[Any]], places: Sequence[Place]) -> int:
    """How many answers there will be."""
    return sum(1 for _ in _jobs(catalogs, places))


def _jobs(catalogs: Iterable[LiveCatalog[Any]], places: Sequence[Place]) -> Iterator[Job]:
    for catalog in catalogs:
        best_first = sorted(places, key=lambda place: (place.refuses, not place.home))
        yield from (Job(catalog, place) for place in (best_first[:1] if catalog.global_ else places))


def _ask(aws: Asker, job: Job, line: _Line) -> Mapping[str, Fact] | Failure:
    if job.place.refuses:
        return Failure(Kind.STRANGER, "the account has not enabled the region")
    if line.is_dead:
        return Failure(Kind.UNREACHABLE, "AWS cannot be reached")
    outcome = answer(aws, job.catalog, job.place.region)
    line.note(outcome)
    return outcome


def _sort(gathered: Gathered, job: Job, outcome: Mapping[str, Fact] | Failure, aws: Asker) -> None:
    if not isinstance(outcome, Failure):
        gathered.add(job.key, outcome)
    elif outcome.kind is Kind.STRANGER:
        gathered.unknown[job.key] = outcome.reason
        if job.place.named:
            gathered.failed[job.key] = outcome.reason
    elif outcome.kind is Kind.FORBIDDEN and not job.place.named:
        gathered.forbidden[job.key] = outcome.reason
    elif outcome.kind is Kind.UNREACHABLE and not _is_offered(aws, job):
        gathered.unknown[job.key] = "the service has no endpoint there that is known or answers"
    else:
        gathered.failed[job.key] = outcome.reason


def _is_offered(aws: Asker, job: Job) -> bool:
    return aws.offers(job.catalog.service, job.place.region, job.place.partition)
