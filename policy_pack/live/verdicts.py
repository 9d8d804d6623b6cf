"""What AWS's answers make of the findings. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from policy_pack.linter import diagnostics
from policy_pack.linter.running import Hit, Outcome
from policy_pack.live.questions import Answer, Kind, Question, State, Use
from policy_pack.model import Confidence, Evidence, Invoke, NotEvaluated, Problem, Severity

_HELP = {
    Kind.CERTIFICATE: "give the ARN of a certificate that `aws acm list-certificates` lists",
    Kind.GROUP: "give the id of a group that `aws ec2 describe-security-groups` lists, or make one",
    Kind.IMAGE: "give the id of an image in the region, or look it up by `aws.ec2.get_ami`",
    Kind.ROLE: "give the name of a role that `aws iam list-roles` lists, or make one",
    Kind.SUBNET: "give the id of a subnet that `aws ec2 describe-subnets` lists, or make one",
    Kind.VPC: "give the id of a VPC that `aws ec2 describe-vpcs` lists, or make one",
    Kind.ZONE: "give the id of a zone that `aws route53 list-hosted-zones` lists, or make one",
}

_NARROW = (
    "say more of the one that is meant, such as its id or a tag, or set `most_recent` where there is one"
)

# What the parameters of AWS are called in a message.
_CRITERIA = {
    "CertificateStatuses": "status",
    "ExecutableUsers": "executable by",
    "GroupIds": "id",
    "KeyTypes": "key type",
    "Owners": "owner",
    "SubnetIds": "id",
    "VpcIds": "id",
    "zoneId": "id",
}

# A certificate that has expired may still be taken.
_DOUBTFUL = ("EXPIRED",)


@dataclass(frozen=True)
class Witness:
    """Who answered, and when."""

    account: str
    today: datetime.date

    @property
    def name(self) -> str:
        """The account by its last four digits."""
        return f"account …{self.account[-4:]}"

    def evidence(self, question: Question) -> Evidence:
        """What a finding rests on that AWS has settled."""
        scope = None if question.kind.is_global else question.region
        return Evidence(f"AWS, live, {self.name}", self.today.isoformat(), scope)


def judged(
    outcome: Outcome, uses: Sequence[Use], answers: Mapping[Question, Answer], witness: Witness
) -> Outcome:
    """The findings after AWS was asked: confirmed, withdrawn, new, or as they were where it did not tell."""
    hits = list(outcome.hits)
    missed = list(outcome.not_evaluated)
    for use in uses:
        answer = answers[use.question]
        if answer.state is State.UNANSWERED:
            reason = f"AWS did not tell: {answer.detail}"
            missed.append(NotEvaluated(use.rule, use.urn, use.path, reason))
        elif use.question.kind.is_offer:
            hits = list(_with_offer(hits, use, answer, witness))
            missed = [item for item in missed if not _is_of(use, item.rule, item.urn, item.property_path)]
        elif isinstance(use.subject, Invoke):
            hits += _looked_up(use, answer, witness)
        else:
            problem = _problem(use, answer, witness)
            hits += [Hit(problem[0], problem[1], use.resource)] if problem else []
    return replace(outcome, hits=hits, not_evaluated=missed)


def _is_of(use: Use, rule: str, urn: str | None, path: str | None) -> bool:
    return (urn, path) == (use.urn, use.path) and rule in (use.rule, *use.sisters)


def _with_offer(hits: Sequence[Hit], use: Use, answer: Answer, witness: Witness) -> Iterator[Hit]:
    """All findings, with that of one version or class confirmed, withdrawn or added."""
    flagged = False
    for hit in hits:
        urn = hit.resource.urn if hit.resource else None
        is_sure = hit.problem.confidence is Confidence.CERTAIN
        if not _is_of(use, hit.rule, urn, hit.problem.property_path):
            yield hit
        elif answer.state is State.MISSING:
            flagged = True
            yield replace(hit, problem=_confirmed(hit.problem, use, answer, witness))
        elif answer.state is State.LISTED and is_sure:
            yield hit
    if answer.state is State.MISSING and not flagged:
        problem = Problem(_not_offered(use.question), help=use.help, property_path=use.path)
        yield Hit(use.rule, _confirmed(problem, use, answer, witness), use.resource)


def _not_offered(question: Question) -> str:
    if question.kind is Kind.VERSION:
        return f"AWS does not offer {question.engine} version `{question.subject}`"
    purpose = f" for {question.engine}" if question.engine else ""
    return f"AWS does not offer the instance class `{question.subject}`{purpose}"


def _confirmed(problem: Problem, use: Use, answer: Answer, witness: Witness) -> Problem:
    said = "has withdrawn it" if answer.detail else "does not list it"
    return replace(
        problem,
        note=f"creating it fails; asked for {use.question.region} by {witness.name}, AWS {said}",
        severity=Severity.ERROR,
        confidence=Confidence.CERTAIN,
        evidence=(witness.evidence(use.question), *problem.evidence),
    )


def _looked_up(use: Use, answer: Answer, witness: Witness) -> Iterator[Hit]:
    """What is wrong with a data source that has to find exactly one thing."""
    question = use.question
    if answer.state not in (State.MISSING, State.SEVERAL):
        return
    several = answer.state is State.SEVERAL
    rule = diagnostics.LIVE_LOOKUP_FINDS_SEVERAL if several else diagnostics.LIVE_LOOKUP_FINDS_NOTHING
    where = "" if question.kind.is_global else f" in {question.region}"
    what = f"{'more than one' if several else 'no'} {question.kind.value}{where}"
    problem = Problem(
        f"`{_as_called(use.urn)}` finds {what} by {_described(question)}",
        note=f"AWS, asked by {witness.name}, has {'several' if several else 'none'}; the program ends here",
        help=_NARROW if several else f"look for one that {witness.name} has, or make one in the program",
        severity=Severity.ERROR,
        evidence=(witness.evidence(question),),
        span=use.span,
    )
    yield Hit(rule.name, problem, None)


def _as_called(token: str) -> str:
    """A data source as a program in Python calls it: `aws.ec2.get_ami` is `aws:ec2/getAmi:getAmi`."""
    package, module, name = token.split(":")
    function = re.sub(r"(?<=[a-z0-9])[A-Z]", lambda found: f"_{found[0]}", name).lower()
    return f"{package}.{module.partition('/')[0]}.{function}"


def _described(question: Question) -> str:
    parts = (
        f"{_CRITERIA.get(name, name)} {', '.join(f'`{each}`' for each in values)}"
        for name, values in question.criteria
    )
    return ", ".join(parts)


def _problem(use: Use, answer: Answer, witness: Witness) -> tuple[str, Problem] | None:
    """What is wrong with something that the program refers to, and the name under which to say so."""
    if use.question.kind is Kind.BUCKET:
        problem = _bucket(use, answer, witness)
        return (use.rule, problem) if problem else None
    if answer.state is State.MISSING:
        return use.rule, _missing(use, witness)
    problem = _unusable(use, answer, witness)
    return (diagnostics.LIVE_RESOURCE_UNUSABLE.name, problem) if problem else None


def _missing(use: Use, witness: Witness) -> Problem:
    question = use.question
    where = "" if question.kind.is_global else f" in {question.region}"
    return Problem(
        f"there is no {question.kind.value} `{question.subject}`{where}",
        note=f"asked by {witness.name}, AWS does not find it{where}",
        help=_HELP[question.kind],
        property_path=use.path,
        severity=Severity.ERROR,
        evidence=(witness.evidence(question),),
    )


def _unusable(use: Use, answer: Answer, witness: Witness) -> Problem | None:
    question, target = use.question, _region_of_certificate(use)
    advice = f"choose another {question.kind.value}, or mend this one before deploying"
    if answer.state is State.UNUSABLE:
        what = f"is {answer.detail}"
    elif target not in (None, question.region):
        what = f"is in {question.region}, and is needed in {target}"
        advice = f"give the ARN of a certificate in {target}, or request one there"
    else:
        return None
    return Problem(
        f"the {question.kind.value} `{question.subject}` {what}",
        note=f"asked by {witness.name}, AWS says so; what uses it cannot be created",
        help=advice,
        property_path=use.path,
        severity=Severity.ERROR,
        confidence=Confidence.LIKELY if answer.detail in _DOUBTFUL else Confidence.CERTAIN,
        evidence=(witness.evidence(question),),
    )


def _region_of_certificate(use: Use) -> str | None:
    """Where a certificate has to be for its use, None where any region may do."""
    name = (use.path or "").rpartition(".")[2]
    if use.question.kind is not Kind.CERTIFICATE:
        return None
    if name == "acmCertificateArn":
        return "us-east-1"
    kind = use.resource.type if use.resource else ""
    is_own = name == "regionalCertificateArn" or kind.startswith(("aws:alb/", "aws:lb/"))
    return use.subject.region if is_own else None


def _bucket(use: Use, answer: Answer, witness: Witness) -> Problem | None:
    if answer.state is State.MISSING:
        return None
    mine = answer.state is State.THERE
    owner = f"{witness.name} has it: all is well if this stack has made it, else creating it fails"
    other = (
        f"AWS does not let {witness.name} see it: it is another account's, or `s3:ListBucket` is not allowed"
    )
    return Problem(
        f"there is a bucket named `{use.question.subject}` already",
        note=owner if mine else other,
        help="import it, or choose another name" if mine else "choose another name, or leave `bucket` out",
        property_path=use.path,
        severity=Severity.NOTE if mine else Severity.WARNING,
        confidence=Confidence.LIKELY,
        evidence=(witness.evidence(use.question),),
    )
