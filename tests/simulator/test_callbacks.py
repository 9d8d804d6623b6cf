"""Callbacks that a preview skips: run, and when they fail, placed and judged."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from policy_pack.model import UNKNOWN, Frame, SourceSpan

from .harness import named, simulate

HEAD = "import json, pulumi\nfrom pulumi import CustomResource, Output\n"
BUCKET = HEAD + "bucket = CustomResource('aws:s3/bucket:Bucket', 'bucket', {'arn': None, 'bucket': None})\n"
needs_columns = pytest.mark.skipif(sys.version_info < (3, 11), reason="the interpreter knows no columns")


def test_an_output_inside_json_dumps(tmp_path: Path) -> None:
    program = """\
import json
import pulumi
from pulumi import CustomResource, Output

log_group = CustomResource("aws:cloudwatch/logGroup:LogGroup", "logs", {"name": None})
db = CustomResource("aws:rds/cluster:Cluster", "db", {"endpoint": None})
definitions = Output.all(db.endpoint, log_group.name).apply(
    lambda args: json.dumps(
        [
            {
                "host": args[0],
                "group": log_group.name,
            }
        ]
    )
)
CustomResource("aws:ecs/taskDefinition:TaskDefinition", "task", {"containerDefinitions": definitions})
CustomResource("demo:index:After", "after", {})
"""
    simulation = simulate(tmp_path, program)
    main = str(tmp_path / "__main__.py")
    (failure,) = simulation.plan.failures
    assert (failure.exception, failure.certain) == ("TypeError", True)
    assert failure.message == "Object of type Output is not JSON serializable"
    assert failure.culprit == "log_group.name"
    assert failure.span == SourceSpan(main, 12, 26, 12, 40)
    assert failure.created == Frame(main, 7, "<module>")
    assert failure.frames[0].function == "<lambda>"
    assert named(simulation, "task").inputs["containerDefinitions"] is UNKNOWN
    assert named(simulation, "after").name == "after"
    assert simulation.run.status == "complete"


def test_one_exception_through_many_outputs_is_one_failure(tmp_path: Path) -> None:
    program = (
        BUCKET
        + """
first = bucket.arn.apply(lambda arn: undefined_name)
second = first.apply(lambda value: value + "x")
third = Output.all(first, second).apply(lambda values: values[0])
for number in range(5):
    CustomResource("demo:index:Thing", f"thing-{number}", {"a": third, "b": first})
pulumi.export("third", third)
"""
    )
    simulation = simulate(tmp_path, program)
    (failure,) = simulation.plan.failures
    assert (failure.exception, failure.certain) == ("NameError", True)
    assert failure.frames[0].line == 5
    assert simulation.run.resources == 6


def test_what_a_made_up_value_can_cause_is_not_certain(tmp_path: Path) -> None:
    program = (
        BUCKET
        + """
def size(arn):
    return {"a": 1}[arn]

def number(name):
    return int(name)

def settings(name):
    return json.loads(name)["x"]

bucket.arn.apply(size)
bucket.bucket.apply(number)
bucket.bucket.apply(settings)
"""
    )
    failures = simulate(tmp_path, program).plan.failures
    assert {failure.exception for failure in failures} == {"KeyError", "ValueError", "JSONDecodeError"}
    assert not [failure for failure in failures if failure.certain]
    assert all(failure.predicted for failure in failures)
    assert {failure.frames[0].line for failure in failures} == {6, 9, 12}


@needs_columns
def test_certain_mistakes_and_where_they_stand(tmp_path: Path) -> None:
    program = (
        BUCKET
        + """
import os.path
bucket.arn.apply(lambda arn: os.pathh)
bucket.arn.apply(lambda arn: arn.upper(1, 2, 3))
bucket.arn.apply(lambda: 1)
bucket.arn.apply(lambda arn: "x" + bucket.bucket)
bucket.arn.apply(lambda arn: len(bucket.bucket))
bucket.arn.apply(lambda arn: ",".join([arn, bucket.bucket]))
bucket.arn.apply(lambda arn: __import__("no_such_module"))
"""
    )
    failures = {
        failure.created.line: failure
        for failure in simulate(tmp_path, program).plan.failures
        if failure.created
    }
    assert {line: failure.exception for line, failure in sorted(failures.items())} == {
        6: "AttributeError",
        7: "TypeError",
        8: "TypeError",
        9: "TypeError",
        10: "TypeError",
        11: "TypeError",
        12: "ModuleNotFoundError",
    }
    assert [line for line, failure in failures.items() if not failure.certain] == []
    assert {line for line, failure in failures.items() if failure.culprit == "bucket.bucket"} == {9, 10, 11}
    assert failures[9].span == SourceSpan(str(tmp_path / "__main__.py"), 9, 36, 9, 49)


def test_columns_count_characters(tmp_path: Path) -> None:
    program = BUCKET + 'bucket.arn.apply(lambda arn: "äöü" + json.dumps(bucket.bucket))\n'
    (failure,) = simulate(tmp_path, program).plan.failures
    assert failure.span is not None
    assert (failure.span.column, failure.span.end_column) == (49, 62)


def test_an_asynchronous_callback_that_fails(tmp_path: Path) -> None:
    program = (
        BUCKET
        + """
