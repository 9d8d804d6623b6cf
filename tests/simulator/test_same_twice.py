"""Two runs of one program say the same, byte for byte, whatever order hashing gives sets and maps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .harness import write_project

ROOT = Path(__file__).parents[2]
PROGRAM = """
    import json, pulumi, pulumi_aws as aws
    from pulumi import Alias, ComponentResource, CustomResource, Output, ResourceOptions

    class Group(ComponentResource):
        def __init__(self, name):
            super().__init__("demo:index:Group", name, None, ResourceOptions(aliases=[Alias(name="old")]))
            self.queues = [aws.sqs.Queue(f"q{n}", opts=ResourceOptions(parent=self)) for n in range(4)]
            self.register_outputs({})

    zones = aws.get_availability_zones()
    group = Group("group")
    topic = aws.sns.Topic("topic", tags={key: "x" for key in ("b", "a", "c")})
    policy = Output.all(topic.arn, *(queue.arn for queue in group.queues)).apply(json.dumps)
    CustomResource("demo:index:Thing", "thing", {
        "policy": policy,
        "all": [queue.url for queue in group.queues],
        "map": {f"k{n}": queue.id for n, queue in enumerate(group.queues)},
        "text": f"{topic.arn}",
        "asset": pulumi.AssetArchive({name: pulumi.FileAsset(name) for name in ("z", "y", "x")}),
    }, ResourceOptions(depends_on=[group, topic]))
    topic.arn.apply(lambda arn: [aws.sns.Topic(f"late-{zone}", name=arn) for zone in zones.names])
    topic.id.apply(lambda value: {}[value])
    pulumi.export("team", pulumi.Config().require("team"))
    pulumi.export("arns", {queue._name: queue.arn for queue in group.queues})
"""


def said(directory: Path, seed: int, *arguments: str) -> bytes:
    """What the command prints about the project, in a process whose hashes are of a seed."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(directory.parent),
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": str(seed),
    }
    command = [sys.executable, "-m", "policy_pack.cli", *arguments]
    run = subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=False)
    assert run.stdout, run.stderr.decode()
    return run.stdout


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("check", ".", "--output-format", "json"), ("plan", ".", "--json")])
def test_a_report_is_the_same_byte_for_byte(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    directory = write_project(tmp_path / "project", PROGRAM)
    reports = {said(directory, seed, *arguments) for seed in (1, 2, 3)}
    assert len(reports) == 1
    assert b"late-eu-west-1a" in reports.pop()
