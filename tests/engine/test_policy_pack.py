"""The pack under the real Pulumi CLI, with a stand-in for the AWS provider."""

from __future__ import annotations

import json

import pytest

from .conftest import ROOT, Project

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


REPLICATED = """
import pulumi
import pulumi_aws as aws

table = aws.dynamodb.Table(
    "rules", hash_key="id", billing_mode="PAY_PER_REQUEST", attributes=[{"name": "id", "type": "S"}],
    stream_enabled=True, stream_view_type="KEYS_ONLY", replicas=[{"region_name": "eu-central-1"}],
    tags={"note": pulumi.Output.secret("hunter2-Canary"), "of": aws.sqs.Queue("other").id},
)
pulumi.export("view", table.stream_view_type)
"""


def test_a_certain_fix_is_a_remediation(project: Project) -> None:
    result = project.preview(REPLICATED)
    assert result.returncode == 1, result.stdout + result.stderr
    config = project.directory / "policies.json"
    config.write_text(json.dumps({"all": "remediate"}))
    result = project.preview(REPLICATED, "--policy-pack-config", str(config), "--show-policy-remediations")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "[remediate]  replicas-without-stream  (aws:dynamodb:Table: rules)" in result.stdout
    assert 'view: "NEW_AND_OLD_IMAGES"' in result.stdout
    up = project.run(
        "up",
        "--yes",
        "--skip-preview",
        "--stack",
        "dev",
        "--policy-pack",
        str(ROOT),
        "--policy-pack-config",
        str(config),
    )
    assert up.returncode == 0, up.stdout + up.stderr
    state = json.loads(project.run("stack", "export", "--stack", "dev").stdout)
    [table] = [item for item in state["deployment"]["resources"] if item["type"].endswith(":Table")]
    assert table["inputs"]["streamViewType"] == "NEW_AND_OLD_IMAGES"
    assert table["inputs"]["tags"]["of"] == "other-id", "not known in the preview"
    told = "".join(item.stdout + item.stderr for item in (result, up)) + json.dumps(state)
    assert "hunter2-Canary" not in told
