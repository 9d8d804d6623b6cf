from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs, EngineVersion, EngineVersions, State, Verdict
from policy_pack.catalog.engine_versions import Claim, EngineVersionsFile
from policy_pack.model import Confidence

CERTAIN, LIKELY = Confidence.CERTAIN, Confidence.LIKELY
SHIPPED = Catalogs().versions("rds")
RECORDED = [
    (engine.replace("*", edition), version)
    for engine in SHIPPED.engines()
    for version in SHIPPED._claims(None)[engine]
    for edition in (("ee",) if engine.endswith("*") else ("",))
]

engines = st.one_of(st.sampled_from(sorted({engine for engine, _ in RECORDED})), st.text())
version_texts = st.one_of(
    st.sampled_from([version for _, version in RECORDED]),
    st.from_regex(r"\A[0-9]{1,2}(\.[0-9]{1,3}){0,2}(\.mysql_aurora\.[0-9])?\Z"),
    st.text(),
)


def made(records: dict[str, dict[str, Claim]]) -> EngineVersions:
    """A catalog of the given records."""
    file = EngineVersionsFile(
        about="about",
        source="one, two",
        fetched=datetime.date(2026, 1, 2),
        command="command",
        scope="us-east-1 only",
        records=records,
    )
    return EngineVersions(file, Catalogs().regions.partition)


@pytest.mark.parametrize(
    ("engine", "version", "state", "confidence", "nearest"),
    [
        ("aurora-postgresql", "15", State.AVAILABLE, CERTAIN, None),
        ("aurora-postgresql", "15.3", State.WITHDRAWN, CERTAIN, "15.10"),
        ("aurora-postgresql", "15.8", State.WITHDRAWN, LIKELY, "15.10"),
        ("aurora-postgresql", "15.10", State.AVAILABLE, CERTAIN, None),
        ("aurora-postgresql", "15.11", State.NOT_LISTED, CERTAIN, "15.12"),
        ("aurora-postgresql", "15.99", State.NEWER, LIKELY, "15.19"),
        ("aurora-postgresql", "99.1", State.NEWER, LIKELY, "18.6"),
        ("aurora-postgresql", "99", State.NEWER, LIKELY, "18.6"),
        ("aurora-postgresql", "10", State.WITHDRAWN, CERTAIN, "11.9"),
        ("aurora-postgresql", "16.3", State.WITHDRAWN, CERTAIN, "16.8"),
        ("aurora-postgresql", "16.6-limitless", State.AVAILABLE, CERTAIN, None),
        ("aurora-postgresql", "banana", State.NOT_LISTED, LIKELY, "18.6"),
        ("aurora-postgresql", "15.banana", State.NOT_LISTED, LIKELY, "15.19"),
        ("aurora-postgresql", "15.99.", State.NOT_LISTED, LIKELY, "15.19"),
        ("aurora-mysql", "5.7", State.AVAILABLE, CERTAIN, None),
        ("aurora-mysql", "8.0", State.AVAILABLE, CERTAIN, None),
        ("aurora-mysql", "5.7.mysql_aurora.2.11.1", State.AVAILABLE, CERTAIN, None),
        ("aurora-mysql", "8.0.mysql_aurora.3.05", State.WITHDRAWN, CERTAIN, "8.0.mysql_aurora.3.08.0"),
        ("aurora-mysql", "8.0.40", State.NOT_LISTED, LIKELY, "8.0.mysql_aurora.3.04.0"),
        ("mysql", "8.0", State.AVAILABLE, CERTAIN, None),
        ("mysql", "8.4", State.AVAILABLE, CERTAIN, None),
        ("mysql", "8", State.AVAILABLE, CERTAIN, None),
        ("mysql", "9.1.0", State.NEWER, LIKELY, "8.4.11"),
        ("mysql", "8.4.11-rds.20301231", State.NEWER, LIKELY, "8.4.11"),
        ("mysql", "8.1.0", State.NOT_LISTED, LIKELY, "8.4.5"),
        ("mariadb", "11.4.13-rds.20301231", State.NEWER, LIKELY, "11.4.13"),
        ("mariadb", "11.4", State.AVAILABLE, CERTAIN, None),
        ("mariadb", "10.4.13", State.WITHDRAWN, LIKELY, "10.5.27"),
        ("postgres", "9.6", State.WITHDRAWN, CERTAIN, "11.22-rds.20251114"),
        ("postgres", "11.22-rds.20250508", State.WITHDRAWN, LIKELY, "11.22-rds.20251114"),
        ("sqlserver-ee", "15.00", State.AVAILABLE, CERTAIN, None),
        ("oracle-ee", "12.1.0.2.v3", State.WITHDRAWN, LIKELY, "19.0.0.0.ru-2019-07.rur-2019-07.r1"),
        ("db2-se", "11.5", State.AVAILABLE, LIKELY, None),
        ("docdb", "5.0.0", State.NO_DATA, LIKELY, None),
        ("neptune", "1.3.0.0", State.NO_DATA, LIKELY, None),
        ("Aurora-PostgreSQL", "15.3", State.NO_DATA, LIKELY, None),
    ],
)
def test_states(engine: str, version: str, state: State, confidence: Confidence, nearest: str | None) -> None:
    found = SHIPPED.judge(engine, version, region=None)
    assert (found.state, found.confidence, found.nearest) == (state, confidence, nearest)


