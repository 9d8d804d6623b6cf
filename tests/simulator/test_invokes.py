"""Data sources: what can be computed is computed, the rest is made up and remembered as such."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from .harness import child_module

typeindex = child_module("typeindex")
predictions = child_module("predictions")
invokes = child_module("invokes")

INDEX = typeindex.TypeIndex(None)
PLACE = {
    "region": "eu-west-1",
    "account": "123456789012",
    "partition": "aws",
    "dns_suffix": "amazonaws.com",
}


def answered(token: str, arguments: dict[str, Any] | None = None) -> tuple[dict[str, Any], set[str]]:
    predictor = predictions.Predictor(INDEX, PLACE)
    return invokes.answer(predictor, token, arguments or {}), predictor.made_up


def document(arguments: dict[str, Any]) -> Any:
    return json.loads(answered("aws:iam/getPolicyDocument:getPolicyDocument", arguments)[0]["json"])


def test_a_statement_is_written_as_iam_writes_it() -> None:
    statement = {
        "sid": "Read",
        "actions": ["s3:GetObject", "s3:ListBucket"],
        "resources": ["arn:aws:s3:::b/*"],
        "principals": [{"type": "Service", "identifiers": ["ecs.amazonaws.com"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:x", "values": ["1", "2"]}],
    }
    assert document({"statements": [statement]}) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": "arn:aws:s3:::b/*",
                "Principal": {"Service": "ecs.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:x": ["1", "2"]}},
            }
        ],
    }


def test_negations_version_and_everyone() -> None:
    rendered = document(
        {
            "version": "2008-10-17",
            "policyId": "mine",
            "statements": [
                {
                    "effect": "Deny",
                    "notActions": ["iam:*"],
                    "notResources": ["*"],
                    "principals": [{"type": "*", "identifiers": ["*"]}],
                }
            ],
        }
    )
    (statement,) = rendered["Statement"]
    assert (rendered["Version"], rendered["Id"]) == ("2008-10-17", "mine")
    assert statement == {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "*", "Principal": "*"}


def test_several_identifiers_of_one_type_stand_together() -> None:
    principals = [
        {"type": "AWS", "identifiers": ["a"]},
        {"type": "AWS", "identifiers": ["b"]},
        {"type": "Service", "identifiers": ["c"]},
    ]
    (statement,) = document({"statements": [{"actions": ["x:y"], "principals": principals}]})["Statement"]
    assert statement["Principal"] == {"AWS": ["a", "b"], "Service": "c"}


def test_two_conditions_on_one_variable_both_hold() -> None:
    condition = {"test": "StringLike", "variable": "aws:x"}
    conditions = [{**condition, "values": ["a"]}, {**condition, "values": ["b"]}]
    (statement,) = document({"statements": [{"actions": ["x:y"], "conditions": conditions}]})["Statement"]
    assert statement["Condition"] == {"StringLike": {"aws:x": ["a", "b"]}}


def test_other_documents_are_merged_in() -> None:
    source = json.dumps({"Statement": [{"Sid": "A", "Action": "s3:Get*"}, {"Action": "s3:List*"}]})
    override = json.dumps({"Statement": {"Sid": "B", "Action": "sqs:*"}})
    rendered = document(
        {
            "sourcePolicyDocuments": [source, "no json"],
            "statements": [{"sid": "A", "actions": ["s3:Put*"]}, {"sid": "B", "actions": ["sns:*"]}],
            "overridePolicyDocuments": [override],
        }
    )
    actions = [statement["Action"] for statement in rendered["Statement"]]
    assert actions == ["s3:Put*", "s3:List*", "sqs:*"]


def test_a_document_is_no_made_up_text() -> None:
    result, made_up = answered(
        "aws:iam/getPolicyDocument:getPolicyDocument", {"statements": [{"actions": ["s3:*"]}]}
    )
    assert not [text for text in made_up if text in result["json"]]


def test_the_caller_and_the_zones_are_made_up() -> None:
    caller, made_up = answered("aws:index/getCallerIdentity:getCallerIdentity")
    assert {caller["accountId"], caller["arn"]} <= made_up
    zones, made_up = answered("aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available"})
    assert zones["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert set(zones["names"]) <= made_up


def test_the_region_is_the_stacks_and_no_invention() -> None:
    region, made_up = answered("aws:index/getRegion:getRegion")
    assert region["name"] == region["id"] == "eu-west-1"
    assert "eu-west-1" not in made_up
    assert answered("aws:index/getRegion:getRegion", {"region": "us-east-2"})[0]["name"] == "us-east-2"


def test_a_registry_login_can_be_taken_apart() -> None:
    token = "aws:ecr/getAuthorizationToken:getAuthorizationToken"  # noqa: S105 - a type token
    login, made_up = answered(token)
    assert base64.b64decode(login["authorizationToken"]).decode() == f"AWS:{login['password']}"
    assert login["authorizationToken"] in made_up


@pytest.mark.parametrize(
    "token",
    [
        "aws:ec2/getVpc:getVpc",
        "aws:ec2/getSubnets:getSubnets",
        "aws:rds/getCluster:getCluster",
        "aws:secretsmanager/getSecretVersion:getSecretVersion",
        "aws:ssm/getParameter:getParameter",
        "aws:kms/getKey:getKey",
        "aws:lb/getLoadBalancer:getLoadBalancer",
    ],
)
def test_a_data_source_echoes_what_it_was_asked_and_fills_the_rest(token: str) -> None:
    result, _ = answered(token, {"name": "mine"})
    assert result["name"] == "mine"
    assert set(INDEX.result(token)) <= set(result)