import asyncio

async def later(arn):
    await asyncio.sleep(0)
    return json.dumps(bucket.arn)

CustomResource("demo:index:Thing", "thing", {"a": bucket.arn.apply(later)})
"""
    )
    simulation = simulate(tmp_path, program)
    (failure,) = simulation.plan.failures
    assert failure.certain
    assert failure.culprit == "bucket.arn"
    assert failure.frames[0].line == 9
    assert named(simulation, "thing").inputs["a"] is UNKNOWN


def test_text_of_an_output_leads_back_to_its_line(tmp_path: Path) -> None:
    program = (
        BUCKET
        + """
name = f"logs-{bucket.bucket}"
CustomResource("demo:index:Thing", "thing", {
    "name": name,
    "nested": {"list": [str(bucket.arn)]},
    "fine": "text",
})
bucket.arn.apply(lambda arn: CustomResource("demo:index:Late", "late", {"a": f"{bucket.arn}"}))
"""
    )
    simulation = simulate(tmp_path, program)
    thing = named(simulation, "thing")
    assert {path: frame.line for path, frame in thing.origins.items()} == {"name": 5, "nested.list[0]": 8}
    assert str(thing.inputs["name"]).startswith("logs-Calling __str__ on an Output[T]")
    assert "[preflight" not in repr(simulation.plan)
    assert named(simulation, "late").origins["a"].line == 11


def test_a_failed_registration_is_recorded_and_the_others_go_on(tmp_path: Path) -> None:
    program = """
        import pulumi, pulumi_aws as aws
        aws.sqs.Queue("bad", visibility_timeout_seconds=object())
        aws.sqs.Queue("good")
    """
    simulation = simulate(tmp_path, program)
    assert named(simulation, "good").name == "good"
    assert len(simulation.plan.failures) == 1
    assert simulation.plan.failures[0].created is not None
    assert simulation.plan.failures[0].created.line == 3


def test_a_message_holds_no_address(tmp_path: Path) -> None:
    program = BUCKET + "bucket.arn.apply(lambda arn: {}[bucket])\n"
    (failure,) = simulate(tmp_path, program).plan.failures
    assert "object>" in failure.message
    assert " at 0x" not in failure.message


def test_a_secret_does_not_show_in_a_message(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
password = pulumi.Config().require_secret("password")

def refuse(text):
    raise ValueError("bad: " + text)

CustomResource("demo:index:Thing", "thing", {"own": Output.secret("hunter2-Canary")})
CustomResource("demo:index:Other", "other", {"a": password.apply(refuse)})
Output.secret("hunter2-Canary").apply(refuse)
"""
    )
    files = {"__main__.py": program, "Pulumi.dev.yaml": "config:\n  demo:password: {secure: AAAB}\n"}
    failures = simulate(tmp_path, files, config={"password": "TopSecret"}).plan.failures
    assert {failure.message for failure in failures} == {"bad: [secret]"}


def test_what_only_a_registration_shows_is_certain_and_named(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
from pulumi import ComponentResource, ResourceOptions

class Group(ComponentResource):
    def __init__(self, name):
        super().__init__("demo:index:Group", name)
        CustomResource("demo:index:Thing", "child", {}, ResourceOptions(parent=self, depends_on=[self]))

thing = CustomResource("demo:index:Thing", "thing", {"arn": None})
CustomResource("demo:index:Thing", "tagged", {"tags": {thing.id: "x"}})
Group("group")
"""
    )
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete", simulation.plan.faults
    key, cycle = simulation.plan.failures
    assert key.message == "an `Output` is the key of a dictionary, where a text has to be"
    assert "circular dependency" in cycle.message
    assert [(failure.certain, failure.in_preview, failure.callback) for failure in (key, cycle)] == [
        (True, True, False)
    ] * 2
    assert {resource.name for resource in simulation.plan.resources} == {"thing", "group"}


def test_a_method_of_a_component_answers_what_is_unknown(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
from pulumi import ComponentResource

group = ComponentResource("demo:index:Group", "group", {"size": 1}, None, True)
answer = pulumi.runtime.call("demo:index:Group/ask", {"__self__": group, "text": "x"}, group)
CustomResource("demo:index:Thing", "thing", {"answer": answer["text"]})
"""
    )
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete", simulation.plan.faults
    assert named(simulation, "thing").inputs == {"answer": UNKNOWN}
