"""What the rules about policies take for existing is what AWS has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_aws.iam import ManagedPolicy

from policy_pack.catalog import Catalogs
from policy_pack.rules.iam._actions import _MEANT, wrong
from policy_pack.rules.iam._documents import actions
from policy_pack.rules.iam.managed_policy_missing import ARN

CATALOGS = Catalogs()


@pytest.mark.parametrize(("operation", "action"), _MEANT.items())
def test_an_operation_stands_for_an_action_that_there_is(operation: str, action: str) -> None:
    prefix, _, name = operation.partition(":")
    service = CATALOGS.iam_actions(prefix)
    assert service is not None
    assert service.matching(action)
    assert not service.matching(name)
    found = wrong(operation, CATALOGS)
    assert found is not None
    assert found.instead == f"use `{prefix}:{action}`"


@pytest.mark.parametrize(
    "action",
    [
        "*",
        "s3:*",
        "S3:GETOBJECT",
        "s3:Get?bject",
        "*:*",
        "s3*",
        "sns:Receive",
        "kms:ReEncrypt*",
        "iam:PassRole",
    ],
)
def test_what_is_meant_to_work_is_left_alone(action: str) -> None:
    assert wrong(action, CATALOGS) is None


@pytest.mark.parametrize(
    ("action", "instead"),
    [
        ("lamda:InvokeFunction", "use `lambda:InvokeFunction`"),
        ("cloudwatchlogs:PutLogEvents", "look up the prefix of the service's actions"),
        ("sqs:SendMessages", "use `sqs:SendMessage`"),
        ("sqs:SendMesage*", "use `sqs:SendMessage`"),
        ("iam:zzz", "look it up among the actions of `iam`"),
    ],
)
def test_the_remedy_is_an_action_that_there_is(action: str, instead: str) -> None:
    found = wrong(action, CATALOGS)
    assert found is not None
    assert found.instead == instead


@given(st.text() | st.from_regex(r"[a-z0-9-]{1,6}:[A-Za-z*?\[\]]{0,8}"))
def test_no_text_makes_it_raise(text: str) -> None:
    wrong(text, CATALOGS)


@pytest.mark.parametrize(
    "document",
    [
        "no JSON",
        "[]",
        "{}",
        {"Statement": None},
        {"Statement": [None, {}]},
        {"Statement": {"Action": {"a": 1}}},
    ],
)
def test_a_document_without_actions_has_none(document: object) -> None:
    assert list(actions(document)) == []


def test_every_action_is_named_once_in_any_spelling_of_the_keys() -> None:
    document = {"statement": [{"action": "a:B", "NotAction": ["a:B", "a:C"]}, {"Action": ["a:C", 1]}]}
    assert list(actions(document)) == ["a:B", "a:C"]


def test_nearly_all_policies_that_the_provider_names_are_listed() -> None:
    names = [each.value.removeprefix(ARN) for each in ManagedPolicy]
    missing = [name for name in names if not CATALOGS.managed_policies.has(name)]
    assert len(missing) <= len(names) // 50, missing
