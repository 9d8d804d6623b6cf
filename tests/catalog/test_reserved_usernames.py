from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs, ReservedUsernames

NAMES: ReservedUsernames = Catalogs().reserved_usernames

engines = ["aurora-mysql", "aurora-postgresql", "db2-se", "docdb", "mariadb", "mysql", "neptune", "oracle-ee"]


@pytest.mark.parametrize(
    ("engine", "username"),
    [
        ("aurora-postgresql", "admin"),
        ("aurora-postgresql", "Admin"),
        ("aurora-postgresql", "rdsadmin"),
        ("aurora-postgresql", "pg_reader"),
        ("postgres", "admin"),
        ("postgres", "user"),
        ("postgres", "PG_READER"),
        ("aurora-mysql", "rdsadmin"),
        ("mysql", "RDSADMIN"),
        ("mariadb", "rdsadmin"),
        ("docdb", "admin"),
        ("redshift", "PUBLIC"),
        ("redshift", "public"),
        ("neptune", "anything"),
    ],
)
def test_verified_names(engine: str, username: str) -> None:
    found = NAMES.judge(engine, username)
    assert found is not None
    assert found.verified
    assert found.reason
    assert found.evidence.fetched == "2026-11-22"
    assert found.evidence.scope == engine
    assert found.evidence.url is not None


@pytest.mark.parametrize(
    ("engine", "username"),
    [
        ("aurora-postgresql", "user"),
        ("postgres", "Select"),
        ("mysql", "ACCESSIBLE"),
        ("aurora-mysql", "select"),
        ("mariadb", "select"),
        ("oracle-ee", "level"),
        ("sqlserver-web", "user"),
        ("custom-sqlserver-ee", "user"),
        ("db2-ae", "user"),
        ("redshift", "aes128"),
    ],
)
def test_keywords_are_not_verified(engine: str, username: str) -> None:
    found = NAMES.judge(engine, username)
    assert found is not None
    assert not found.verified
    assert username.upper() in found.reason
    assert "sqlfluff" in found.evidence.source


@pytest.mark.parametrize(
    ("engine", "username"),
    [
        ("aurora-postgresql", "postgres"),
        ("aurora-postgresql", "dbadmin"),
        ("aurora-postgresql", "pg"),
        ("postgres", "postgres"),
        ("aurora-mysql", "admin"),
        ("mysql", "admin"),
        ("mariadb", "admin"),
        ("docdb", "select"),
        ("unheard-of", "admin"),
        ("unheard-of", "select"),
        ("mysql", ""),
    ],
)
def test_names_that_nothing_speaks_against(engine: str, username: str) -> None:
    assert NAMES.judge(engine, username) is None


@given(st.one_of(st.sampled_from(engines), st.text()), st.text())
def test_never_raises(engine: str, username: str) -> None:
    NAMES.judge(engine, username)


@given(st.sampled_from(engines), st.text("abcdefgpmnrstu_", max_size=6))
def test_upper_and_lower_case_are_alike(engine: str, username: str) -> None:
    assert NAMES.judge(engine, username.upper()) == NAMES.judge(engine, username)
