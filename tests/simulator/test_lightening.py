"""The SDK made cheaper sends what the SDK itself sends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from policy_pack.simulator.runner import BOOT

from .harness import DEFAULTS, child_module, write_project

PROGRAM = """\
import json
from typing import Optional

import pulumi
from pulumi import Alias, ComponentResource, CustomResource, Output, ResourceOptions


class Group(ComponentResource):
    def __init__(self, name):
        super().__init__("demo:index:Group", name, None, ResourceOptions(aliases=[Alias(name="before")]))
        self.bucket = CustomResource(
            "aws:s3/bucket:Bucket", name + "-bucket", {"tags": {"a": "b"}}, ResourceOptions(parent=self)
        )
        self.register_outputs({"id": self.bucket.id})


@pulumi.input_type
class Part:
    def __init__(self, part_name: pulumi.Input[str], size: Optional[pulumi.Input[int]] = None):
        pulumi.set(self, "part_name", part_name)
        pulumi.set(self, "size", size)

    @property
    @pulumi.getter(name="partName")
    def part_name(self) -> pulumi.Input[str]:
        return pulumi.get(self, "part_name")

    @property
    @pulumi.getter
    def size(self) -> Optional[pulumi.Input[int]]:
        return pulumi.get(self, "size")


group = Group("group")
secret = Output.secret("hidden")
queue = CustomResource("aws:sqs/queue:Queue", "queue", {"secret": secret, "part": Part("p", 3), "arn": None})
Output.all(queue.arn, group.bucket.id).apply(
    lambda found: CustomResource("demo:index:Late", "late", {"of": json.dumps(found)})
)
CustomResource("demo:index:Broken", "broken", {"of": object()})
CustomResource("demo:index:After", "after", {"of": queue.id}, ResourceOptions(depends_on=[group]))
CustomResource("demo:index:Failed", "failed", {"of": queue.id.apply(lambda text: {}[text])})
pulumi.export("id", queue.id)
"""
# Runs one pass as the child does, but for what does not concern the SDK; the parts named stay as they are.
RUN = """\
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("boot", sys.argv[1])
boot = importlib.util.module_from_spec(spec)
spec.loader.exec_module(boot)
boot.load_package(sys.argv[1].rpartition("/")[0])
lightening = boot.importlib.import_module(boot.PACKAGE + ".lightening")
request = json.loads(sys.argv[2])
for name in request["as_it_is"]:
    setattr(lightening, name, lambda *parts: None)
boot.importlib.import_module(boot.PACKAGE + ".program").run(request, sys.stdout.fileno())
"""
PARTS = ["_light_outputs", "_light_names", "_light_tracking", "_light_types"]


def records(directory: Path, mode: str, as_it_is: list[str]) -> list[str]:
    """What a pass sends, in an order of its own: in which order tasks run is nobody's promise."""
    place = {"region": "eu-west-1", "account": "1" * 12, "partition": "aws", "dns_suffix": "amazonaws.com"}
    named = dict.fromkeys(("root", "directory", "entry", "scratch"), str(directory))
    empty: dict[str, Any] = {key: {} for key in ("config", "suggested", "types", "stubs")}
    request = {"mode": mode, "project": "demo", "stack": "dev", "organization": "o", "time_limit": 120}
    request |= {**named, **empty, "secret_keys": [], "placeholder": None, "place": place, "hidden": []}
    request |= {"as_it_is": as_it_is, "cache": str(DEFAULTS["cache"])}
    command = [sys.executable, "-c", RUN, str(BOOT), json.dumps(request)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert '"status": "complete"' in lines[-1]
    return sorted(line for line in lines if line)


@pytest.mark.parametrize("mode", ["predicted", pytest.param("faithful", marks=pytest.mark.slow)])
def test_the_lighter_sdk_registers_the_same(tmp_path: Path, mode: str) -> None:
    directory = write_project(tmp_path, PROGRAM)
    lighter = records(directory, mode, [])
    assert lighter == records(directory, mode, PARTS)
    kinds = [json.loads(line)["kind"] for line in lighter]
    assert kinds.count("failure") == (2 if mode == "predicted" else 1)
    assert kinds.count("resource") == (6 if mode == "predicted" else 5)


def test_types_are_remembered_by_identity_for_equal_ones_differ_in_order() -> None:
    calls: list[object] = []

    def noted(kind: object) -> str:
        calls.append(kind)
        return str(kind)

    remembered = child_module("lightening")._remembered(noted)
    first, second = int | str, str | int
    assert [remembered(kind) for kind in (first, second, first)] == ["int | str", "str | int", "int | str"]
    assert calls == [first, second]
    assert str(calls[1]) == "str | int"
