"""A finding that rests on one of the user's own facts prints the reason, whatever the catalog."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from policy_pack.catalog import Catalogs, Change, Overlay, kinds
from policy_pack.catalog.store import ROOT
from policy_pack.linter import registry
from policy_pack.linter.examples import run_example
from policy_pack.rules.eks.eks_addon_version_incompatible import stack
from policy_pack.rules.iam.iam_action_unknown import policy
from policy_pack.rules.iam.iam_condition_key_unknown import policy as conditional
from policy_pack.rules.rule import Flagged

REASON = "our platform team says so"
ARN = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True)
class Case:
    """A record, what the user makes of it, and a resource that shows a problem only for that."""

    catalog: str
    record: str
    fact: Any
    rule: str
    inputs: Any = field(default_factory=dict)
    type: str | None = None
    region: str = "eu-west-1"


TASK = {"requiresCompatibilities": ["FARGATE"], "cpu": "256"}
CASES = (
    Case(
        "fargate_sizes",
        "256",
        [{"lowest": 512, "highest": 512, "step": 512}],
        "fargate-size-invalid",
        TASK | {"memory": "1024"},
    ),
    Case("fargate_sizes", "256", None, "fargate-size-invalid", TASK | {"memory": "512"}),
    Case("iam_actions/s3", "GetObject", None, "iam-action-unknown", {"policy": policy("s3:getobject")}),
    Case(
        "iam_condition_keys",
        "s3:prefix",
        None,
        "iam-condition-key-unknown",
        {"policy": conditional("StringLike", "s3:prefix")},
    ),
    Case(
        "iam_global_condition_keys",
        "aws:SourceIp",
        None,
        "iam-condition-key-unknown",
        {"policy": conditional("IpAddress", "aws:SourceIp")},
    ),
    Case("instances/ec2", "m5.large", None, "instance-class-unavailable", {"instanceType": "m5.large"}),
    Case("lambda_runtimes", "python3.13", None, "lambda-runtime-retired", {"runtime": "python3.13"}),
    Case(
        "life_cycles",
        "S3::*",
        {"status": "sunset", "date": None, "in_api": True},
        "service-closed",
        type="aws:s3/bucket:Bucket",
    ),
    Case(
        "managed_policies",
        "ReadOnlyAccess",
        None,
        "managed-policy-missing",
        {"policyArn": f"{ARN}ReadOnlyAccess"},
    ),
    Case(
        "regions",
        "aws",
        {"dns_suffix": "amazonaws.com", "regex": "^eu-.*", "regions": {"eu-central-1": "Frankfurt"}},
        "unknown-region",
        {"region": "eu-west-1"},
    ),
    Case("regions", "aws-cn", None, "unknown-region", {"region": "cn-north-1"}),
    Case(
        "reserved_names",
        "aws:ec2/securityGroup:SecurityGroup name",
        {
            "prefixes": ["acme-"],
            "names": [],
            "any_case": False,
            "reserved_for": "the platform team",
            "url": "https://example.com",
            "checked": "2026-11-01",
        },
        "reserved-name",
        {"name": "acme-logs"},
        "aws:ec2/securityGroup:SecurityGroup",
    ),
    Case(
        "reserved_usernames",
        "postgres acme*",
        {
            "checked": "2026-11-01",
            "outcome": "refused",
            "reason": "a convention",
            "source": "us",
            "url": "https://example.com",
        },
        "reserved-master-username",
        {"engine": "postgres", "username": "acme_admin"},
        "aws:rds/instance:Instance",
    ),
    Case(
        "sql_reserved_words",
        "ACME",
        ["postgres"],
        "reserved-master-username",
        {"engine": "postgres", "username": "acme"},
        "aws:rds/instance:Instance",
    ),
    Case(
        "services",
        "sqs",
        "all but eu-west-1",
        "resource-type-not-in-region",
        type="aws:sqs/queue:Queue",
    ),
    Case(
        "resource_types",
        "AWS::AppRunner::Service",
        "us-east-1, us-east-2, us-west-2, eu-central-1",
        "resource-type-not-in-region",
        type="aws:apprunner/service:Service",
        region="mx-central-1",
    ),
    Case(
        "versions/eks_addons",
        "vpc-cni v1.20.4-eksbuild.2",
        ["1.31"],
        "eks-addon-version-incompatible",
        stack("1.33", "v1.20.4-eksbuild.2"),
    ),
    Case(
        "versions/rds",
        "postgres 16.10",
        "withdrawn",
        "engine-version-unavailable",
        {"engine": "postgres", "engineVersion": "16.10"},
        "aws:rds/instance:Instance",
    ),
    Case(
        "zones",
        "eu-west-1b",
        None,
        "availability-zone-not-in-region",
        {"availabilityZone": "eu-west-1b"},
        "aws:ec2/subnet:Subnet",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.catalog} {case.record}")
def test_the_reason_stands_in_the_evidence(case: Case) -> None:
    overlay = Overlay(Path("facts.toml"), {case.catalog: {case.record: Change(case.fact, REASON)}})
    example = Flagged(case.inputs, "", type=case.type, region=case.region)
    (hit,) = run_example(registry.load(case.rule), example, Catalogs(overlay=overlay)).hits
    (evidence,) = hit.problem.evidence
    assert evidence.source == f"your overlay `facts.toml`: {REASON}"


def test_no_form_of_a_catalog_is_left_out() -> None:
    assert {type_of(case.catalog) for case in CASES} == {type_of(name) for name in kinds.names(ROOT)}


def type_of(catalog: str) -> str:
    return kinds.form(catalog).__name__
