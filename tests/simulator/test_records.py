"""What a child sends is kept only when it is a record, and never more than can be held."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_pack.simulator import Simulator
from policy_pack.simulator.endings import faults_of
from policy_pack.simulator.records import LINE_BYTES, MEMORY_BYTES, SCHEMAS, RecordError, Records, parsed
from policy_pack.simulator.runner import PassResult

from .harness import started, write_project

FRAME = ["/program/__main__.py", 3, "main"]
PROGRAM = """\
import pulumi, subprocess

bucket = pulumi.CustomResource("aws:s3/bucket:Bucket", "bucket", {"arn": None})
bucket.arn.apply(lambda arn: subprocess.run(["aws", arn]))
bucket.arn.apply(lambda arn: arn.nothing)
pulumi.CustomResource("demo:index:Thing", "thing", {"text": f"{bucket.id}"})
pulumi.CustomResource("demo:index:Known", "known", opts=pulumi.ResourceOptions(id="a", import_="b"))
pulumi.runtime.invoke("aws:index/getRegion:getRegion", {})
pulumi.export("id", bucket.id)
raise ValueError("the end")
"""


def line(kind: str, **fields: Any) -> bytes:
    """A record as the child writes it."""
    return (json.dumps({"kind": kind, **fields}) + "\n").encode()


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Simulator, PassResult, PassResult]:
    """What both passes of a real program have sent."""
    simulator = started(write_project(tmp_path_factory.mktemp("program"), PROGRAM))
    faithful, predicted = (child.wait() for child in simulator.children)
    simulator.cancel()
    return simulator, faithful, predicted


def test_every_field_of_every_record_has_its_type(sent: tuple[Simulator, PassResult, PassResult]) -> None:
    _, faithful, predicted = sent
    assert (faithful.rejected, predicted.rejected) == (None, None)
    records = [*faithful.records, *predicted.records, faithful.end or {}]
    assert {record["kind"] for record in records} >= {
        "resource",
        "invoke",
        "outputs",
        "failure",
        "stringified",
        "blocked",
        "end",
    }
    for record in records:
        assert set(record) - {"kind"} <= set(SCHEMAS[record["kind"]].__annotations__)


@pytest.mark.parametrize(
    "text",
    [
        b"Hello\n",
        b'{"kind": "end", "status": "fine", "fault": null}\n',
        b'{"kind": "end"}\n',
        b'{"kind": "resource", "urn": 7}\n',
        b'{"kind": "outputs", "urn": "u", "outputs": [1]}\n',
        b'{"kind": "blocked", "act": "x", "frames": "y"}\n',
        b'{"kind": "stringified", "number": true, "frames": []}\n',
        b'{"kind": "outputs", "urn": "u", "outputs": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}\n",
        b'{"kind": "outputs", "urn": "u", "outputs": {"a": ' + b"[" * 90_000 + b"]" * 90_000 + b"}}\n",
        b'{"kind": "outputs", "urn": "u", "outputs": {"a": NaN, "b": ' + b"[" * 200 + b"]" * 200 + b"}}\n",
        b'{"kind": "outputs", "urn": "u", "outputs": {"a": 1' + b"0" * 5000 + b"}}\n",
        b'{"kind": "outputs", "urn": "u", "outputs": {"a"\n',
    ],
)
def test_what_is_no_record_is_not_kept_and_the_run_is_not_complete(text: bytes) -> None:
    records = Records()
    assert records.take(text)
    assert (records.kept, records.end) == ([], None)
    assert records.rejected is not None


def test_strange_characters_and_numbers_are_mended() -> None:
    record = parsed(b'{"kind": "outputs", "urn": "\\ud800\xff", "outputs": {"a": NaN, "b": [1e999]}}\n')
    assert record["urn"] == "\ufffd\ufffd"
    assert record["outputs"] == {"a": "NaN", "b": [float("inf")]}


def test_only_lines_of_source_are_led_to() -> None:
    frames = [
        FRAME,
        ["/etc/shadow", 1, "x"],
        ["relative.py", 1, ""],
        ["/a.py", 0, ""],
        ["/a.py", True, ""],
        7,
    ]
    record = parsed(line("blocked", act="act", frames=frames))
    assert record["frames"] == [FRAME]
    fault = {"exception": "E", "frames": frames, "span": [1, -2]}
    record = parsed(line("end", status="failed", fault=fault, modules=["/etc/passwd", "/a/b.py"]))
    assert (record["fault"]["frames"], record["fault"]["span"]) == ([FRAME], None)
    assert record["modules"] == ["/a/b.py"]


BOMBS = {
    "objects": b'{"kind": "outputs", "urn": "u", "outputs": {"a": [' + b'{"a":1},' * 300_000 + b"1]}}\n",
    "texts": b'{"kind": "outputs", "urn": "u", "outputs": {"a": [' + b'"ab",' * 400_000 + b"1]}}\n",
    "wide": b'{"kind": "outputs", "urn": "\\ud83d\\ude00' + b"x" * 2_000_000 + b'", "outputs": {}}\n',
    "long": b'{"kind": "outputs", "urn": "' + b"x" * LINE_BYTES + b'", "outputs": {}}\n',
    "many": line("blocked", act="x", frames=[FRAME] * 400),
    "junk": b"\x1b[2J" * 500_000 + b"\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_what_is_kept_is_bounded(bomb: bytes) -> None:
    records = Records()
    tracemalloc.start()
    try:
        for _ in range(200_000):
            if not records.take(bomb):
                break
        else:
            pytest.fail("there is no end to it")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held <= MEMORY_BYTES


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_forged_record_breaks_the_report(
    sent: tuple[Simulator, PassResult, PassResult], data: st.DataObject
) -> None:
    from policy_pack.simulator.assembly import assemble, run_of

    simulator, faithful, predicted = sent
    forged = PassResult(list(faithful.records), faithful.end)
    for number in data.draw(st.sets(st.integers(0, len(forged.records) - 1), min_size=1, max_size=3)):
        record = json.loads(json.dumps(forged.records[number]))
        key = data.draw(st.sampled_from(sorted(record)))
        record[key] = data.draw(JSON)
        try:
            forged.records[number] = parsed(line(**record))
        except (RecordError, TypeError):
            continue
    plan = assemble(simulator.project, "dev", simulator.config, simulator.region, forged, predicted)
    run_of(plan, "demo", predicted)
    assert faults_of(forged, predicted, simulator.project, "dev")


def test_a_run_with_a_rejected_record_is_no_complete_one(tmp_path: Path) -> None:
    simulator = started(write_project(tmp_path, "print(1)\n"))
    for child in simulator.children:
        child.records.take(b"forged\n")
    (fault,) = simulator.finish("demo").plan.faults
    assert fault.kind == "stopped"
    assert "no record" in fault.message
