"""Previews become plans: of what is there afterwards, with what is hidden unknown, and nothing made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policy_pack.intake import StateError, is_plan, read_plan
from policy_pack.linter.masking import secrets_of
from policy_pack.linter.running import run_rules
from policy_pack.model import UNKNOWN, Plan, Secret
from policy_pack.model.wire import SECRET, SIGNATURE, UNKNOWN_TEXT
from policy_pack.rules.rule import PlanRule

DATA = Path(__file__).parent / "data"
PREVIEW = DATA / "preview.json"
EXPORT = DATA / "stack-export.json"
DOCUMENT = json.loads(PREVIEW.read_text())
URN = "urn:pulumi:dev::variety"
CLUSTER = f"{URN}::aws:rds/cluster:Cluster::db"
QUEUE = "aws:sqs/queue:Queue"


def read(directory: Path, document: Any) -> Plan:
    path = directory / "preview.json"
    path.write_text(json.dumps(document))
    return read_plan(str(path))


def step(name: str, op: str = "create", **more: Any) -> dict[str, Any]:
    urn = f"{URN}::{QUEUE}::{name}"
    state = {"urn": urn, "type": QUEUE, "custom": True, "inputs": {"name": name}} | more
    return {"op": op, "urn": urn, "newState": state}


def preview(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"steps": list(steps), "changeSummary": {"create": len(steps)}} | more


def test_what_the_engine_printed_is_read_whole() -> None:
    plan = read_plan(str(PREVIEW))
    assert (plan.project, plan.stack, len(plan.resources)) == ("variety", "dev", 14)
    assert (plan.region, plan.partial, plan.complete) == ("eu-west-1", None, True)
    cluster = plan.by_urn[CLUSTER]
    assert (cluster.inputs["engineVersion"], cluster.region) == ("15.13", "eu-west-1")
    assert cluster.inputs["dbSubnetGroupName"] is UNKNOWN
    assert cluster.options.protect
    assert plan.by_urn[f"{URN}::{QUEUE}::events"].region == "us-west-2"


def test_what_the_engine_has_hidden_is_an_unknown_secret() -> None:
    plan = read_plan(str(PREVIEW))
    assert plan.by_urn[CLUSTER].inputs["masterPassword"] == Secret(UNKNOWN)
    assert plan.config["variety:dbPassword"] == Secret(UNKNOWN)
    assert secrets_of(plan) == set()


def test_a_secret_that_is_shown_stays_one(tmp_path: Path) -> None:
    marked = {SIGNATURE: SECRET, "plaintext": '"hunter2"'}
    inputs = {"policy": marked, "masterPassword": "hunter3", "token": "false", "code": "hunter4"}
    plan = read(
        tmp_path,
        preview(
            step("q", inputs=inputs, additionalSecretOutputs=["code"]), config={"variety:token": "hunter5"}
        ),
    )
    assert secrets_of(plan) == {"hunter2", "hunter3", "hunter4", "hunter5"}
    assert "hunter" not in repr(plan)


def test_the_plan_is_what_is_there_afterwards(tmp_path: Path) -> None:
    gone = {"op": "delete", "urn": f"{URN}::{QUEUE}::gone", "oldState": step("gone")["newState"]}
    document = preview(
        step("kept", "same"),
        step("replaced", "create-replacement", inputs={"name": "new"}),
        step("replaced", "replace", inputs={"name": "new"}),
        step("replaced", "delete-replaced", inputs={"name": "old"}),
        step("read", "read", external=True),
        gone,
    )
    plan = read(tmp_path, document)
    assert [(each.name, each.inputs["name"]) for each in plan.resources] == [
        ("kept", "kept"),
        ("replaced", "new"),
    ]


class Lonely(PlanRule):
    """There is only one resource."""

    name = "lonely"

    def check(self, plan: Any, facts: Any) -> Any:
        raise AssertionError("a rule about the whole plan was asked about a part of it")


def test_hidden_resources_make_a_plan_that_is_not_judged_as_a_whole(tmp_path: Path) -> None:
    steps = (step("kept", "same"), step("new"))
    assert read(tmp_path, preview(*steps, changeSummary={"same": 1, "create": 1})).partial is None
    plan = read(tmp_path, preview(*steps, changeSummary={"same": 2, "create": 1}))
    assert plan.partial is not None
    assert "--show-sames" in plan.partial
    outcome = run_rules(plan, [Lonely()], lambda _: None)  # type: ignore[arg-type,return-value]
    assert [(each.rule, each.reason) for each in outcome.not_evaluated] == [("lonely", plan.partial)]
    assert outcome.crashes == {}


def test_the_region_of_a_hidden_provider_is_not_known(tmp_path: Path) -> None:
    def by(name: str, **inputs: str) -> dict[str, Any]:
        provider = f"{URN}::pulumi:providers:aws::{name}::{UNKNOWN_TEXT}"
        return step(name + "".join(inputs), provider=provider, inputs=inputs)

    document = preview(
        by("west"), by("default_7_51_1"), by("west", region="eu-north-1"), config={"aws:region": "eu-west-1"}
    )
    regions = [each.region for each in read(tmp_path, document).resources]
    assert regions == [None, "eu-west-1", "eu-north-1"]


def test_a_preview_that_failed_is_not_taken_for_whole(tmp_path: Path) -> None:
    errors = [{"severity": "error", "message": "hunter2"}]
    plan = read(tmp_path, preview(step("q"), diagnostics=errors))
    assert ([each.kind for each in plan.faults], plan.complete) == (["failed"], False)
    assert plan.partial is not None
    assert "hunter2" not in repr(plan)
    assert read(tmp_path, preview(step("q"), diagnostics=[{"severity": "warning"}])).complete


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "is output neither of `pulumi preview --json` nor of `pulumi stack export`"),
        ({"steps": []}, "is output neither of"),
        ([], "is output neither of"),
        (preview({"op": "create", "newState": {"type": "x"}}), r"at `\$\.steps\[0\]\.newState`"),
        (preview({"urn": "x"}), r"field `op` - at `\$\.steps\[0\]`"),
        (preview(step("q", inputs=7)), r"at `\$\.steps\[0\]\.newState\.inputs`"),
        (preview(step("q", inputs={"a": [[]] * 300})), None),
    ],
)
def test_what_is_neither_is_named(tmp_path: Path, document: Any, says: str | None) -> None:
    if says is None:
        assert len(read(tmp_path, document).resources) == 1
        return
    with pytest.raises(StateError, match=says):
        read(tmp_path, document)


def test_what_is_nested_too_deep_is_named(tmp_path: Path) -> None:
    text = json.dumps(preview(step("q", inputs={"a": "DEEP"})))
    path = tmp_path / "preview.json"
    path.write_text(text.replace('"DEEP"', "[" * 100 + "]" * 100))
    assert "a" in read_plan(str(path)).resources[0].inputs
    for depth in (5_000, 100_000):
        path.write_text(text.replace('"DEEP"', "[" * depth + "]" * depth))
        with pytest.raises(StateError, match=r"json` is (nested too deep|no JSON)"):
            read_plan(str(path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_are_read_as_shells_write_them(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "export"
    path.write_text(json.dumps(DOCUMENT), encoding=encoding)
    assert read_plan(str(path)).resources == read_plan(str(PREVIEW)).resources


def test_mapped_files_are_read_as_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [read_plan(str(path)) for path in (PREVIEW, EXPORT)]
    monkeypatch.setattr("policy_pack.intake.document.MAPPED_FROM", 1)
    assert [read_plan(str(path)) for path in (PREVIEW, EXPORT)] == expected


def test_only_recent_values_stay_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policy_pack.intake.entries.KEPT_BYTES", 1)
    plan = read_plan(str(PREVIEW))
    holders = [holder for each in plan.resources for holder in (each.inputs, each.outputs) if len(holder)]
    assert len(holders) > 5
    assert [getattr(holder, "_decoded", None) is None for holder in holders[-2:]] == [True, False]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PREVIEW.read_text(), True),
        (EXPORT.read_text(), True),
        (EXPORT.read_text()[:5000], True),
        (PREVIEW.read_text()[:5000], True),
        ('{"version": 7, "checkpoint": {}}', True),
        ('{"name": "package", "version": "1.0.0"}', False),
        ("[]", False),
        ("// no JSON", False),
        ("", False),
    ],
)
def test_files_are_recognised_by_what_they_hold(tmp_path: Path, text: str, found: bool) -> None:
    path = tmp_path / "file.json"
    path.write_text(text)
    assert is_plan(path) is found
