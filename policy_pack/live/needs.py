"""What a program needs to know of AWS. Pure; asks of known values only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from policy_pack.linter import diagnostics
from policy_pack.linter.checking import Scope
from policy_pack.live.lookups import lookups
from policy_pack.live.offers import offers
from policy_pack.live.questions import Kind, Needs, Question, Use
from policy_pack.model import ABSENT, NotEvaluated, Plan, Resource, Value
from policy_pack.model.values import join_path

ROLE = "aws:iam/role:Role"
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")

_HOMES = {"cn-": "cn-north-1", "us-gov-": "us-gov-west-1"}

# By these a provider has other credentials than those that ask, or asks something else than AWS.
_OWN_CREDENTIALS = (
    *("accessKey", "assumeRole", "assumeRoleWithWebIdentity", "assumeRoles", "endpoints", "profile"),
    *("secretKey", "sharedConfigFiles", "sharedCredentialsFiles", "token"),
)
_NOTHING: tuple[Value, ...] = (None, "", "[]", "{}", [], {})

# Properties that take the id of something that exists already, and how such ids look.
_IDS = (
    (Kind.IMAGE, {"ami", "imageId"}, re.compile(r"ami-[0-9a-f]+")),
    (Kind.SUBNET, {"subnetId", "subnetIds", "subnets"}, re.compile(r"subnet-[0-9a-f]+")),
    (
        Kind.GROUP,
        {"securityGroupIds", "securityGroups", "vpcSecurityGroupIds"},
        re.compile(r"sg-[0-9a-f]+"),
    ),
    (Kind.VPC, {"vpcId"}, re.compile(r"vpc-[0-9a-f]+")),
    (
        Kind.ROLE,
        {"executionRoleArn", "nodeRoleArn", "role", "roleArn", "serviceRoleArn", "taskRoleArn"},
        re.compile(r"arn:[\w-]+:iam::\d{12}:role/\S+"),
    ),
    (
        Kind.CERTIFICATE,
        {"acmCertificateArn", "certificateArn", "regionalCertificateArn"},
        re.compile(r"arn:[\w-]+:acm:[\w-]+:\d{12}:certificate/\S+"),
    ),
)
_ZONE = re.compile(r"(?:/hostedzone/)?(Z[A-Z0-9]+)")
_ROLE_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def needed(plan: Plan, scope: Scope, profile: str | None = None) -> Needs:
    """The questions of a plan, as far as their findings are wanted."""
    needs = Needs()
    roles = _roles_made(plan)
    for resource in plan.resources:
        uses = [*offers(resource, scope), *_existing(resource, roles), *_buckets(resource)]
        _sort(needs, uses, scope, others=_has_own_credentials(resource.provider, plan, profile))
    for invoke in plan.invokes:
        uses = [*lookups(invoke, _home(invoke.region))]
        _sort(needs, uses, scope, others=_has_own_credentials(invoke.provider, plan, profile))
    return needs


def _sort(needs: Needs, uses: Iterable[Use], scope: Scope, *, others: bool) -> None:
    """Tell what is asked from what cannot be, perhaps since other credentials are used for it."""
    for use in uses:
        if not scope.wanted(use.rule):
            continue
        if not use.question.region:
            _miss(needs, use, "its region is not known")
        elif others and not use.question.kind.is_offer:
            _miss(needs, use, "its provider has credentials of its own")
        else:
            needs.uses.append(use)


def _miss(needs: Needs, use: Use, reason: str) -> None:
    needs.missed.append(NotEvaluated(use.rule, use.urn, use.path, f"AWS was not asked, since {reason}"))


def _existing(resource: Resource, roles: frozenset[str] | None) -> Iterator[Use]:
    """What a resource refers to by id or name, and the program does not make itself."""
    if not resource.type.startswith("aws:"):
        return
    for path, text in _texts(resource.inputs):
        found = _by_id(resource, path, text) or _by_type(resource, path, text)
        if found is None or (found.kind is Kind.ROLE and (roles is None or _role_name(found) in roles)):
            continue
        yield Use(found, resource, path, diagnostics.LIVE_RESOURCE_MISSING.name)


def _by_id(resource: Resource, path: str, text: str) -> Question | None:
    # What another VPC is peered with, or a zone belongs to, may be elsewhere.
    if "gress" in path or resource.type.startswith("aws:route53/"):
        return None
    for kind, names, pattern in _IDS:
        if _name(path) in names and pattern.fullmatch(text):
            if kind is Kind.CERTIFICATE:
                return Question(kind, text, text.split(":")[3])
            return Question(kind, text, _home(resource.region) if kind.is_global else resource.region or "")
    return None


def _by_type(resource: Resource, path: str, text: str) -> Question | None:
    zone = _ZONE.fullmatch(text)
    if resource.type.startswith("aws:route53/") and path == "zoneId" and zone:
        return Question(Kind.ZONE, zone[1], _home(resource.region))
    is_role = resource.type.startswith("aws:iam/") and _name(path) in {"role", "roles"}
    if is_role and _ROLE_NAME.fullmatch(text):
        return Question(Kind.ROLE, text, _home(resource.region))
    return None


def _buckets(resource: Resource) -> Iterator[Use]:
    name = resource.inputs.get("bucket")
    # One that is imported is there, as it should be.
    if resource.type not in BUCKETS or resource.options.import_id or not isinstance(name, str):
        return
    if _BUCKET_NAME.fullmatch(name):
        question = Question(Kind.BUCKET, name, _home(resource.region))
        yield Use(question, resource, "bucket", diagnostics.LIVE_BUCKET_NAME_TAKEN.name)


def _roles_made(plan: Plan) -> frozenset[str] | None:
    """The names of the roles that the program makes, None when one of them is not decided yet."""
    names = [resource.at("name") for resource in plan.by_type.get(ROLE, ())]
    given = [name for name in names if name is not ABSENT and name is not None]
    texts = [name for name in given if isinstance(name, str)]
    return frozenset(texts) if len(texts) == len(given) else None


def _role_name(question: Question) -> str:
    return question.subject.rpartition("/")[2]


def _has_own_credentials(reference: str | None, plan: Plan, profile: str | None) -> bool:
    """Whether what has this provider is made, perhaps in another account, by other credentials than ask."""
    provider = plan.by_urn.get((reference or "").rpartition("::")[0])
    settings: Mapping[str, Value] = (
        provider.inputs
        if provider
        else {key.removeprefix("aws:"): value for key, value in plan.config.items() if key.startswith("aws:")}
    )
    given = {key: settings[key] for key in _OWN_CREDENTIALS if settings.get(key) not in _NOTHING}
    return bool(given) and given != {"profile": profile}


def _home(region: str | None) -> str:
    """The region where what is global in the partition of a region is asked for."""
    found = (home for prefix, home in _HOMES.items() if (region or "").startswith(prefix))
    return next(found, "us-east-1")


def _texts(value: Value, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text that is known and no secret, with its property path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, join_path(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def _name(path: str) -> str:
    return path.rpartition(".")[2].partition("[")[0]