def test_a_verdict_names_its_sources_and_their_age() -> None:
    found = SHIPPED.judge("aurora-postgresql", "15.3", region="eu-west-1")
    assert found.sources == ("aws-cdk-lib", "cfn-lint")
    assert found.evidence.fetched == "2026-10-20"
    assert found.evidence.scope == "us-east-1 only"
    assert "cfn-lint 1.58.0" in found.evidence.source


@pytest.mark.parametrize(
    ("region", "confidence"),
    [
        (None, CERTAIN),
        ("us-east-1", CERTAIN),
        ("eu-west-1", CERTAIN),
        ("eu-west-9", CERTAIN),
        ("cn-north-1", LIKELY),
        ("us-gov-west-1", LIKELY),
        ("nowhere", LIKELY),
    ],
)
def test_the_catalog_is_certain_in_its_own_partition_only(region: str | None, confidence: Confidence) -> None:
    assert SHIPPED.judge("aurora-postgresql", "15.3", region=region).confidence is confidence


def test_one_source_is_enough_to_withdraw_a_version_but_not_to_be_certain() -> None:
    found = made({"e 1.0.1": {"one": "withdrawn", "two": "listed"}}).judge("e", "1.0.1", region=None)
    assert found == Verdict(State.WITHDRAWN, LIKELY, None, found.evidence, ("one",))


def test_a_major_is_withdrawn_when_all_its_minors_are() -> None:
    catalog = made({"e 1.0.1": {"one": "withdrawn"}, "e 1.0.2": {"one": "withdrawn", "two": "withdrawn"}})
    assert catalog.judge("e", "1.0", region=None).sources == ("one", "two")
    catalog = made({"e 1.0.1": {"one": "withdrawn"}, "e 1.0.2": {"one": "available", "two": "listed"}})
    assert catalog.judge("e", "1.0", region=None).state is State.AVAILABLE


def test_a_source_that_still_lists_a_minor_does_not_call_the_major_withdrawn() -> None:
    catalog = made({"e 1.0.1": {"one": "withdrawn", "two": "listed"}, "e 1.0.2": {"two": "withdrawn"}})
    found = catalog.judge("e", "1.0", region=None)
    assert (found.state, found.sources) == (State.WITHDRAWN, ("one",))


