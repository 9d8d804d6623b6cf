"""What data sources look up: only where AWS can be asked for just that, and by known values."""

from __future__ import annotations

from typing import Any

import pytest

from policy_pack.catalog import Catalogs
from policy_pack.linter.checking import Scope
from policy_pack.live import lookups
from policy_pack.live.needs import needed
from policy_pack.live.questions import Criteria, Kind
from policy_pack.model import UNKNOWN, Frame, Invoke, Plan, Predicted, Resource, Secret, Value

AMAZON: dict[str, Value] = {"owners": ["amazon"], "filters": [{"name": "name", "values": ["al2023-*"]}]}
IMAGES: Criteria = (("Owners", ("amazon",)), ("name", ("al2023-*",)))
FRAMES = (Frame("main.py", 3),)


def asked(token: str, arguments: Any, **more: Any) -> list[tuple[Kind, str, Criteria, bool]]:
    invoke = Invoke(token, arguments, frames=FRAMES, **{"region": "eu-west-1", **more})
    uses = needed(Plan("small", "dev", ".", invokes=(invoke,)), Scope([], Catalogs(), bool)).uses
    found = [use.question for use in uses]
    return [(each.kind, each.region, each.criteria, each.unique) for each in found]


def test_an_image_is_looked_up_by_owners_and_filters() -> None:
    assert asked(lookups.AMI, AMAZON) == [(Kind.IMAGE, "eu-west-1", IMAGES, True)]
    recent = asked(lookups.AMI, {**AMAZON, "mostRecent": True, "includeDeprecated": False})
    assert recent == [(Kind.IMAGE, "eu-west-1", IMAGES, False)]


def test_arguments_become_the_filters_of_the_provider() -> None:
    subnet = {"vpcId": "vpc-0a", "defaultForAz": True, "tags": {"Name": "a"}, "id": ""}
    wanted = (("vpc-id", ("vpc-0a",)), ("default-for-az", ("true",)), ("tag:Name", ("a",)))
    assert asked(lookups.SUBNET, subnet) == [(Kind.SUBNET, "eu-west-1", wanted, True)]
    assert asked(lookups.VPC, {"default": False, "id": "vpc-0a"}) == [
        (Kind.VPC, "eu-west-1", (("VpcIds", ("vpc-0a",)),), True)
    ]


def test_what_is_global_is_looked_up_at_home() -> None:
    zone = (("name", ("example.com",)), ("private", ("false",)))
    found = asked(lookups.ZONE, {"name": "Example.com."}, region="cn-northwest-1")
    assert found == [(Kind.ZONE, "cn-north-1", zone, True)]
    assert asked(lookups.ZONE, {"zoneId": "Z0A"})[0][2] == (("zoneId", ("Z0A",)),)
    role = asked("aws:iam/getRole:getRole", {"name": "app"}, region=None)
    assert role == [(Kind.ROLE, "us-east-1", (("name", ("app",)),), False)]


@pytest.mark.parametrize("wrap", [Predicted, Secret, lambda text: UNKNOWN])
def test_nothing_is_asked_by_what_is_not_known_or_secret(wrap: Any) -> None:
    assert asked("aws:iam/getRole:getRole", {"name": wrap("app")}) == []
    assert asked(lookups.VPC, {"id": wrap("vpc-0a"), "default": True}) == []
    assert asked(lookups.AMI, {**AMAZON, "owners": ["self", wrap("amazon")]}) == []
    assert asked(lookups.AMI, {**AMAZON, "filters": [{"name": "name", "values": wrap(["a"])}]}) == []
    assert asked(lookups.CERTIFICATE, {"domain": "a.example.com", "keyTypes": [wrap("RSA_2048")]}) == []
    assert asked(lookups.ZONE, {"name": "a.example.com", "privateZone": wrap(True)}) == []


@pytest.mark.parametrize(
    ("token", "arguments"),
    [
        (lookups.AMI, {"owners": ["amazon"]}),
        (lookups.AMI, {**AMAZON, "includeDeprecated": True}),
        (lookups.VPC, {"default": True, "novelty": "x"}),
        (lookups.VPC, {}),
        (lookups.ZONE, {"name": "example.com", "vpcId": "vpc-0a"}),
        (lookups.CERTIFICATE, {"tags": {"a": "b"}}),
        ("aws:ssm/getParameter:getParameter", {"name": "/aws/service/ami"}),
        ("aws:ssm/getParameter:getParameter", {"name": "/my/own:3"}),
        ("aws:ecr/getRepository:getRepository", {"name": "app", "registryId": "1"}),
        ("aws:ec2/getSubnets:getSubnets", {"tags": {"a": "b"}}),
        ("gcp:dns/getManagedZone:getManagedZone", {"name": "app"}),
    ],
)
def test_what_no_one_call_can_tell_is_not_asked_for(token: str, arguments: dict[str, Any]) -> None:
    assert asked(token, arguments) == []


def test_a_provider_with_other_credentials_is_not_asked_for() -> None:
    urn = "urn:pulumi:dev::small::pulumi:providers:aws::other"
    provider = Resource(urn, "pulumi:providers:aws", "other", {"profile": "x"})
    invoke = Invoke(lookups.VPC, {"default": True}, f"{urn}::1", FRAMES, "eu-west-1")
    needs = needed(Plan("small", "dev", ".", (provider,), invokes=(invoke,)), Scope([], Catalogs(), bool))
    assert needs.uses == []
    assert [(item.urn, item.reason) for item in needs.missed] == [
        (lookups.VPC, "AWS was not asked, since its provider has credentials of its own")
    ]
