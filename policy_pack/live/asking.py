"""Asks AWS: each question once in a run, several at a time, by calls that only read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import ClientError

from policy_pack.catalog.versions import EngineVersion
from policy_pack.live.questions import Answer, Kind, Question, State
from policy_pack.refresh.live.asking import Client, Item, items
from policy_pack.refresh.live.aws import failure
from policy_pack.refresh.live.catalogs.rds_versions import facts

WORKERS = 8

_MISSING = {
    *("InvalidAMIID.Malformed", "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"),
    *("InvalidGroup.NotFound", "InvalidGroupId.Malformed", "InvalidSecurityGroupID.NotFound"),
    *("InvalidSubnetID.Malformed", "InvalidSubnetID.NotFound", "InvalidVpcID.Malformed"),
    *("InvalidVpcID.NotFound", "NoSuchEntity", "NoSuchHostedZone", "ResourceNotFoundException"),
}


class Aws(Protocol):
    """What is needed of a session."""

    def client(self, service: str, region: str) -> Client:
        """A client for one region."""


@dataclass(frozen=True)
class Way:
    """How to ask: the service of boto3, the IAM action it takes, and the call."""

    service: str
    action: str
    ask: Callable[[Client, Question], Answer]


class Asker:
    """Asks, and remembers the answers; without the account that they hold for, none is taken."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._answers: dict[Question, Answer] = {}
        self._clients: dict[tuple[str, str], Client] = {}
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
            with ThreadPoolExecutor(WORKERS, thread_name_prefix="live") as pool:
                self._answers.update(self._ask(new, pool))
        return self._answers

    def _ask(self, questions: Sequence[Question], pool: ThreadPoolExecutor) -> Mapping[Question, Answer]:
        if self._identity is None:
            self._identity = _identity(self._client("sts", questions[0].region))
        account, reason = self._identity
        if not account:
            return dict.fromkeys(questions, Answer(State.UNANSWERED, reason))
        clients = [self._client(WAYS[each.kind].service, each.region) for each in questions]
        answers = pool.map(lambda client, question: _answer(client, question, account), clients, questions)
        return dict(zip(questions, answers, strict=True))

    def _client(self, service: str, region: str) -> Client:
        if (service, region) not in self._clients:
            self._clients[service, region] = self._aws.client(service, region)
        return self._clients[service, region]


def _identity(client: Client) -> tuple[str, str]:
    """The account of the credentials, or why it is not known."""
    try:
        return str(client.get_caller_identity()["Account"]), ""
    except Exception as error:
        return "", failure(error, ("sts:GetCallerIdentity",)).reason


def _answer(client: Client, question: Question, account: str) -> Answer:
    if question.account not in (None, account):
        return Answer(State.UNANSWERED, "it belongs to another account")
    way = WAYS[question.kind]
    try:
        return way.ask(client, question)
    except Exception as error:
        if _code(error) in _MISSING:
            return Answer(State.MISSING)
        return Answer(State.UNANSWERED, failure(error, (way.action,)).reason)


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else ""


def _version(client: Client, question: Question) -> Answer:
    engine, version = question.engine, EngineVersion(question.subject)
    listed = items(
        client,
        "describe_db_engine_versions",
        "DBEngineVersions",
        Engine=engine,
        EngineVersion=version.text,
        IncludeAll=True,
    )
    states = {
        fact.state
        for key, fact in facts(listed)
        if key.startswith(f"{engine} ") and version.is_prefix_of(EngineVersion(key.partition(" ")[2]))
    }
    if "available" in states:
        return Answer(State.THERE)
    if not _is_whole(engine, version):
        return Answer(State.UNANSWERED, "it lists whole versions only")
    return Answer(State.MISSING, "withdrawn" if states else "")


def _is_whole(engine: str, version: EngineVersion) -> bool:
    """Whether a version is more than the leading part of others."""
    if "mysql_aurora" in version.text:
        return len(version.components) > 5
    return version.major(engine) != version


def _image(client: Client, question: Question) -> Answer:
    answered = client.describe_images(
        ImageIds=[question.subject], IncludeDeprecated=True, IncludeDisabled=True
    )
    return _stated(answered["Images"], "State", "available")


def _certificate(client: Client, question: Question) -> Answer:
    answered = client.describe_certificate(CertificateArn=question.subject)
    return _stated([answered["Certificate"]], "Status", "ISSUED")


def _zone(client: Client, question: Question) -> Answer:
    return _listed([client.get_hosted_zone(Id=question.subject)["HostedZone"]])


def _role(client: Client, question: Question) -> Answer:
    role = client.get_role(RoleName=question.subject.rpartition("/")[2])["Role"]
    # Under another path there may be a role of the same name.
    return _listed([role] if question.account is None or role["Arn"] == question.subject else [])


def _subnet(client: Client, question: Question) -> Answer:
    return _listed(client.describe_subnets(SubnetIds=[question.subject])["Subnets"])


def _group(client: Client, question: Question) -> Answer:
    return _listed(client.describe_security_groups(GroupIds=[question.subject])["SecurityGroups"])


def _vpc(client: Client, question: Question) -> Answer:
    return _listed(client.describe_vpcs(VpcIds=[question.subject])["Vpcs"])


def _bucket(client: Client, question: Question) -> Answer:
    try:
        client.head_bucket(Bucket=question.subject)
    except ClientError as error:
        # The answer to HEAD has no body, so its status is all that it says.
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status not in (403, 404):
            raise
        return Answer(State.TAKEN if status == 403 else State.MISSING)
    return Answer(State.THERE)


def _listed(found: Sequence[Item]) -> Answer:
    return Answer(State.THERE if found else State.MISSING)


def _stated(found: Sequence[Item], key: str, good: str) -> Answer:
    state = found[0].get(key, good) if found else None
    return _listed(found) if state in (None, good) else Answer(State.UNUSABLE, str(state))


WAYS: Mapping[Kind, Way] = {
    Kind.BUCKET: Way("s3", "s3:ListBucket", _bucket),
    Kind.CERTIFICATE: Way("acm", "acm:DescribeCertificate", _certificate),
    Kind.GROUP: Way("ec2", "ec2:DescribeSecurityGroups", _group),
    Kind.IMAGE: Way("ec2", "ec2:DescribeImages", _image),
    Kind.ROLE: Way("iam", "iam:GetRole", _role),
    Kind.SUBNET: Way("ec2", "ec2:DescribeSubnets", _subnet),
    Kind.VERSION: Way("rds", "rds:DescribeDBEngineVersions", _version),
    Kind.VPC: Way("ec2", "ec2:DescribeVpcs", _vpc),
    Kind.ZONE: Way("route53", "route53:GetHostedZone", _zone),
}
