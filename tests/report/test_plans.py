"""The forms of `preflight plan`: a tree, JSON and pictures; none of them tells a secret."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from policy_pack.model import (
    UNKNOWN,
    Archive,
    Asset,
    ConfigRead,
    Frame,
    Plan,
    Predicted,
    ProgramRun,
    Resource,
    ResourceOptions,
    ResourceReference,
    Secret,
)
from policy_pack.model.changes import creation, export_changes, steps_between
from policy_pack.report.plan_graph import dot, mermaid
from policy_pack.report.plan_json import as_object, render
from policy_pack.report.plan_tree import render as tree
from policy_pack.report.plan_view import PlanView

SECRETS = ("1234567890", "hidden-by-its-name", "hidden-in-a-pair", "hidden-of-old", "hidden-number-4711")
HOME = "urn:pulumi:dev::demo::"
NET, KEY = f"{HOME}demo:index:Net::net", f"{HOME}aws:kms/key:Key::key"
QUEUE = f'{HOME}demo:index:Net$aws:sqs/queue:Queue::q"ueue'
RUN = ProgramRun("demo", "demo", "dev", "eu-west-1", 3, 1, 1, 0, "complete")


def queue(number: int, **more: Any) -> Resource:
    inputs = {
        "kmsKeyId": Predicted("k-1"),
        "code": Archive(assets={"a": Asset(text="x")}),
        "role": ResourceReference(KEY),
        "authToken": "hidden-by-its-name",
        "document": json.dumps([{"name": "DB_PASSWORD", "value": "hidden-in-a-pair"}]),
        "note": "with 1234567890 in it",
        "number": number,
    }
    return Resource(
        QUEUE,
        "aws:sqs/queue:Queue",
        'q"ueue',
        inputs | more,
        ResourceOptions(protect=True),
        parent=NET,
        dependencies=(KEY,),
        property_dependencies={"kmsKeyId": (KEY,)},
        frames=(Frame("/srv/app/net.py", 6),),
    )


PLANNED = Plan(
    "demo",
    "dev",
    "/srv/app",
    (
        Resource(NET, "demo:index:Net", "net", custom=False, frames=(Frame("/srv/app/net.py", 4),)),
        Resource(KEY, "aws:kms/key:Key", "key", {"description": "d"}, dependencies=(NET,)),
        queue(3, pin=Secret("1234567890"), code2=Secret(Predicted("hidden-number-4711"))),
    ),
    exports={"id": UNKNOWN, "url": Predicted("https://x"), "pin": Secret("1234567890"), "number": 3},
    config_reads=(ConfigRead("demo:size", True), ConfigRead("aws:region", True), ConfigRead("demo:set")),
)
DEPLOYED = Plan(
    "demo",
    "dev",
    "",
    (
        Resource(NET, "demo:index:Net", "net", custom=False),
        Resource(KEY, "aws:kms/key:Key", "key", {"description": "d"}),
        queue(2, pin=Secret("hidden-of-old"), code2=Secret(UNKNOWN), kmsKeyId="k-9"),
        Resource(f"{HOME}aws:dynamodb/table:Table::gone", "aws:dynamodb/table:Table", "gone"),
    ),
    exports={"number": 2, "url": "https://y"},
)
NEW = PlanView(PLANNED, RUN, creation(PLANNED), working_directory="/srv")
CHANGED = PlanView(
    PLANNED,
    RUN,
    steps_between(PLANNED, DEPLOYED, lambda token, name: name == "number"),
    DEPLOYED,
    export_changes(PLANNED, DEPLOYED),
    "/srv",
)


def lines_of(text: str) -> list[str]:
    return [re.sub(" +", " ", line).rstrip() for line in text.splitlines()]


def test_the_tree_names_types_files_and_lines() -> None:
    lines = lines_of(tree(NEW, color=False))
    assert lines[:4] == [
        "demo, stack dev, eu-west-1",
        "",
        " Type Name Plan Where Info",
        " pulumi:pulumi:Stack demo-dev",
    ]
    assert lines[4:7] == [
        " + ├─ demo:index:Net net create app/net.py:4",
        ' + │ └─ aws:sqs:Queue q"ueue create app/net.py:6 protected',
        " + └─ aws:kms:Key key create",
    ]
    assert lines[8:] == [
        "Exports:",
        " id: [unknown]",
        " number: 3",
        " pin: [secret]",
        ' url: "https://x" [predicted]',
        "",
        "Resources:",
        " + 3 to create",
    ]


def test_inputs_are_marked() -> None:
    lines = lines_of(tree(NEW, color=False, inputs=True))
    assert ' kmsKeyId: "k-1" [predicted]' in lines
    assert " authToken: [secret]" in lines
    assert " role: [resource key]" in lines
    assert " code: [archive in memory]" in lines


def test_a_comparison_shows_only_what_differs() -> None:
    lines = lines_of(tree(CHANGED, color=False))
    assert lines[4:7] == [
        " ├─ demo:index:Net net app/net.py:4",
        ' +- │ └─ aws:sqs:Queue q"ueue replace app/net.py:6 [diff: ~number,~pin], may be replaced, protected',
        " - └─ aws:dynamodb:Table gone delete",
    ]
    assert lines[8:] == [
        "Changes:",
        ' +- aws:sqs:Queue q"ueue',
        " ~ number: 2 => 3 (replaces: documented)",
        " ~ pin: [secret] => [secret]",
        "",
        "Exports:",
        " ~ number: 2 => 3",
        " + pin: [secret]",
        "",
        "Resources:",
        " +- 1 to replace",
        " - 1 to delete",
        " 2 unchanged",
    ]


@pytest.mark.parametrize("view", [NEW, CHANGED], ids=["new", "changed"])
def test_no_form_tells_a_secret(view: PlanView) -> None:
    forms = (tree(view, color=True, inputs=True), render([view]), dot([view]), mermaid([view]))
    assert not any(secret in form for secret in SECRETS for form in forms)


def test_json_has_every_resource_with_marked_values_and_edges() -> None:
    report = as_object([CHANGED])
    (program,) = report["programs"]
    step = next(item for item in program["steps"] if item["urn"] == QUEUE)
    assert (step["operation"], step["path"], step["line"]) == ("replace", "app/net.py", 6)
    assert step["inputs"] == {
        "authToken": {"$secret": True},
        "code": {"$archive": {"a": {"$asset": "x"}}},
        "code2": {"$secret": True},
        "document": '[{"name": "DB_PASSWORD", "value": "[secret]"}]',
        "kmsKeyId": {"$predicted": "k-1"},
        "note": "with [secret] in it",
        "number": 3,
        "pin": {"$secret": True},
        "role": {"$resource": KEY},
    }
    assert step["changes"] == [
        {"property": "number", "before": 2, "after": 3, "replaces": "documented"},
        {"property": "pin", "before": {"$secret": True}, "after": {"$secret": True}, "replaces": None},
    ]
    assert program["dependencies"] == [
        {"from": KEY, "to": NET, "property": None},
        {"from": QUEUE, "to": KEY, "property": "kmsKeyId"},
    ]
    assert program["missing_config"] == ["size", "aws:region"]
    assert program["exports"]["id"] == {"$unknown": True}
    assert program["export_changes"][0] == {"property": "number", "before": 2, "after": 3, "replaces": None}
    assert (report["version"], report["summary"]["replace"], report["summary"]["delete"]) == (1, 1, 1)


def test_the_pictures_are_what_their_readers_take() -> None:
    drawn = dot([NEW])
    assert drawn.startswith("digraph plan {")
    assert 'label="q\\"ueue\\naws:sqs:Queue"' in drawn
    assert '  r0_2 -> r0_1 [label="kmsKeyId"];' in drawn
    assert "  r0_2 -> r0_0 [style=dotted];" in drawn
    chart = mermaid([NEW])
    assert chart.startswith("flowchart LR\n")
    assert "q#34;ueue<br/>aws:sqs:Queue" in chart
    assert '  r0_2 -->|"kmsKeyId"| r0_1\n' in chart
    assert "  r0_2 -.-> r0_0\n" in chart


def test_colours_only_where_they_are_wanted() -> None:
    assert "\x1b[" not in tree(CHANGED, color=False, inputs=True)
    assert "\x1b[35m+-\x1b[0m" in tree(CHANGED, color=True)


def test_a_name_cannot_command_a_terminal() -> None:
    item = Resource(f"{HOME}a:b:C::x", "a:b:C", "x\x1b[31m\n", {"k\x1b": "v\x1b\r"})
    plan = Plan("demo", "dev", "", (item,))
    shown = tree(PlanView(plan, RUN, creation(plan)), color=False, inputs=True)
    assert "\x1b" not in shown
    assert "\r" not in shown
