"""The pack under the real Pulumi CLI, with a stand-in for the AWS provider."""

from __future__ import annotations

import json

import pytest

from .conftest import Project

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi
import pulumi_aws as aws

database = aws.rds.Cluster(
    "database",
    engine="aurora-postgresql",
    master_username="{username}",
    master_password=pulumi.Config().get("password") or "none-of-your-business",
    skip_final_snapshot=True,
)
aws.ssm.Parameter("endpoint", type="String", value=database.endpoint)
"""


def test_a_reserved_username_fails_the_preview(project: Project) -> None:
    result = project.preview(PROGRAM.format(username="admin"))
    assert result.returncode == 1, result.stdout + result.stderr
    assert (
        "[mandatory] [severity: high]  reserved-master-username  (aws:rds:Cluster: database)" in result.stdout
    )
    assert "the master user name `admin` is reserved in aurora-postgresql" in result.stdout
    assert "none-of-your-business" not in result.stdout + result.stderr


def test_the_mended_program_passes(project: Project) -> None:
    result = project.preview(PROGRAM.format(username="dbadmin"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "preflight@v" in result.stdout
    assert "mandatory" not in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_a_doubt_is_shown_and_passes(project: Project) -> None:
    result = project.preview(PROGRAM.format(username="select"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "[advisory] [severity: medium]  reserved-master-username" in result.stdout


def test_the_team_sets_the_level(project: Project) -> None:
    config = project.directory / "policies.json"
    config.write_text(json.dumps({"reserved-master-username": {"failOn": "warning"}}))
    result = project.preview(PROGRAM.format(username="select"), "--policy-pack-config", str(config))
    assert result.returncode == 1, result.stdout + result.stderr
    config.write_text(json.dumps({"reserved-master-username": "advisory"}))
    result = project.preview(PROGRAM.format(username="admin"), "--policy-pack-config", str(config))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "[advisory] [severity: high]  reserved-master-username" in result.stdout


def test_the_projects_own_requirement_is_held_against_the_whole_stack(project: Project) -> None:
    (project.directory / "preflight.toml").write_text(
        '[[rules.global-table-without-replicas.required]]\ntable = "rules*"\nregions = ["eu-central-1"]\n'
    )
    result = project.preview(
        "import pulumi_aws as aws\n"
        'aws.dynamodb.Table("rules", name="rules", hash_key="id", billing_mode="PAY_PER_REQUEST",\n'
        '    attributes=[{"name": "id", "type": "S"}])\n'
    )
    assert result.returncode == 1, result.stdout + result.stderr
    assert "global-table-without-replicas  (aws:dynamodb:Table: rules)" in result.stdout
