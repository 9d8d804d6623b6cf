"""Verifies a deployment: asks AWS for what it names, and waits for what is on its way."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from policy_pack.model import Severity
from policy_pack.refresh.live.aws import HOME, Failure, failure
from policy_pack.refresh.live.aws import Kind as FailureKind
from policy_pack.verify.asking import Asker, Aws, Result
from policy_pack.verify.probes import Trouble
from policy_pack.verify.subjects import Deployment, Mention, Subject

# Seconds between two looks, which grow from one to the other.
_SOONEST, _LATEST = 1.0, 15.0
_HOLDING = (FailureKind.CUT, FailureKind.UNREACHABLE)


class AccountError(Exception):
    """The credentials are of another account than the deployment."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for what is not ready, in seconds, and by which clock; `waiting` hears of it."""

    seconds: float = 0.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    waiting: Callable[[Mapping[Subject, Result], float], None] = lambda results, left: None


@dataclass(frozen=True)
class Verification:
    """What AWS says of a deployment: results for what was asked, reasons for what was not.

    `account` is that of the credentials; where AWS did not tell it, `identity` says why.
    """

    mentions: Mapping[Subject, tuple[Mention, ...]] = field(default_factory=dict)
    results: Mapping[Subject, Result] = field(default_factory=dict)
    skipped: Mapping[Subject, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    account: str = ""
    identity: Failure | None = None

    def state(self, key: str) -> str | None:
        """AWS's word for the state of what an output or a URN names; None for what is not there.

        Raises:
            LookupError: nothing was asked for by this name, or AWS did not tell.
        """
        seen = self._results(key)[0].seen
        return seen.state if seen else None

    def facts(self, key: str) -> Mapping[str, Any]:
        """What else AWS says of it, and of what was looked for because of it; empty for what is not there.

        Raises:
            LookupError: nothing was asked for by this name, or AWS did not tell.
        """
        seen = [result.seen for result in self._results(key) if result.seen]
        return {name: value for each in seen for name, value in each.facts.items()}

    def _results(self, key: str) -> list[Result]:
        found = []
        for subject, mentions in self.mentions.items():
            if subject in self.results and any(each.key == key for each in mentions):
                result = self.results[subject]
                if result.failure is not None:
                    raise LookupError(f"AWS did not tell of {subject}: {result.failure.reason}")
                found.append(result)
        if not found:
            raise LookupError(f"`{key}` names no resource that was verified")
        return found

    def mask(self, text: str) -> str:
        """A text that shows of the accounts only the last four digits."""
        accounts = {self.account, *(subject.account for subject in self.mentions)} - {""}
        return functools.reduce(
            lambda shown, account: shown.replace(account, masked(account)), accounts, text
        )


def verify(
    deployment: Deployment,
    aws: Aws,
    region: str = "",
    patience: Patience | None = None,
    done: Callable[[Subject], None] = lambda subject: None,
) -> Verification:
    """Ask for everything that a deployment names; `region` holds where nothing names another.

    Raises:
        AccountError: the credentials are of another account than the deployment.
    """
    home = region or deployment.region
    account, identity = _identity(aws, home)
    if account and deployment.account not in ("", account):
        raise AccountError(
            f"the credentials are of account {masked(account)}, "
            f"the deployment is in account {masked(deployment.account)}: give --profile"
        )
    mentions = _grouped(deployment.mentions, home, deployment.account or account)
    skipped = {subject: reason for subject in mentions if (reason := _skipped(subject, account))}
    wanted = {
        subject: {key: value for mention in group for key, value in mention.expected.items()}
        for subject, group in mentions.items()
        if subject not in skipped
    }
    results = _ask(Asker(aws, done), wanted, patience or Patience())
    return Verification(mentions, results, skipped, deployment.others, account, identity)


def masked(account: str) -> str:
    """An account by its last four digits."""
    return f"…{account[-4:]}"


def _identity(aws: Aws, region: str) -> tuple[str, Failure | None]:
    """The account of the credentials, or why it is not known."""
    try:
        client = aws.client("sts", region or HOME)
        return str(client.get_caller_identity()["Account"]), None
    except Exception as error:
        return "", failure(error, ("sts:GetCallerIdentity",))


def _grouped(mentions: Iterable[Mention], region: str, account: str) -> Mapping[Subject, tuple[Mention, ...]]:
    """Mentions by what they name: an ARN, a name and a host may all be one resource."""
    groups: dict[Subject, list[Mention]] = defaultdict(list)
    for mention in mentions:
        subject = mention.subject
        placed = replace(subject, region=subject.region or region, account=subject.account or account)
        groups[placed].append(replace(mention, subject=placed))
    return {subject: tuple(group) for subject, group in groups.items()}


def _skipped(subject: Subject, account: str) -> str:
    if account and subject.account not in ("", account):
        return f"it belongs to another account ({masked(subject.account)})"
    return "" if subject.region else "its region is not known: give --region"


def _ask(
    asker: Asker, wanted: Mapping[Subject, Mapping[str, Any]], patience: Patience
) -> Mapping[Subject, Result]:
    end = patience.clock() + patience.seconds
    results = asker.ask(wanted)
    pause = _SOONEST
    while True:
        pending = {
            subject: wanted.get(subject, {})
            for subject, result in results.items()
            if holds_up(result, is_named=subject in wanted)
        }
        left = end - patience.clock()
        if not pending or left <= 0:
            return results
        patience.waiting({subject: results[subject] for subject in pending}, left)
        patience.sleep(min(pause, left))
        pause = min(2 * pause, _LATEST)
        results.update(asker.ask(pending))


def holds_up(result: Result, *, is_named: bool = True) -> bool:
    """Whether it is worth waiting: for what is wrong with it, or for what is to come."""
    if result.failure is not None:
        return result.failure.kind in _HOLDING
    return is_named if result.seen is None else any(map(_is_error, result.seen.troubles))


def _is_error(trouble: Trouble) -> bool:
    return (trouble.severity or trouble.rule.severity) is Severity.ERROR
