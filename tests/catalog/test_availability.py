from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs, State
from policy_pack.model import Confidence

CATALOGS = Catalogs()
SERVICES, TYPES = ("services",), ("resource types",)


@pytest.mark.parametrize(
    ("token", "region", "state", "sources"),
    [
        ("aws:rds/cluster:Cluster", "eu-west-1", State.AVAILABLE, ()),
        ("aws:rds/cluster:Cluster", "mx-central-1", State.AVAILABLE, ()),
        ("aws:apprunner/service:Service", "mx-central-1", State.ELSEWHERE, SERVICES + TYPES),
        ("aws:apprunner/connection:Connection", "mx-central-1", State.ELSEWHERE, SERVICES),
        ("aws:location/map:Map", "ap-southeast-6", State.ELSEWHERE, TYPES),
        ("aws:msk/cluster:Cluster", "eu-west-1", State.AVAILABLE, ()),
        # CloudFormation has DAX in fewer regions than DAX itself.
        ("aws:dax/cluster:Cluster", "ap-southeast-5", State.AVAILABLE, ()),
        ("aws:route53domains/domain:Domain", "eu-west-1", State.NO_DATA, ()),
        ("aws:devicefarm/project:Project", "eu-west-1", State.NO_DATA, ()),
        ("aws:nosuch/thing:Thing", "eu-west-1", State.NO_DATA, ()),
        ("aws:apprunner/service:Service", "us-iso-east-1", State.NO_DATA, ()),
        ("aws:apprunner/service:Service", "eu-west-99", State.NO_DATA, ()),
        ("pulumi:providers:aws", "eu-west-1", State.NO_DATA, ()),
        ("", "", State.NO_DATA, ()),
    ],
)
def test_a_type_is_missing_where_the_lists_miss_it(
    token: str, region: str, state: State, sources: tuple[str, ...]
) -> None:
    found = CATALOGS.availability.judge(token, region=region)
    assert (found.state, found.sources) == (state, sources)
    assert found.confidence is (Confidence.CERTAIN if len(sources) == 2 else Confidence.LIKELY)


def test_the_large_list_is_read_only_where_the_small_one_does_not_settle_it() -> None:
    catalogs = Catalogs()
    for token in ("aws:rds/cluster:Cluster", "aws:lb/listener:Listener", "aws:vpc/endpoint:Endpoint"):
        assert catalogs.availability.judge(token, region="eu-west-1").state is State.AVAILABLE
    assert [*catalogs._used] == ["services"]
    catalogs.availability.judge("aws:apprunner/service:Service", region="mx-central-1")
    assert [*catalogs._used] == ["services", "resource_types"]


@given(st.text(), st.text())
def test_no_text_makes_it_raise(token: str, region: str) -> None:
    assert CATALOGS.availability.judge(token, region=region).state in State


@pytest.mark.parametrize(
    ("zone", "region", "state", "nearest"),
    [
        ("eu-west-1a", "eu-west-1", State.AVAILABLE, None),
        ("eu-west-1d", "eu-west-1", State.NOT_LISTED, "eu-west-1c"),
        ("us-east-1f", "us-east-1", State.AVAILABLE, None),
        # Old accounts see a zone here that young ones do not.
        ("ap-northeast-1b", "ap-northeast-1", State.AVAILABLE, None),
        ("us-west-2-lax-1a", "us-west-2", State.AVAILABLE, None),
        ("us-east-1-wl1-bos-wlz-1", "us-east-1", State.AVAILABLE, None),
        ("us-gov-west-1a", "us-gov-west-1", State.NO_DATA, None),
        ("mx-central-1a", "mx-central-1", State.NO_DATA, None),
        ("eu-west-1", None, State.NOT_LISTED, None),
        ("xx-west-1a", None, State.NOT_LISTED, None),
        ("euw1-az1", None, State.NOT_LISTED, None),
    ],
)
def test_zones(zone: str, region: str | None, state: State, nearest: str | None) -> None:
    found = CATALOGS.zones.judge(zone)
    assert CATALOGS.zones.region_of(zone) == region
    assert (found.state, found.nearest) == (state, nearest)


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("aws:qldb/ledger:Ledger", "shutdown"),
        ("aws:appmesh/mesh:Mesh", "sunset"),
        ("aws:ec2/launchConfiguration:LaunchConfiguration", "maintenance"),
        ("aws:timestreamwrite/table:Table", "maintenance"),
        ("aws:ec2/instance:Instance", None),
        ("aws:autoscaling/group:Group", None),
        ("aws:timestreaminfluxdb/dbInstance:DbInstance", None),
        ("aws:pinpointemail/x:X", None),
        ("aws:pinpoint/app:App", "sunset"),
        ("aws:pinpoint/smsvoicev2Pool:Smsvoicev2Pool", None),
        ("nothing", None),
    ],
)
def test_life_cycles(token: str, status: str | None) -> None:
    found = CATALOGS.life_cycles.of(token)
    assert (found.status if found else None) == status


def test_what_is_shut_down_has_left_the_sdk_too() -> None:
    found = CATALOGS.life_cycles.of("aws:qldb/ledger:Ledger")
    assert found is not None
    assert not found.in_api