@pytest.mark.parametrize(
    ("records", "confidence"),
    [
        (
            {"e 1.0.1": {"one": "listed", "two": "listed"}, "e 1.0.3": {"one": "listed", "two": "listed"}},
            CERTAIN,
        ),
        ({"e 1.0.1": {"one": "listed", "two": "listed"}, "e 1.0.3": {"one": "listed"}}, LIKELY),
        (
            {"e 1.0.1": {"one": "listed", "two": "listed"}, "e 1.1.3": {"one": "listed", "two": "listed"}},
            LIKELY,
        ),
    ],
)
def test_unlisted_versions_are_certain_between_those_of_two_sources(
    records: dict[str, dict[str, Claim]], confidence: Confidence
) -> None:
    catalog = made({**records, "e 2.0.0": {"one": "listed", "two": "listed"}, "e 1.0.9": {"one": "listed"}})
    found = catalog.judge("e", "1.0.2", region=None)
    assert (found.state, found.confidence) == (State.NOT_LISTED, confidence)


def test_a_recorded_version_is_itself_even_if_others_continue_it() -> None:
    catalog = made({"e 1.0.1": {"one": "withdrawn"}, "e 1.0.1.1": {"one": "available"}})
    assert catalog.judge("e", "1.0.1", region=None).state is State.WITHDRAWN


def test_editions_share_what_is_said_of_their_family() -> None:
    catalog = made(
        {"sql-* 1.0.1": {"one": "withdrawn"}, "sql-ee 1.0.1": {"two": "listed"}, "sql-ee 1.0.2": {}}
    )
    assert catalog.judge("sql-ee", "1.0.1", region=None).sources == ("one",)
    assert catalog.judge("sql-se", "1.0.1", region=None).state is State.WITHDRAWN
    assert catalog.judge("sql-se", "1.0.2", region=None).state is State.NEWER
    assert catalog.judge("custom-sql-ee", "1.0.1", region=None).state is State.NO_DATA


def test_limitless_replaces_only_limitless() -> None:
    records: dict[str, dict[str, Claim]] = {
        "e 1.0.1": {"one": "withdrawn"},
        "e 1.0.2-limitless": {"one": "available"},
        "e 1.0.3": {"one": "available"},
    }
    assert made(records).judge("e", "1.0.1", region=None).nearest == "1.0.3"
    assert made(records).judge("e", "1.0.1-limitless", region=None).nearest == "1.0.2-limitless"


@given(engines, version_texts, st.one_of(st.none(), st.sampled_from(["eu-west-1", "cn-north-1"]), st.text()))
def test_judging_never_raises_and_suggests_only_what_is_available(
    engine: str, version: str, region: str | None
) -> None:
    found = SHIPPED.judge(engine, version, region=region)
    if found.nearest is not None:
        again = SHIPPED.judge(engine, found.nearest, region=region)
        assert again.state is State.AVAILABLE
        assert found.state is not State.AVAILABLE
        assert again.nearest is None
    if found.confidence is CERTAIN:
        assert len(found.sources) > 1


@given(st.sampled_from(RECORDED))
def test_whatever_is_recorded_is_available_or_withdrawn_and_so_is_its_major(
    recorded: tuple[str, str],
) -> None:
    engine, version = recorded
    decided = {State.AVAILABLE, State.WITHDRAWN}
    found = SHIPPED.judge(engine, version, region=None).state
    major = SHIPPED.judge(engine, EngineVersion(version).major(engine).text, region=None).state
    assert {found, major} <= decided
    assert major is State.AVAILABLE or found is State.WITHDRAWN


@given(st.sampled_from(RECORDED))
def test_the_nearest_version_stays_in_the_major_if_it_can(recorded: tuple[str, str]) -> None:
    engine, version = recorded
    found = SHIPPED.judge(engine, version, region=None)
    major = EngineVersion(version).major(engine)
    if found.nearest and SHIPPED.judge(engine, major.text, region=None).state is State.AVAILABLE:
        assert EngineVersion(found.nearest).major(engine) == major
