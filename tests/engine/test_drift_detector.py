"""The drift detector under the real Pulumi CLI: the stand-in for the AWS provider changes its mind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, Project, new_project

pytestmark = pytest.mark.engine

SECRETS = ("set-by-the-program", "set-in-the-console")
PROGRAM = f"""
import pulumi
import pulumi_aws as aws

aws.ec2.SecurityGroup(
    "open",
    ingress=[{{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8"]}}],
    tags={{"team": "fraud", "cost.centre": "1"}},
)
aws.rds.Cluster("database", engine="aurora-postgresql", master_password=pulumi.Output.secret("{SECRETS[0]}"))
cluster = aws.ecs.Cluster("cluster")
aws.ecs.Service("service", cluster="main", desired_count=2, opts=pulumi.ResourceOptions(depends_on=[cluster]))
"""


@dataclass(frozen=True)
class Deployed:
    """A stack that is deployed, and a cloud in which things happen."""

    project: Project

    def happened(self, **resources: Any) -> None:
        Path(self.project.environment["STAND_IN_CLOUD"]).write_text(json.dumps(resources))

    def detect(self, *options: str) -> subprocess.CompletedProcess[str]:
        script = str(ROOT / "stack" / "drift_detector.py")
        return subprocess.run(
            [sys.executable, script, "--stack", "dev", "--program", str(self.project.directory), *options],
            env=self.project.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    home = tmp_path_factory.mktemp("drift")
    project = new_project(home)
    if not re.fullmatch(r"v?3\.\d+\.\d+\S*", project.run("version").stdout.strip()):
        pytest.skip("the Pulumi CLI on PATH is built without a version, which the Automation API asks for")
    stack = Deployed(
        replace(project, environment=project.environment | {"STAND_IN_CLOUD": str(home / "cloud")})
    )
    stack.happened()
    (project.directory / "__main__.py").write_text(PROGRAM)
    deployment = stack.project.run("up", "--yes", "--skip-preview")
    assert deployment.returncode == 0, deployment.stdout + deployment.stderr
    return stack


def test_what_nobody_touched_has_not_drifted(deployed: Deployed) -> None:
    deployed.happened()
    # A change of the program is no drift: it is not even run.
    (deployed.project.directory / "__main__.py").write_text("raise RuntimeError")
    result = deployed.detect()
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "fraud/dev: 0 of 4 resources drifted\n"


def test_what_changed_and_what_is_gone_is_told(deployed: Deployed) -> None:
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
    deployed.happened(
        open={"ingress": [rule], "tags": {"cost.centre": "2", "new": "x"}},
        database={"masterPassword": SECRETS[1]},
        cluster=None,
    )
    result = deployed.detect("--output-format", "json")
    assert (result.returncode, result.stderr) == (1, "")
    drift = json.loads(result.stdout)["drift"]
    assert [
        (each["name"], each["property"], each["change"], each["recorded"], each["live"]) for each in drift
    ] == [
        ("open", "ingress[0].cidrBlocks[0]", "changed", "10.0.0.0/8", "0.0.0.0/0"),
        ("open", "tags.new", "added", None, "x"),
        ("open", "tags.team", "removed", "fraud", None),
        ("open", 'tags["cost.centre"]', "changed", "1", "2"),
        ("cluster", None, "deleted", None, None),
        ("database", "masterPassword", "changed", "[secret]", "[secret]"),
    ]
    assert not any(secret in result.stdout for secret in SECRETS)


def test_it_tells_the_same_again_since_nothing_was_written(deployed: Deployed) -> None:
    deployed.happened(cluster=None)
    assert deployed.detect().stdout == deployed.detect().stdout
    assert "cluster" in deployed.project.run("stack", "export").stdout


def test_what_is_expected_is_ignored(deployed: Deployed, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "ignore:\n"
        "  - {type: 'aws:ecs/service:Service', property: desiredCount, reason: autoscaling sets it}\n"
        "  - {property: tags, reason: the tagger sets them}\n"
    )
    deployed.happened(service={"desiredCount": 5})
    result = deployed.detect("--ignore-file", str(rules))
    assert result.returncode == 0, result.stdout
    assert result.stdout == "fraud/dev: 0 of 4 resources drifted (differences ignored: 1)\n"
    assert result.stderr == "drift_detector: the rule `the tagger sets them` covers nothing\n"


def test_a_resource_that_cannot_be_read_is_no_verdict(deployed: Deployed) -> None:
    deployed.happened(open={"tags": {}}, database="not authorized to read this")
    result = deployed.detect()
    assert (result.returncode, result.stdout) == (2, "")
    assert "could not tell: database: Preview failed: not authorized to read this" in result.stderr


def test_a_stack_that_is_not_there_is_no_verdict(deployed: Deployed) -> None:
    result = deployed.detect("--stack", "prod")
    assert (result.returncode, result.stdout) == (2, "")
    assert "could not tell: error: no stack named 'prod' found" in result.stderr
