"""What the linter says of a rule's examples, its policy says too: through the SDK and through the engine."""

from __future__ import annotations

import pytest

import policy_pack
from policy_pack.catalog import Catalogs
from policy_pack.linter import registry
from policy_pack.rules.rule import PlanRule, ResourceRule, Rule
from policy_pack.testing.contract import check_policy
from policy_pack.testing.hosts import HOSTS, can_be_previewed

CATALOGS = Catalogs()
KNOWN = [rule for rule in registry.load_all() if isinstance(rule, ResourceRule | PlanRule)]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("rule", KNOWN, ids=lambda rule: rule.name)
def test_both_faces_say_the_same(host: str, rule: Rule) -> None:
    check_policy(rule, host, CATALOGS)


def test_hardly_a_rule_is_beyond_what_an_engine_can_show() -> None:
    shown = {
        rule.name
        for rule in KNOWN
        if any(can_be_previewed(rule, example) for example in (*rule.flagged, *rule.allowed))
    }
    known = {rule.name for rule in KNOWN}
    assert len(shown) >= 0.8 * len(known), sorted(known - shown)


def test_the_policies_are_there_for_other_packs() -> None:
    whole = policy_pack.policies()
    known = {rule.name for rule in registry.load_all() if isinstance(rule, ResourceRule | PlanRule)}
    assert {policy.name for policy in whole} == known
    assert [policy.name for policy in policy_pack.policies("duplicate-urn", "apply-raises")] == [
        "duplicate-urn",
        "apply-raises",
    ]
    with pytest.raises(ValueError, match="a similar one is `apply-raises`"):
        policy_pack.policies("apply-raise")
