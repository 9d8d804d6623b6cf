from __future__ import annotations

import pytest

from policy_pack.catalog import Catalogs
from policy_pack.linter import registry
from policy_pack.rules.rule import ResourceRule

NAMES = Catalogs().reserved_names


@pytest.mark.parametrize(
    ("token", "path", "name", "reserved"),
    [
        ("aws:kms/alias:Alias", "name", "alias/aws/x", "alias/aws/"),
        ("aws:kms/alias:Alias", "name", "alias/AWS/x", None),
        ("aws:ssm/parameter:Parameter", "name", "AWSthing", "aws"),
        ("aws:ssm/parameter:Parameter", "name", "/aws/thing", None),
        ("aws:rds/subnetGroup:SubnetGroup", "name", "DEFAULT", "default"),
        ("aws:rds/subnetGroup:SubnetGroup", "name", "default-1", None),
        ("aws:rds/subnetGroup:SubnetGroup", "description", "default", None),
        ("aws:xray/group:Group", "groupName", "Default", "Default"),
        ("aws:s3/bucket:Bucket", "name", "default", None),
    ],
)
def test_names_are_refused_as_documented(token: str, path: str, name: str, reserved: str | None) -> None:
    found = NAMES.judge(token, path, name)
    assert (found.reserved if found else None) == reserved
    if found:
        assert found.evidence.url
        assert found.evidence.fetched == "2026-11-22"


def test_the_rule_sees_every_type_of_the_catalog() -> None:
    rule = registry.load("reserved-name")
    assert isinstance(rule, ResourceRule)
    assert set(rule.resource_types) == set(NAMES.types())
