"""Inline programs of the Automation API are run; those that drive another program say which to check."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_pack.model import Predicted

from .harness import named, simulate

HEAD = """
import pulumi
from pulumi import CustomResource, automation as auto
"""


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_an_inline_program_is_run_once(tmp_path: Path, kind: str) -> None:
    program = (
        HEAD
        + kind
        + """ program():
    size = pulumi.Config().require("size")
    bucket = CustomResource("aws:s3/bucket:Bucket", "bucket", {"arn": None, "size": size})
    CustomResource("demo:index:Thing", "thing", {"arn": bucket.arn})
    pulumi.export("arn", bucket.arn)

stack = auto.create_or_select_stack(stack_name="dev", project_name="demo", program=program)
stack.workspace.install_plugin("aws", "v7.0.0")
stack.set_config("size", auto.ConfigValue(value="3"))
stack.refresh(on_output=print)
preview = stack.preview()
done = stack.up(on_output=print)
print(f"made {done.outputs['arn'].value}, {done.summary.resource_changes}")
"""
    )
    simulation = simulate(tmp_path, {"__main__.py": program})
    assert simulation.run.status == "complete", simulation.plan.faults
    assert simulation.run.resources == 2
    assert named(simulation, "bucket").inputs["size"] == "3"
    assert isinstance(named(simulation, "thing").inputs["arn"], Predicted)
    assert set(simulation.plan.exports) == {"arn"}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            'auto.create_or_select_stack(stack_name="dev", work_dir="../network")',
            "drives another one, in `network`",
        ),
        ("auto.LocalWorkspace(work_dir='.')", "drives Pulumi through a `LocalWorkspace`"),
    ],
)
def test_a_program_that_drives_another_says_so(tmp_path: Path, call: str, said: str) -> None:
    simulation = simulate(tmp_path, {"__main__.py": f"{HEAD}\n{call}\n"})
    assert simulation.run.status != "complete"
    assert said in (simulation.run.detail or "")
    (fault,) = simulation.plan.faults
    assert fault.span is not None
    assert fault.span.line == 5
