"""What a deployment would do: only what is known to differ counts, and the engine's own is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.model import ABSENT, UNKNOWN, Plan, Predicted, Resource, ResourceOptions, Secret, Value
from policy_pack.model.changes import Operation, PropertyChange, Step, export_changes, steps_between
from policy_pack.model.values import unwrapped

from .strategies import KEYS, VALUES

KIND = "aws:sqs/queue:Queue"
HOME = "urn:pulumi:dev::demo::"


def resource(name: str, inputs: Mapping[str, Value] | None = None, kind: str = KIND, **more: Any) -> Resource:
    return Resource(f"{HOME}{kind}::{name}", kind, name, inputs or {}, **more)


def plan(*resources: Resource, **more: Any) -> Plan:
    return Plan("demo", "dev", "", resources, **more)


def steps(
    new: Plan | Resource, old: Plan | Resource, replacing: frozenset[str] = frozenset()
) -> dict[str, Step]:
    new, old = (each if isinstance(each, Plan) else plan(each) for each in (new, old))
    found = steps_between(new, old, lambda token, name: name in replacing)
    return {step.resource.name: step for step in found}


def changes(before: Value, after: Value, **options: Any) -> list[PropertyChange]:
    new = resource("q", {"a": after}, options=ResourceOptions(**options))
    return list(steps(new, resource("q", {"a": before}))["q"].changes)


def operations(new: Plan | Resource, old: Plan | Resource) -> dict[str, Operation]:
    return {name: step.operation for name, step in steps(new, old).items()}


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_is_deployed_as_it_is_planned_stays(inputs: Mapping[str, Value]) -> None:
    assert operations(resource("q", inputs), resource("q", inputs)) == {"q": Operation.SAME}


@given(VALUES, VALUES)
def test_unknown_and_predicted_values_never_count(before: Value, other: Value) -> None:
    for after in (UNKNOWN, Predicted(other), Secret(UNKNOWN), {"x": UNKNOWN}, [Predicted(other)]):
        found = changes(before, after)
        assert not any(holds(each.after) for each in found)
    assert changes(before, UNKNOWN) == changes(before, Predicted(other)) == changes(UNKNOWN, before) == []


def holds(value: Any) -> bool:
    plain = unwrapped(None if value is ABSENT else value)
    return plain is UNKNOWN or isinstance(plain, Predicted)


@given(VALUES, VALUES)
def test_a_secret_stays_one_on_both_sides(before: Value, after: Value) -> None:
    for pair in ((Secret(before), after), (before, Secret(after))):
        for found in changes(*pair):
            assert all(side is ABSENT or isinstance(side, Secret) for side in (found.before, found.after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("true", True),
        (3, "3"),
        ('{"a": [1, 2]}', '{\n "a":[1,2]}'),
        ({"b": 1, "c": 2, "__defaults": ["c"]}, {"b": 1}),
        ([], None),
        ("x", UNKNOWN),
    ],
)
def test_what_says_the_same_is_no_change(before: Value, after: Value) -> None:
    assert changes(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("15.1", "15.10", "a"),
        ("x", "y", "a"),
        ("x", None, "a"),
        ({"b": 1, "c": 2, "__defaults": []}, {"b": 1}, "a.c"),
        ({"b": [{"c": 1}]}, {"b": [{"c": 2}]}, "a.b[0].c"),
        ([1], [1, 2], "a[1]"),
        ('{"a": 1}', '{"a": 2}', "a"),
        ("b", True, "a"),
    ],
)
def test_what_differs_is_named_by_its_path(before: Value, after: Value, path: str) -> None:
    assert [each.path for each in changes(before, after)] == [path]


@pytest.mark.parametrize("pattern", ["a", "a.b", "*", "a.*"])
def test_changes_that_are_to_be_ignored_are(pattern: str) -> None:
    assert changes({"b": 1}, {"b": 2}, ignore_changes=(pattern,)) == []
    assert changes({"c": 1}, {"c": 2}, ignore_changes=("a.b",)) != []


def test_replacing_is_said_with_its_reason() -> None:
    new = resource("q", {"name": "b", "x": 2}, options=ResourceOptions(replace_on_changes=("x",)))
    old = resource("q", {"name": "a", "x": 1})
    step = steps(new, old, frozenset({"name"}))["q"]
    assert step.operation is Operation.REPLACE
    assert [each.replaces for each in step.changes] == ["documented", "option"]
    assert steps(resource("q", {"name": "b"}), old)["q"].operation is Operation.UPDATE


def test_what_is_new_and_what_is_gone() -> None:
    new = plan(resource("a"), resource("i", options=ResourceOptions(import_id="i-1")))
    assert operations(new, resource("b")) == {
        "a": Operation.CREATE,
        "i": Operation.IMPORT,
        "b": Operation.DELETE,
    }


def test_a_resource_is_found_under_its_former_name() -> None:
    old = resource("old", {"x": 1})
    new = resource("new", {"x": 1}, options=ResourceOptions(aliases=(old.urn,)))
    assert operations(new, old) == {"new": Operation.SAME}


def test_what_only_the_engine_makes_is_not_deleted() -> None:
    stack = resource("demo-dev", kind="pulumi:pulumi:Stack")
    default = resource("default_7_51_1", kind="pulumi:providers:aws")
    own = resource("west", {"version": "7.51.1", "region": "us-west-2"}, kind="pulumi:providers:aws")
    old = plan(stack, default, own, resource("q", {"tagsAll": {"a": "b"}, "region": "eu-west-1"}))
    new = plan(resource("q"), resource("west", {"region": "us-west-2"}, kind="pulumi:providers:aws"))
    assert set(operations(new, old).values()) == {Operation.SAME}


def test_a_program_that_did_not_end_deletes_nothing() -> None:
    assert operations(plan(resource("a"), complete=False), resource("b")) == {"a": Operation.CREATE}


def test_names_from_callbacks_leave_it_open_what_is_the_same() -> None:
    new = plan(resource("rule-predicted", in_callback=True))
    old = plan(resource("rule-vpc-1"), resource("key", kind="aws:kms/key:Key"))
    assert operations(new, old) == {
        "rule-predicted": Operation.UNCLEAR,
        "rule-vpc-1": Operation.UNCLEAR,
        "key": Operation.DELETE,
    }


def test_what_a_component_of_a_package_made_is_not_deleted() -> None:
    component = resource("vpc", kind="awsx:ec2:Vpc", custom=False, remote=True)
    child = resource("vpc-1", kind="awsx:ec2:Vpc$aws:ec2/vpc:Vpc", parent=component.urn)
    grandchild = resource("subnet", parent=child.urn)
    assert operations(plan(component), plan(component, child, grandchild)) == {"vpc": Operation.SAME}


def test_exports_are_compared_too() -> None:
    new = plan(exports={"url": "b", "id": Predicted("x"), "new": 1})
    old = plan(exports={"url": "a", "id": "y", "gone": True})
    assert [each.path for each in export_changes(new, old)] == ["gone", "new", "url"]
