"""The forms of what is asked of AWS, and of what it answers."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TypeAlias

from policy_pack.model import Invoke, NotEvaluated, Resource, SourceSpan

# What a data source looks for: parameters of AWS, which begin with a capital, and filters.
Criteria: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


class Kind(str, enum.Enum):
    """What a question is about."""

    BUCKET = "bucket"
    CERTIFICATE = "certificate"
    CLASS = "instance class"
    CLUSTER = "cluster"
    GROUP = "security group"
    IMAGE = "image"
    PARAMETER = "parameter"
    REPOSITORY = "repository"
    ROLE = "role"
    SECRET = "secret"  # noqa: S105 - a kind of thing, no secret
    SUBNET = "subnet"
    VERSION = "version"
    VPC = "VPC"
    ZONE = "hosted zone"

    @property
    def is_global(self) -> bool:
        """Whether the answer holds for a whole partition."""
        return self in (Kind.BUCKET, Kind.ROLE, Kind.ZONE)

    @property
    def is_offer(self) -> bool:
        """Whether it is about what AWS offers, to any account, rather than about what an account has."""
        return self in (Kind.CLASS, Kind.VERSION)


@dataclass(frozen=True, slots=True)
class Question:
    """One fact to ask for: equal questions have the same answer.

    `service` is that of the catalog which would know a version or a class, `engine` what it is for. What a
    data source looks up has its token for a `service`; `unique` says that it takes no more than one.
    """

    kind: Kind
    subject: str
    region: str
    engine: str = ""
    service: str = ""
    criteria: Criteria = ()
    unique: bool = False

    @property
    def account(self) -> str | None:
        """The account that an ARN names."""
        return self.subject.split(":")[4] if self.subject.startswith("arn:") else None


class State(str, enum.Enum):
    """What AWS says of the subject of a question.

    `taken` is what another account has; `listed` is less than there: AWS lists the withdrawn as well;
    `several` is more than what may be there.
    """

    THERE = "there"
    LISTED = "listed"
    SEVERAL = "several"
    MISSING = "missing"
    UNUSABLE = "unusable"
    TAKEN = "taken"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question; `detail` says more, and why there is none."""

    state: State
    detail: str = ""


@dataclass(frozen=True)
class Use:
    """Where a program needs the answer to a question, and the name under which it is reported.

    `sisters` are the other rules whose findings the answer settles.
    """

    question: Question
    subject: Resource | Invoke
    path: str | None
    rule: str
    sisters: tuple[str, ...] = ()
    help: str | None = None

    @property
    def resource(self) -> Resource | None:
        """The resource that needs it, None where a data source does."""
        return self.subject if isinstance(self.subject, Resource) else None

    @property
    def urn(self) -> str:
        """What names the subject: a data source has no URN."""
        return self.subject.urn if isinstance(self.subject, Resource) else self.subject.token

    @property
    def span(self) -> SourceSpan | None:
        """Where a data source is asked for; resources are placed by their properties."""
        return self.subject.span() if isinstance(self.subject, Invoke) else None


@dataclass
class Needs:
    """What there is to ask for a plan, and what cannot be asked."""

    uses: list[Use] = field(default_factory=list)
    missed: list[NotEvaluated] = field(default_factory=list)
