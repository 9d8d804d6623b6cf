from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs, State
from policy_pack.catalog.store import ROOT
from policy_pack.model import Confidence

CATALOGS = Catalogs()
SERVICES = sorted(path.stem for path in (ROOT / "instances").glob("*.json"))
CLASSES = {
    service: sorted(json.loads((ROOT / "instances" / f"{service}.json").read_text())["records"])
    for service in SERVICES
}


@pytest.mark.parametrize(
    ("service", "name", "kind", "region", "state", "nearest"),
    [
        ("ec2", "m5.large", None, "eu-west-1", State.AVAILABLE, None),
        ("ec2", "m5.lrge", None, "eu-west-1", State.NOT_LISTED, "m5.large"),
        ("ec2", "t3-large", None, "eu-west-1", State.NOT_LISTED, "t3.large"),
        ("ec2", "m5.large", None, "ap-southeast-6", State.ELSEWHERE, "m6g.large"),
        ("ec2", "m5.large", None, None, State.AVAILABLE, None),
        ("ec2", "m5.large", None, "eu-nowhere-1", State.NO_DATA, None),
        ("ec2", "m99.large", None, "eu-west-1", State.NEWER, None),
        ("ec2", "u7inh-32tb.480xlarge", None, "eu-west-1", State.NEWER, None),
        ("ec2", "", None, "eu-west-1", State.NOT_LISTED, None),
        ("rds", "db.serverless", "aurora-mysql", "eu-west-1", State.AVAILABLE, None),
        ("rds", "db.serverless", "mysql", "eu-west-1", State.ELSEWHERE, None),
        ("rds", "db.t3.micro", "mysql", "eu-west-1", State.AVAILABLE, None),
        ("rds", "db.t3.micro", "aurora-postgresql", "eu-west-1", State.ELSEWHERE, "db.t3.medium"),
        ("rds", "db.t3.micro", "custom-oracle-ee", "eu-west-1", State.NO_DATA, None),
        ("rds", "t3.micro", "mysql", "eu-west-1", State.NOT_LISTED, "db.t3.micro"),
        ("docdb", "db.serverless", None, "eu-west-1", State.NEWER, None),
        ("mq", "mq.m7g.2xlarge", None, "eu-west-1", State.AVAILABLE, None),
        ("mq", "mq.m7g.2xl", None, "eu-west-1", State.NOT_LISTED, "mq.m7g.2xlarge"),
        ("redshift", "ra3.xlplus", None, "eu-west-1", State.AVAILABLE, None),
        ("redshift", "ds2.xlarge", None, "eu-west-1", State.NOT_LISTED, "dc2.8xlarge"),
        ("sagemaker", "ml.m5.large", "hosting", "eu-west-1", State.AVAILABLE, None),
        ("opensearch", "m5.large.search", None, "eu-west-1", State.AVAILABLE, None),
        ("elasticache", "cache.t3.nano", None, "eu-west-1", State.NOT_LISTED, "cache.t3.small"),
    ],
)
def test_states(
    service: str, name: str, kind: str | None, region: str | None, state: State, nearest: str | None
) -> None:
    found = CATALOGS.instances(service).judge(name, region=region, kind=kind)
    assert (found.state, found.nearest) == (state, nearest)
    assert found.confidence is Confidence.LIKELY
    assert "prices" in (found.evidence.scope or "")


@pytest.mark.parametrize("service", SERVICES)
@given(data=st.data())
def test_it_never_raises_and_never_suggests_what_is_not_offered(service: str, data: st.DataObject) -> None:
    catalog = CATALOGS.instances(service)
    name = data.draw(st.sampled_from(CLASSES[service]) | st.text())
    kind = data.draw(st.sampled_from([None, *sorted(catalog.kinds)]) | st.text())
    region = data.draw(st.sampled_from(["eu-west-1", "ap-southeast-6", "cn-north-1", None]) | st.text())
    found = catalog.judge(name, region=region, kind=kind)
    if found.nearest:
        assert catalog.judge(found.nearest, region=region, kind=kind).state is State.AVAILABLE


@pytest.mark.parametrize("service", SERVICES)
def test_every_class_is_available_in_exactly_its_regions(service: str) -> None:
    catalog = CATALOGS.instances(service)
    for name in CLASSES[service]:
        offered = catalog.regions_of(name)
        for region in ("eu-west-1", "mx-central-1"):
            expected = State.AVAILABLE if region in offered else State.ELSEWHERE if offered else State.NEWER
            if region in catalog._files[0].regions:
                assert catalog._list(region).judge(name, region, None) is expected


def test_the_engines_of_rds_differ() -> None:
    catalog = CATALOGS.instances("rds")
    assert catalog.kinds > {"aurora-postgresql", "mysql", "oracle-se2", "sqlserver-web"}
    offered = {
        kind: {name for name in CLASSES["rds"] if catalog.regions_of(name, kind)} for kind in catalog.kinds
    }
    assert len({frozenset(names) for names in offered.values()}) > 8
