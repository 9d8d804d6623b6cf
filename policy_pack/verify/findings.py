"""What the answers of AWS make of a deployment: findings, and what was not evaluated. Pure."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policy_pack.linter import diagnostics
from policy_pack.linter.diagnostics import Diagnostic
from policy_pack.linter.masking import masked_finding
from policy_pack.linter.weighing import weighed
from policy_pack.model import Confidence, Evidence, Finding, NotEvaluated, Problem
from policy_pack.refresh.live.aws import Failure
from policy_pack.refresh.live.aws import Kind as FailureKind
from policy_pack.verify.probes import Trouble
from policy_pack.verify.services import PROBES
from policy_pack.verify.subjects import Kind, Mention, Subject
from policy_pack.verify.verifying import Verification, masked

_SHOWN = 5
_GLOBAL = (Kind.BUCKET, Kind.ROLE)

_RENEW = "see that the credentials are valid and that AWS can be reached, and verify again"

Level = Callable[[str], "str | None"]


@dataclass(frozen=True)
class Judge:
    """Words findings for one stack (None where it is not known), as of a day, at configured levels."""

    today: datetime.date
    stack: str | None = None
    level: Level = lambda rule: None

    def findings(self, verification: Verification) -> tuple[Finding, ...]:
        """All findings in order, without those whose level is `off`."""
        found = [*self._troubles(verification), *self._untold(verification)]
        return tuple(
            sorted((masked_finding(each, verification.mask) for each in found), key=Finding.sort_key)
        )

    def _troubles(self, verification: Verification) -> Iterator[Finding]:
        for subject, result in verification.results.items():
            mentions = verification.mentions.get(subject, ())
            if result.failure is not None or (result.seen is None and not mentions):
                continue
            troubles = result.seen.troubles if result.seen else (_missing(subject, mentions),)
            sure = result.seen is not None or any(each.sure for each in mentions)
            for trouble in troubles:
                if self.level(trouble.rule.name) != "off":
                    yield self._finding(subject, mentions, trouble, sure, verification.account)

    def _finding(
        self, subject: Subject, mentions: Sequence[Mention], trouble: Trouble, sure: bool, account: str
    ) -> Finding:
        confidence = Confidence.CERTAIN if sure else Confidence.LIKELY
        problem = Problem(trouble.message, severity=trouble.severity, confidence=confidence)
        mention = next((each for each in mentions if each.span), mentions[0] if mentions else None)
        return Finding(
            trouble.rule.name,
            weighed(trouble.rule, problem, self.level(trouble.rule.name)),
            confidence,
            trouble.message,
            _note(trouble, mention),
            trouble.help,
            mention.span if mention else None,
            mention.urn if mention else None,
            (mention and mention.resource_type) or subject.kind.type_token,
            (mention and mention.resource_name) or subject.label,
            stacks=(self.stack,) if self.stack else (),
            evidence=(self._evidence(subject.region, account),),
        )

    def _evidence(self, region: str, account: str) -> Evidence:
        whose = f", account {masked(account)}" if account else ""
        return Evidence(f"AWS, live{whose}", self.today.isoformat(), region)

    def _untold(self, verification: Verification) -> Iterator[Finding]:
        """One for each service of a region and each reason, whatever number of resources it is about."""
        groups: dict[tuple[str, str, Failure], list[Subject]] = defaultdict(list)
        for subject, result in verification.results.items():
            if result.failure is not None:
                service = PROBES[subject.kind].service
                groups[service, subject.region, result.failure].append(subject)
        if verification.identity is not None:
            yield self._not_verified("`sts` does not tell the account", verification.identity)
        for (service, region, failure), subjects in groups.items():
            count = f"{len(subjects)} resource{'s' * (len(subjects) != 1)}"
            message = f"`{service}` in {region} does not tell the state of {count}"
            yield self._not_verified(message, failure, _listed(subjects))

    def _not_verified(self, message: str, failure: Failure, note: str | None = None) -> Finding:
        rule = diagnostics.NOT_VERIFIED
        is_denied = failure.kind is FailureKind.DENIED
        return Finding(
            rule.name,
            rule.severity,
            Confidence.CERTAIN,
            f"{message}: {failure.reason}",
            note,
            "`preflight verify --permissions` prints the policy that this takes" if is_denied else _RENEW,
            stacks=(self.stack,) if self.stack else (),
        )


def not_evaluated(verification: Verification) -> Iterator[NotEvaluated]:
    """Everything that is named and was not verified, and why."""
    for subject, mentions in verification.mentions.items():
        result = verification.results.get(subject)
        reason = verification.skipped.get(subject)
        if result is not None and result.failure is not None:
            reason = f"AWS did not tell: {result.failure.reason}"
        if reason:
            yield _missed(diagnostics.RESOURCE_MISSING, mentions[0].urn or str(subject), mentions[0], reason)
    for key in verification.others:
        reason = "there is no way to ask for what it names"
        yield NotEvaluated(diagnostics.RESOURCE_MISSING.name, key, None, reason)


def _missed(rule: Diagnostic, urn: str, mention: Mention, reason: str) -> NotEvaluated:
    return NotEvaluated(rule.name, urn, None if mention.urn else mention.key, reason)


def _missing(subject: Subject, mentions: Sequence[Mention]) -> Trouble:
    unsure = "" if any(each.sure for each in mentions) else "; what it is, only the name of the output tells"
    where = "" if subject.kind in _GLOBAL else f" in {subject.region}"
    return Trouble(
        diagnostics.RESOURCE_MISSING,
        f"AWS has no {subject}{where}",
        "run `pulumi refresh` and `pulumi up`, or give the region and profile of the deployment",
        f"the deployment names it{unsure}",
    )


def _note(trouble: Trouble, mention: Mention | None) -> str | None:
    """AWS's reason, and the output that names the resource where no line of the file is shown."""
    named = f"output `{mention.key}`" if mention and not mention.span and not mention.urn else None
    return "; ".join(part for part in (trouble.note, named) if part) or None


def _listed(subjects: Sequence[Subject]) -> str:
    shown = ", ".join(str(subject) for subject in subjects[:_SHOWN])
    return f"{shown} and {len(subjects) - _SHOWN} more" if len(subjects) > _SHOWN else shown
