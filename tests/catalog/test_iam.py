from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs, IamActions

CATALOGS = Catalogs()


def actions(prefix: str) -> IamActions:
    found = CATALOGS.iam_actions(prefix)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("GetObject", 1), ("getobject", 1), ("GetObjec?", 1), ("GetObjet", 0), ("*", 100), ("Get[O]bject", 0)],
)
def test_names_and_patterns_match_in_any_case(pattern: str, count: int) -> None:
    found = actions("S3").matching(pattern)
    assert len(found) >= count
    assert bool(found) == bool(count)


def test_an_action_knows_what_it_can_be_narrowed_to_and_its_neighbour() -> None:
    assert "object" in actions("s3").resource_types("getobject")
    assert actions("s3").resource_types("GetObjet") == ()
    assert actions("s3").closest("GetObjet") == "GetObject"
    assert actions("s3").closest("zzz") is None
    assert actions("iam").matching("PassRole") == ("passrole",)
    assert actions("s3").evidence().fetched == "2026-10-20"


def test_the_actions_of_every_service_can_be_read() -> None:
    for prefix in sorted(CATALOGS.iam_prefixes):
        assert actions(prefix).matching("*"), prefix


@pytest.mark.parametrize("prefix", ["s4", "", "../regions", "s3:", "S3 "])
def test_a_prefix_that_no_service_has_is_no_catalog(prefix: str) -> None:
    assert CATALOGS.iam_actions(prefix) is None


def test_each_service_is_read_when_it_is_asked_for() -> None:
    catalogs = Catalogs()
    assert len(catalogs.iam_prefixes) > 400
    assert catalogs.oldest_used() is None
    assert catalogs.iam_actions("sqs") is catalogs.iam_actions("SQS")
    assert [*catalogs._used] == ["iam_actions/sqs"]


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    actions("sqs").matching(text)
    actions("sqs").closest(text)
    CATALOGS.managed_policies.closest(text)


def test_managed_policies_are_known_by_path_and_name() -> None:
    policies = CATALOGS.managed_policies
    assert policies.has("service-role/AWSLambdaBasicExecutionRole")
    assert policies.has("AdministratorAccess")
    assert not policies.has("AWSLambdaBasicExecutionRole")
    assert policies.closest("AWSLambdaBasicExecutionRole") == "service-role/AWSLambdaBasicExecutionRole"
    assert policies.closest("AdministratorAcces") == "AdministratorAccess"
    assert policies.closest("zzz") is None
    assert policies.evidence("ReadOnlyAccess").scope == "partition aws"
