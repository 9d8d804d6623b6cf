from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog.versions import EngineVersion

ENGINES = [
    "aurora-mysql",
    "aurora-postgresql",
    "mariadb",
    "mysql",
    "oracle-ee",
    "postgres",
    "sqlserver-ee",
    "x",
]

shaped = st.from_regex(
    r"\A[0-9]{1,3}(\.[0-9]{1,3}|\.mysql_aurora|\.v1|-rds\.[0-9]{8}|\.ru-2023-0[1-9]){0,5}\Z"
)
versions = st.one_of(shaped, st.text(), st.text("0123456789.")).map(EngineVersion)


@pytest.mark.parametrize(
    "ascending",
    [
        ["9.6.22", "10.7", "15", "15.2", "15.3", "15.10"],
        ["5.7.12", "5.7.mysql_aurora.2.02.3", "5.7.mysql_aurora.2.11.1", "8.0.mysql_aurora.3.04.0"],
        ["5.7.43", "5.7.44", "5.7.44-rds.20240408", "5.7.44-rds.20250213", "5.7.45", "8.0.11"],
        ["14.00.3515.1.v1", "15.00.4236.7.v1", "15.00.4312.2.v1"],
        [
            "12.1.0.2.v9",
            "12.1.0.2.v10",
            "19.0.0.0.ru-2023-01.rur-2023-01.r1",
            "19.0.0.0.ru-2023-01.rur-2023-01.r2",
        ],
        ["15.03", "15.3", "15.04"],
        ["1." + "9" * 5000, "1.1" + "0" * 5000],
    ],
)
def test_numbers_compare_as_numbers(ascending: list[str]) -> None:
    assert [each.text for each in sorted(map(EngineVersion, reversed(ascending)))] == ascending


@given(versions, versions, versions)
def test_order_is_total(a: EngineVersion, b: EngineVersion, c: EngineVersion) -> None:
    assert (a < b) + (a == b) + (a > b) == 1
    assert a <= b or b <= a
    if a <= b <= c:
        assert a <= c


@given(st.text())
def test_the_text_is_given_back_unchanged(text: str) -> None:
    assert str(EngineVersion(text)) == text


@given(versions, versions, versions)
def test_a_prefix_is_a_partial_order_within_the_order(
    a: EngineVersion, b: EngineVersion, c: EngineVersion
) -> None:
    assert a.is_prefix_of(a)
    if a.is_prefix_of(b):
        assert a <= b
        assert not b.is_prefix_of(a) or a == b
        assert not b.is_prefix_of(c) or a.is_prefix_of(c)


@given(versions, st.text("0123456789abc", min_size=1))
def test_a_version_is_a_prefix_of_what_continues_it(version: EngineVersion, component: str) -> None:
    longer = EngineVersion(f"{version.text}.{component}")
    assert version.is_prefix_of(longer)
    assert version < longer


@pytest.mark.parametrize(
    ("shorter", "longer"), [("1", "15.3"), ("5.7.44", "5.7.44-rds.20240408"), ("15.3", "15")]
)
def test_a_prefix_ends_at_a_dot(shorter: str, longer: str) -> None:
    assert not EngineVersion(shorter).is_prefix_of(EngineVersion(longer))


@pytest.mark.parametrize(
    ("engine", "version", "major"),
    [
        ("aurora-postgresql", "15.3", "15"),
        ("aurora-postgresql", "16.4-limitless", "16"),
        ("postgres", "10.1", "10"),
        ("postgres", "9.6.22", "9.6"),
        ("postgres", "15", "15"),
        ("aurora-mysql", "5.7.mysql_aurora.2.11.1", "5.7"),
        ("aurora-mysql", "8.0.mysql_aurora.3.04.0", "8.0"),
        ("mysql", "8.4.3", "8.4"),
        ("mariadb", "10.11.4", "10.11"),
        ("sqlserver-ee", "15.00.4236.7.v1", "15.00"),
        ("custom-sqlserver-ee", "15.00.4236.7.v1", "15.00"),
        ("oracle-se2", "19.0.0.0.ru-2023-01.rur-2023-01.r1", "19"),
        ("oracle-ee", "12.2.0.1.ru-2022-01.rur-2022-01.r1", "12.2"),
        ("db2-ae", "11.5.9.0.sb00000000.r1", "11.5"),
        ("mysql", "8", "8"),
        ("mysql", "", ""),
    ],
)
def test_majors(engine: str, version: str, major: str) -> None:
    assert EngineVersion(version).major(engine) == EngineVersion(major)


@given(st.sampled_from(ENGINES), versions)
def test_a_major_is_its_own_major_and_a_prefix(engine: str, version: EngineVersion) -> None:
    major = version.major(engine)
    assert major.is_prefix_of(version)
    assert major.major(engine) == major


@pytest.mark.parametrize("text", ["", ".", "15.", "a", ".15", "15..3", "²", "v15"])
def test_ill_formed_versions(text: str) -> None:
    assert not EngineVersion(text).is_well_formed


def test_words_are_what_is_no_number() -> None:
    assert EngineVersion("15.3").words == frozenset()
    assert EngineVersion("8.0.mysql_aurora.3.04.0").words == {"mysql_aurora"}
    assert EngineVersion("5.7.44-rds.20240408").words == {"-rds"}
