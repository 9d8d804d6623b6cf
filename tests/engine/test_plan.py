"""`preflight plan --diff` says of every resource what the engine's own preview says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policy_pack.cli import main

from .conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

COMMON = """\
import json
import pulumi
import pulumi_aws as aws


class Network(pulumi.ComponentResource):
    def __init__(self, name, cidr):
        super().__init__("demo:network:Network", name)
        child = pulumi.ResourceOptions(parent=self)
        self.vpc = aws.ec2.Vpc(name + "-vpc", cidr_block=cidr, opts=child)
        aws.ec2.Subnet(name + "-subnet", vpc_id=self.vpc.id, cidr_block="10.0.0.0/24", opts=child)
        self.register_outputs({})


west = aws.Provider("west", region="us-west-2")
secret = pulumi.Output.secret
"""
BEFORE = (
    COMMON
    + """
Network("net", "10.0.0.0/16")
same = aws.sqs.Queue("same", name="same", tags={"a": "b"})
aws.sqs.Queue("changed", visibility_timeout_seconds=30, redrive_policy=same.arn)
aws.sqs.Queue("ignored", visibility_timeout_seconds=30, opts=pulumi.ResourceOptions(ignore_changes=["tags"]))
aws.sqs.Queue("replaced", name="a")
aws.sqs.Queue("old-name", name="b", opts=pulumi.ResourceOptions(provider=west))
aws.sqs.Queue("gone", name="c")
aws.ssm.Parameter("kept", type="SecureString", value=secret("hidden-one"))
aws.ssm.Parameter("secret", type="SecureString", value=secret("hidden-two"))
aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
pulumi.export("url", same.url)
pulumi.export("number", 1)
"""
)
AFTER = (
    COMMON
    + """
Network("net", "10.1.0.0/16")
same = aws.sqs.Queue("same", name="same", tags={"a": "b"})
aws.sqs.Queue("changed", visibility_timeout_seconds=60, redrive_policy=same.arn)
ignoring = pulumi.ResourceOptions(ignore_changes=["tags"])
aws.sqs.Queue("ignored", visibility_timeout_seconds=30, tags={"x": "y"}, opts=ignoring)
aws.sqs.Queue("replaced", name="z", opts=pulumi.ResourceOptions(replace_on_changes=["name"]))
aws.sqs.Queue(
    "new-name", name="b", opts=pulumi.ResourceOptions(provider=west, aliases=[pulumi.Alias(name="old-name")])
)
aws.sqs.Queue("fresh", name=same.name.apply(lambda name: name + "-2"))
aws.ssm.Parameter("kept", type="SecureString", value=secret("hidden-one"))
aws.ssm.Parameter("secret", type="SecureString", value=secret("hidden-three"))
aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
pulumi.export("url", same.url)
pulumi.export("number", 2)
"""
)
SIMPLE = {"create-replacement": "replace", "delete-replaced": "replace"}


def previewed(project: Project) -> dict[str, str]:
    """What the engine says of each resource that the program makes or has made."""
    result = project.run("preview", "--stack", "dev", "--json", "--show-sames")
    assert result.returncode == 0, result.stdout[-2000:]
    steps = json.loads(result.stdout)["steps"]
    found = {step["urn"]: SIMPLE.get(step["op"], step["op"]) for step in steps}
    return {urn: op for urn, op in found.items() if "pulumi:Stack" not in urn and "::default" not in urn}


def planned(project: Project, state: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    assert main(["plan", str(project.directory), "--json", "--diff", str(state)]) == 0
    return json.loads(capsys.readouterr().out)["programs"][0]


@pytest.mark.parametrize("secrets", [(), ("--show-secrets",)], ids=["encrypted", "shown"])
def test_the_same_operations_as_the_engines_preview(
    secrets: tuple[str, ...], project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program, state = project.directory / "__main__.py", tmp_path / "state.json"
    program.write_text(BEFORE)
    deployed = project.run("up", "--stack", "dev", "--yes", "--skip-preview")
    assert deployed.returncode == 0, deployed.stdout
    assert project.run("stack", "export", "--stack", "dev", "--file", str(state), *secrets).returncode == 0
    plan = planned(project, state, capsys)
    assert {step["operation"] for step in plan["steps"]} == {"same"}
    assert plan["export_changes"] == []
    program.write_text(AFTER)
    plan = planned(project, state, capsys)
    found = {step["urn"]: step["operation"] for step in plan["steps"]}
    expected = previewed(project)
    if not secrets:
        # What is encrypted cannot be compared.
        [urn] = [urn for urn in expected if urn.endswith("::secret")]
        assert (expected.pop(urn), found.pop(urn)) == ("update", "same")
    assert found == expected
    assert [change["property"] for change in plan["export_changes"]] == ["number"]
    assert "hidden-" not in json.dumps(plan)
