"""Shipped, refreshed and the user's own facts: which of them hold, and where."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import CatalogError, Catalogs, Change, Outdated, Overlay, RuntimeState, State, kinds
from policy_pack.catalog.precedence import LIVE, newest
from policy_pack.catalog.store import ROOT
from policy_pack.model import Confidence
from policy_pack.refresh.live.catalogs import CATALOGS

SHIPPED = datetime.date(2026, 10, 20)
TODAY = datetime.date(2026, 11, 22)
ENGINE = "aurora-postgresql"

dates = st.dates(datetime.date(2026, 1, 1), datetime.date(2026, 12, 31))
regions = st.sampled_from(["eu-west-1", "eu-west-2", "us-east-1"])


def refreshed(
    root: Path, name: str, records: Mapping[str, object], day: str = "2026-11-20", region: str = "eu-west-1"
) -> Path:
    """A directory with one catalog as a refresh of a region writes it."""
    header = {
        "about": "about",
        "source": "AWS, live",
        "fetched": day,
        "command": f"preflight refresh {name}",
        "scope": region,
        "regions": {region: day},
        "unknown": {"me-south-1": "not enabled"},
    }
    path = root / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**header, "records": records}))
    return root


def answered(*versions: str, state: str = "available") -> dict[str, object]:
    return {f"{ENGINE} {each}": [{"regions": "all", "state": state, "family": "x"}] for each in versions}


@given(dates, st.lists(st.dictionaries(regions, dates), max_size=3), regions)
def test_the_newest_of_a_region_wins(
    shipped: datetime.date, known: list[dict[str, datetime.date]], region: str
) -> None:
    index = newest(shipped, known, region)
    others = [each[region] for each in known if region in each]
    if index is None:
        assert all(date < shipped for date in others)
    else:
        assert known[index][region] == max([shipped, *others])
        assert all(region not in each or each[region] < known[index][region] for each in known[index + 1 :])
    assert newest(shipped, known, None) is None


def test_what_aws_answered_for_a_region_holds_there_only(tmp_path: Path) -> None:
    records = {**answered("15.10", "15.99"), **answered("15.7", state="withdrawn")}
    versions = Catalogs(refreshed=[refreshed(tmp_path, "versions/rds", records)]).versions("rds")
    here = versions.judge(ENGINE, "15.99", region="eu-west-1")
    assert (here.state, here.confidence, here.sources) == (State.AVAILABLE, Confidence.CERTAIN, ("AWS",))
    assert (here.evidence.source, here.evidence.fetched, here.evidence.scope) == (
        "AWS, live",
        "2026-11-20",
        "eu-west-1",
    )
    assert versions.judge(ENGINE, "15.7", region="eu-west-1").confidence is Confidence.CERTAIN
    # Between two that AWS has answered, and shipped as available.
    gone = versions.judge(ENGINE, "15.19", region="eu-west-1")
    assert (gone.state, gone.confidence) == (State.NOT_LISTED, Confidence.CERTAIN)
    for region in ("eu-west-2", None):
        assert versions.judge(ENGINE, "15.99", region=region).state is State.NEWER
        assert versions.judge(ENGINE, "15.19", region=region).evidence.fetched == "2026-10-20"


def test_what_was_withdrawn_stays_so_where_aws_no_longer_tells(tmp_path: Path) -> None:
    root = refreshed(tmp_path, "versions/rds", answered("15.10"))
    found = Catalogs(refreshed=[root]).versions("rds").judge(ENGINE, "15.3", region="eu-west-1")
    assert (found.state, found.confidence) == (State.WITHDRAWN, Confidence.CERTAIN)
    assert found.evidence.fetched == "2026-10-20"


def test_what_aws_answered_or_the_user_says_stands_above_the_regions_that_are_shipped(tmp_path: Path) -> None:
    assert Catalogs().versions("emr").judge("emr", "5.0.1", region="eu-west-1").state is State.ELSEWHERE
    root = refreshed(tmp_path, "versions/emr", {"emr 5.0.1": [{"regions": "all"}]})
    live = Catalogs(refreshed=[root]).versions("emr").judge("emr", "5.0.1", region="eu-west-1")
    assert (live.state, live.sources) == (State.AVAILABLE, ("AWS",))
    overlay = Overlay(Path("facts.toml"), {"versions/emr": {"emr 5.0.1": Change("available", "seen")}})
    own = Catalogs(overlay=overlay).versions("emr").judge("emr", "5.0.1", region="eu-west-1")
    assert (own.state, own.confidence) == (State.AVAILABLE, Confidence.CERTAIN)


def test_an_older_refresh_gives_way_to_a_newer_release(tmp_path: Path) -> None:
    root = refreshed(tmp_path, "versions/rds", answered("15.10"), day="2026-10-19")
    found = Catalogs(refreshed=[root]).versions("rds").judge(ENGINE, "15.19", region="eu-west-1")
    assert found.state is State.AVAILABLE


def test_of_two_refreshes_of_a_day_the_later_root_wins(tmp_path: Path) -> None:
    roots = [
        refreshed(tmp_path / "user", "versions/mq", {"rabbitmq 3.13": [{"regions": "all"}]}),
        refreshed(tmp_path / "project", "versions/mq", {"rabbitmq 4.0": [{"regions": "all"}]}),
    ]
    versions = Catalogs(refreshed=roots).versions("mq")
    assert versions.judge("rabbitmq", "4.0", region="eu-west-1").state is State.AVAILABLE
    assert versions.judge("rabbitmq", "3.13", region="eu-west-1").state is State.NOT_LISTED
    assert versions.judge("rabbitmq", "4.0", region="eu-west-2").state is State.NO_DATA


def test_classes_and_zones_are_refreshed_alike(tmp_path: Path) -> None:
    refreshed(tmp_path, "instances/ec2", {"m99.large": [{"regions": "all"}]})
    refreshed(tmp_path, "instances/mq", {"rabbitmq mq.m9g.large": [{"regions": "all", "modes": ["x"]}]})
    refreshed(tmp_path, "zones", {"eu-west-1d": [{"regions": "all", "zone_id": "euw1-az4"}]})
    catalogs = Catalogs(refreshed=[tmp_path])
    assert catalogs.instances("ec2").judge("m99.large", region="eu-west-1").state is State.AVAILABLE
    assert catalogs.instances("ec2").judge("m5.large", region="eu-west-1").state is State.NOT_LISTED
    assert catalogs.instances("ec2").judge("m5.large", region="eu-west-2").state is State.AVAILABLE
    mq = catalogs.instances("mq")
    assert mq.judge("mq.m9g.large", region="eu-west-1", kind="rabbitmq").state is State.AVAILABLE
    assert mq.judge("mq.m9g.large", region="eu-west-1", kind="activemq").state is State.NO_DATA
    assert catalogs.zones.judge("eu-west-1d").state is State.AVAILABLE
    assert catalogs.zones.judge("eu-west-3d").state is State.NOT_LISTED


def test_a_broken_refresh_is_named(tmp_path: Path) -> None:
    (refreshed(tmp_path, "zones", {}) / "zones.json").write_text("{")
    with pytest.raises(CatalogError, match=str(tmp_path)):
        assert Catalogs(refreshed=[tmp_path]).zones


def laid(tmp_path: Path | None, key: str, fact: object) -> Catalogs:
    roots = [tmp_path] if tmp_path else []
    overlay = Overlay(Path("facts.toml"), {"versions/rds": {key: Change(fact, "support case 7")}})
    return Catalogs(refreshed=roots, overlay=overlay)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize(
    ("version", "fact", "state"),
    [
        ("15.3", "available", State.AVAILABLE),
        ("15.19", "withdrawn", State.WITHDRAWN),
        ("15.99", "available", State.AVAILABLE),
        ("15.19", {"me": "withdrawn"}, State.WITHDRAWN),
    ],
)
def test_the_users_own_facts_stand_above_all(
    tmp_path: Path, version: str, fact: object, state: State, live: bool
) -> None:
    root = refreshed(tmp_path, "versions/rds", answered("15.10", "15.19")) if live else None
    found = laid(root, f"{ENGINE} {version}", fact).versions("rds").judge(ENGINE, version, region="eu-west-1")
    assert found.state is state
    assert found.evidence.source == "your overlay `facts.toml`: support case 7"
    assert found.confidence is (Confidence.CERTAIN if isinstance(fact, str) else Confidence.LIKELY)


@pytest.mark.parametrize("live", [False, True])
def test_a_fact_can_be_taken_away(tmp_path: Path, live: bool) -> None:
    root = refreshed(tmp_path, "versions/rds", answered("15.10", "15.19")) if live else None
    catalogs = laid(root, f"{ENGINE} 15.19", None)
    assert catalogs.versions("rds").judge(ENGINE, "15.19", region="eu-west-1").state is State.NEWER


def test_facts_of_any_catalog_can_be_laid_over(tmp_path: Path) -> None:
    changes = {
        "instances/ec2": {"m5.large": Change("all but eu-west-1", "no quota")},
        "lambda_runtimes": {"python3.14": Change(None, "not for us")},
        "zones": {"eu-west-1d": Change("eu-west-1", "our account sees it")},
    }
    catalogs = Catalogs(overlay=Overlay(Path("facts.toml"), changes))
    found = catalogs.instances("ec2").judge("m5.large", region="eu-west-1")
    assert (found.state, found.evidence.source) == (State.ELSEWHERE, "your overlay `facts.toml`: no quota")
    runtime = catalogs.lambda_runtimes.judge("python3.14", today=TODAY)
    assert runtime.state is RuntimeState.NOT_LISTED
    assert runtime.evidence.source == "your overlay `facts.toml`: not for us"
    assert catalogs.zones.judge("eu-west-1d").state is State.AVAILABLE


@pytest.mark.parametrize(
    ("key", "fact", "reason", "says"),
    [
        (f"{ENGINE} 15.3", "gone", "because", "Invalid enum"),
        (f"{ENGINE} 15.3", "available", " ", "no reason"),
        (f"{ENGINE}-15.3", "available", "because", "not named like the records of versions/rds"),
    ],
)
def test_a_wrong_fact_is_named(key: str, fact: str, reason: str, says: str) -> None:
    overlay = Overlay(Path("facts.toml"), {"versions/rds": {key: Change(fact, reason)}})
    with pytest.raises(CatalogError, match=rf"facts\.toml.*15\.3.*{says}"):
        Catalogs(overlay=overlay).versions("rds")


def test_what_can_be_renewed_is_what_aws_is_asked_for() -> None:
    assert {name for name in CATALOGS if name in kinds.names(ROOT)} == LIVE


def test_the_users_own_facts_of_an_edition_are_named() -> None:
    changes = {"versions/rds": {"oracle-* 19.0.0.0": Change("available", "ours")}}
    found = (
        Catalogs(overlay=Overlay(Path("facts.toml"), changes))
        .versions("rds")
        .judge("oracle-ee", "19.0.0.0", region=None)
    )
    assert found.evidence.source == "your overlay `facts.toml`: ours"


def test_a_fact_of_the_users_own_alone_is_no_list() -> None:
    changes = {"versions/mq": {"rabbitmq 3.12.13": Change("withdrawn", "ours")}}
    versions = Catalogs(overlay=Overlay(Path("facts.toml"), changes)).versions("mq")
    assert versions.judge("rabbitmq", "3.12.13", region=None).state is State.WITHDRAWN
    for version in ("3.12.1", "3.13"):
        assert versions.judge("rabbitmq", version, region=None).state is State.NO_DATA


def test_names_and_regional_facts_refer_to_the_overlay_too() -> None:
    changes = {
        "reserved_names": {
            "aws:s3/bucket:Bucket bucket": Change(
                {
                    "prefixes": ["acme-"],
                    "names": [],
                    "any_case": False,
                    "reserved_for": "the platform team",
                    "url": "https://example.com",
                    "checked": "2026-11-01",
                },
                "names",
            )
        },
        "reserved_usernames": {
            "postgres acme*": Change(
                {
                    "checked": "2026-11-01",
                    "outcome": "refused",
                    "reason": "a convention",
                    "source": "us",
                    "url": "https://example.com",
                },
                "users",
            )
        },
        "sql_reserved_words": {"ACME": Change(["mysql"], "words")},
        "services": {"dax": Change("all but eu-west-1", "services")},
        "resource_types": {"AWS::DAX::Cluster": Change("all but eu-west-1", "types")},
    }
    catalogs = Catalogs(overlay=Overlay(Path("facts.toml"), changes))
    name = catalogs.reserved_names.judge("aws:s3/bucket:Bucket", "bucket", "acme-logs")
    user = catalogs.reserved_usernames.judge("postgres", "acme_admin")
    word = catalogs.reserved_usernames.judge("mysql", "acme")
    service = catalogs.availability.judge("aws:dax/cluster:Cluster", region="eu-west-1")
    assert service.state is State.ELSEWHERE
    reasons = [each.evidence.source.partition(": ")[2] for each in (name, user, word, service) if each]
    assert reasons == ["names", "users", "words", "types"]


def test_a_catalog_past_its_limit_is_named_with_what_renews_it(tmp_path: Path) -> None:
    catalogs = Catalogs()
    assert catalogs.outdated(datetime.date(2030, 1, 1)) == ()
    assert catalogs.versions("rds")
    assert catalogs.lambda_runtimes
    assert catalogs.fargate_sizes
    assert catalogs.outdated(SHIPPED + datetime.timedelta(60)) == ()
    after = SHIPPED + datetime.timedelta(61)
    assert catalogs.outdated(after) == (Outdated("versions/rds", SHIPPED, 60, live=True),)
    found = catalogs.outdated(SHIPPED + datetime.timedelta(181))
    assert {each.catalog: each.live for each in found} == {"lambda_runtimes": False, "versions/rds": True}

    renewed = Catalogs(refreshed=[refreshed(tmp_path, "versions/rds", answered("15.10"), day="2026-12-01")])
    assert renewed.versions("rds")
    assert renewed.outdated(after) == ()
    assert renewed.oldest_used() == "2026-12-01"
