"""What mends a resource for certain, as its rule says; offered only where the rule then has nothing left."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from policy_pack.catalog.facts import Facts
from policy_pack.linter.running import run_rules
from policy_pack.model import Plan, Value
from policy_pack.rules.rule import ResourceRule, View


def remedy(rule: ResourceRule, plan: Plan, facts: Facts) -> Mapping[str, Value]:
    """The inputs that mend the one resource of a plan.

    None where nothing is flagged, where the rule knows no certain remedy or would flag the resource again,
    and where the program ignores changes of such an input.

    Raises:
        Exception: whatever the rule's `remedy` raises; TypeError when it answers no inputs.
    """
    if not rule.has_remedy() or not run_rules(plan, [rule], lambda _: facts).hits:
        return {}
    (resource,) = plan.resources
    changed = rule.remedy(View(resource, lambda *_: None), facts)
    if not isinstance(changed, Mapping) or not all(isinstance(key, str) for key in changed):
        raise TypeError("a remedy is a mapping of inputs by name")
    if not {*changed, "*"}.isdisjoint(map(_top, resource.options.ignore_changes)):
        return {}
    mended = replace(resource, inputs={**resource.inputs, **changed})
    again = run_rules(replace(plan, resources=(mended,)), [rule], lambda _: facts)
    return {} if again.hits or again.crashes or again.unreadable else changed


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
