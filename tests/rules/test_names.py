"""Names and passwords: what is suggested is allowed, and what is flagged breaks a rule."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.rules.ecs.fargate_size_invalid import units
from policy_pack.rules.rds import (
    database_identifier_invalid,
    database_name_invalid,
    master_password_invalid,
    master_username_malformed,
)
from policy_pack.rules.s3 import bucket_name_invalid

NEAR = st.text(alphabet="aZ09-_. xn@/'é\x00", max_size=70) | st.text(max_size=20)
NAMES = NEAR.filter(bool)


@given(name=NAMES)
def test_a_suggested_bucket_name_is_allowed(name: str) -> None:
    assert bucket_name_invalid.flaw(bucket_name_invalid.suggestion(name)) is None


@given(name=NAMES)
def test_an_allowed_bucket_name_is_a_host_name(name: str) -> None:
    if bucket_name_invalid.flaw(name) is None:
        assert 3 <= len(name) <= 63
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.?[a-z0-9-]+)*", name)


@given(name=st.from_regex(r"[a-z]{3}[a-z0-9-]{0,30}[a-z]", fullmatch=True))
def test_an_ordinary_bucket_name_is_allowed(name: str) -> None:
    if not name.startswith(bucket_name_invalid.FIRST) and not name.endswith(bucket_name_invalid.LAST):
        assert bucket_name_invalid.flaw(name) is None


@given(name=NAMES)
def test_a_suggested_identifier_is_allowed(name: str) -> None:
    assert database_identifier_invalid.flaw(database_identifier_invalid.suggestion(name)) is None


@given(name=NAMES)
def test_an_identifier_is_allowed_exactly_when_it_has_the_form_of_one(name: str) -> None:
    has_form = re.fullmatch(r"[a-z](-?[a-z0-9])*", name) is not None and len(name) <= 63
    assert (database_identifier_invalid.flaw(name) is None) == has_form


@given(name=NAMES, engine=st.sampled_from(["", "mysql", "aurora-postgresql", "redshift"]))
def test_a_suggested_database_name_is_allowed(name: str, engine: str) -> None:
    text = database_name_invalid.suggestion(engine, name)
    quoted = re.search(r"`(.*)`", text)
    assert quoted is not None
    assert list(database_name_invalid.flaws(engine, quoted[1])) == []


@given(
    name=st.from_regex(r"[a-z][a-z0-9]{0,15}", fullmatch=True),
    engine=st.sampled_from(["", "mysql", "docdb", "redshift"]),
)
def test_short_lower_case_names_suit_every_engine(name: str, engine: str) -> None:
    assert list(master_username_malformed.flaws(engine, name)) == []


@given(
    password=st.text(alphabet="abcABC012", min_size=8, max_size=41),
    engine=st.sampled_from(["", "mysql", "postgres"]),
)
def test_letters_and_digits_of_common_length_suit_every_engine(password: str, engine: str) -> None:
    assert list(master_password_invalid.flaws(engine, password)) == []


@given(
    password=st.text(min_size=1, max_size=150),
    engine=st.sampled_from(sorted(master_password_invalid.LONGEST)),
)
def test_no_message_quotes_the_password(password: str, engine: str) -> None:
    texts = [text for text, _ in master_password_invalid.flaws(engine, password)]
    assert texts == [text for text, _ in master_password_invalid.flaws(engine, password[::-1])]
    longest = master_password_invalid.LONGEST[engine].length
    assert ("fewer than 8 characters" in texts) == (len(password) < 8)
    assert any(f"more than {longest}" in text for text in texts) == (len(password) > longest)


@pytest.mark.parametrize("character", ["/", '"', "@", "\n", "é"])
def test_the_characters_that_every_engine_refuses(character: str) -> None:
    found = dict(master_password_invalid.flaws("aurora-postgresql", f"good{character}password"))
    assert found == {"a character that AWS does not allow": True}


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("256", "vcpu", 256),
        (".25 vCPU", "vcpu", 256),
        ("1GB", "gb", 1024),
        (512, "gb", 512),
        ("0.5 GB", "gb", 512),
    ],
)
def test_a_size_is_read_with_and_without_its_unit(text: object, unit: str, number: int) -> None:
    assert units(text, unit) == number


@pytest.mark.parametrize(
    ("text", "unit"), [("0.25", "vcpu"), ("1 GB", "vcpu"), ("1 vCPU", "gb"), ("", "gb"), ("1TB", "gb")]
)
def test_a_text_that_is_no_size_is_none(text: str, unit: str) -> None:
    assert units(text, unit) is None
