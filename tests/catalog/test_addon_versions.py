"""EKS add-ons: judged by what AWS has answered in the region, by nothing else but the user's own facts."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from policy_pack.catalog import Catalogs, Change, Overlay, State, Verdict
from policy_pack.model import Confidence

DAY = datetime.date(2026, 11, 20)
RECORDS = {
    "vpc-cni v1.18.1-eksbuild.1": [{"regions": "all", "clusters": ["1.30", "1.31"], "default_of": ["1.30"]}],
    "vpc-cni v1.20.4-eksbuild.2": [
        {"regions": "eu-west-1", "clusters": ["1.31", "1.33"], "default_of": ["1.31", "1.33"]},
        {"regions": "eu-west-2", "clusters": ["1.31"]},
    ],
    "vpc-cni v1.20.10-eksbuild.1": [{"regions": "all but eu-west-2", "clusters": ["1.33"]}],
    "coredns v1.11.1": [{"regions": "all", "clusters": ["1.34"]}],
}


@pytest.fixture
def answered(tmp_path: Path) -> Path:
    header = dict.fromkeys(("about", "source", "command", "scope"), "AWS, live")
    days = {region: DAY.isoformat() for region in ("eu-west-1", "eu-west-2")}
    document = {**header, "fetched": DAY.isoformat(), "max_age_days": 60, "regions": days, "records": RECORDS}
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "eks_addons.json").write_text(json.dumps(document))
    return tmp_path


def judge(
    root: Path | None,
    version: str,
    cluster: str,
    region: str | None = "eu-west-1",
    days: int = 0,
    **own: object,
) -> Verdict:
    changes = {f"vpc-cni {key}": Change(fact, "ours") for key, fact in own.items()}
    overlay = Overlay(Path("facts.toml"), {"versions/eks_addons": changes}) if own else None
    catalogs = Catalogs(refreshed=[root] if root else [], overlay=overlay)
    today = DAY + datetime.timedelta(days)
    return catalogs.addon_versions.judge("vpc-cni", version, cluster, region=region, today=today)


@pytest.mark.parametrize(
    ("version", "cluster", "state", "nearest"),
    [
        ("v1.20.4-eksbuild.2", "1.33", State.AVAILABLE, None),
        ("v1.18.1-eksbuild.1", "1.33", State.ELSEWHERE, "v1.20.4-eksbuild.2"),
        ("v1.20.10-eksbuild.1", "1.30", State.ELSEWHERE, "v1.18.1-eksbuild.1"),
        ("v1.18.1-eksbuild.1", "1.34", State.ELSEWHERE, None),
        ("v1.18.1-eksbuild.1", "1.35", State.NO_DATA, None),
        ("v1.20.11-eksbuild.1", "1.33", State.NEWER, "v1.20.4-eksbuild.2"),
        ("v1.20.9-eksbuild.1", "1.33", State.NOT_LISTED, "v1.20.4-eksbuild.2"),
    ],
)
def test_a_version_fits_the_clusters_that_aws_lists(
    answered: Path, version: str, cluster: str, state: State, nearest: str | None
) -> None:
    found = judge(answered, version, cluster)
    assert (found.state, found.nearest) == (state, nearest)
    assert (found.evidence.fetched, found.evidence.scope) == ("2026-11-20", "eu-west-1")


def test_regions_differ(answered: Path) -> None:
    assert judge(answered, "v1.20.4-eksbuild.2", "1.31", "eu-west-2").state is State.AVAILABLE
    assert judge(answered, "v1.20.10-eksbuild.1", "1.31", "eu-west-2").state is State.NEWER
    for region in ("us-east-1", None):
        assert judge(answered, "v1.18.1-eksbuild.1", "1.33", region).state is State.NO_DATA


def test_only_what_was_said_lately_of_a_version_is_certain(answered: Path) -> None:
    assert judge(answered, "v1.18.1-eksbuild.1", "1.33", days=60).confidence is Confidence.CERTAIN
    assert judge(answered, "v1.18.1-eksbuild.1", "1.33", days=61).confidence is Confidence.LIKELY
    assert judge(answered, "v1.20.9-eksbuild.1", "1.33").confidence is Confidence.LIKELY


def test_nothing_is_known_before_aws_was_asked() -> None:
    assert judge(None, "v1.18.1-eksbuild.1", "1.33").state is State.NO_DATA


@pytest.mark.parametrize("live", [False, True])
def test_the_users_own_facts_stand_above_aws(answered: Path, live: bool) -> None:
    root = answered if live else None
    for fact, state in ((["1.33"], State.AVAILABLE), (["1.31"], State.ELSEWHERE), (None, State.NOT_LISTED)):
        found = judge(root, "v1", "1.33", v1=fact)
        assert (found.state, found.evidence.source) == (state, "your overlay `facts.toml`: ours")
    assert judge(None, "v2", "1.33", v1=["1.33"]).state is State.NO_DATA
