"""What the rules about policies take for existing is what AWS has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_aws.iam import ManagedPolicy

from policy_pack.catalog import Catalogs
from policy_pack.rules.iam._actions import _MEANT, wrong
from policy_pack.rules.iam._conditions import OPERATORS, wrong_key, wrong_operator
from policy_pack.rules.iam._documents import actions, conditions
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


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("form", ["{}", "{}IfExists", "ForAnyValue:{}", "ForAllValues:{}IfExists"])
def test_every_operator_of_iam_is_left_alone_in_any_case(operator: str, form: str) -> None:
    assert wrong_operator(form.format(operator)) is None
    assert wrong_operator(form.format(operator).lower()) is None


@pytest.mark.parametrize(
    ("operator", "instead"),
    [
        ("StringEqual", "use `StringEquals`"),
        ("ForAnyValues:StringEquals", "use `ForAnyValue:StringEquals`"),
        ("ForAllValue:StringLikesIfExists", "use `ForAllValues:StringLikeIfExists`"),
        ("aws:SourceIp", "put it under an operator, such as `StringEquals`"),
        ("", "use one such as `StringEquals` or `ArnLike`"),
        ("IfExists", "use one such as `StringEquals` or `ArnLike`"),
    ],
)
def test_an_operator_that_iam_does_not_have_is_told_the_right_one(operator: str, instead: str) -> None:
    found = wrong_operator(operator)
    assert found is not None
    assert found.instead == instead


@pytest.mark.parametrize(
    "key",
    [
        "AWS:SourceOwner",
        "aws:PrincipalOrgMasterAccountId",
        "SAML:aud",
        "s3:ExistingObjectTag/servicecatalog:provisioning",
        "secretsmanager:ResourceTag/team",
        "token.actions.githubusercontent.com:sub",
        "${host}:sub",
        "lakeformation:GlueARN",
        "formerservice:Key",
    ],
)
def test_keys_that_are_in_use_are_left_alone(key: str) -> None:
    assert wrong_key(key, CATALOGS) is None


@given(st.text(), st.text())
def test_no_condition_raises(operator: str, key: str) -> None:
    wrong_operator(operator)
    wrong_key(key, CATALOGS)
    document = {"Statement": {"condition": {operator: {key: "x"}}}}
    assert list(conditions(document)) == [(operator, key)]


@pytest.mark.parametrize("condition", [None, [], "x", {"Bool": "x"}, {"Bool": ["x"]}])
def test_a_condition_of_another_form_has_no_keys(condition: object) -> None:
    assert not any(key for _, key in conditions({"Statement": [{"Condition": condition}, "x"]}))
