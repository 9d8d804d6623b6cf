"""What the pack's simulation adds to a preview by the real Pulumi CLI."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from .conftest import ROOT, Project

pytestmark = pytest.mark.engine

CANARY = "hunter2-Canary"
IN_JSON = """
import json
import pulumi
import pulumi_aws as aws

logs = aws.cloudwatch.LogGroup("logs")
cluster = aws.rds.Cluster(
    "aurora",
    engine="aurora-postgresql",
    engine_version="{version}",
    master_username="{username}",
    master_password=pulumi.Config().require_secret("password"),
    skip_final_snapshot=True,
)
aws.ecs.TaskDefinition(
    "task",
    family="fraud",
    container_definitions=cluster.endpoint.apply(
        lambda endpoint: json.dumps([{{"name": endpoint, "group": logs.name}}])
    ),
)
"""
BROKEN = IN_JSON.format(version="15.10", username="dbadmin")
PLACEHOLDER = """
replica_regions = ["eu-central-1"]
aws.dynamodb.Table(
    "rules", hash_key="id", billing_mode="PAY_PER_REQUEST", attributes=[{"name": "id", "type": "S"}]
)
enable_global_table = True
if enable_global_table and replica_regions:
    pulumi.log.info(f"Global table replicas would be created in {replica_regions}")
"""
LINE = 1 + next(number for number, line in enumerate(BROKEN.splitlines()) if "json.dumps" in line)
FAULT = "`logs.name` is an `Output`, which `json.dumps` cannot serialize"


@pytest.fixture
def secretive(project: Project) -> Project:
    """A project whose stack has a secret."""
    project.run("config", "set", "--stack", "dev", "--secret", "password", CANARY)
    return project


def told(result: subprocess.CompletedProcess[str]) -> str:
    """Everything that a command said, without what is secret in it."""
    everything = result.stdout + result.stderr
    assert CANARY not in everything
    return everything


def test_every_documented_failure_is_in_one_preview(secretive: Project, tmp_path: Path) -> None:
    program = IN_JSON.format(version="15.3", username="admin") + PLACEHOLDER
    (tmp_path / "tmp").mkdir()
    project = replace(secretive, environment=secretive.environment | {"TMPDIR": str(tmp_path / "tmp")})
    result = project.preview(program)
    text = told(result)
    assert result.returncode == 1, text
    assert "[mandatory] [severity: high]  engine-version-unavailable  (aws:rds:Cluster: aurora)" in text
    assert "[mandatory] [severity: high]  reserved-master-username  (aws:rds:Cluster: aurora)" in text
    assert "[mandatory] [severity: high]  output-in-json  (pulumi:pulumi:Stack: fraud-dev)" in text
    assert f"{FAULT}\n          at __main__.py:{LINE}:" in text
    assert "[advisory] [severity: medium]  placeholder-implementation" in text
    assert "not-simulated" not in text
    left = [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()]
    assert not [path for path in left if CANARY.encode() in path.read_bytes()]


def test_nothing_is_created_when_the_simulation_has_an_error(secretive: Project) -> None:
    (secretive.directory / "__main__.py").write_text(BROKEN)
    result = secretive.run("up", "--yes", "--skip-preview", "--stack", "dev", "--policy-pack", str(ROOT))
    assert result.returncode != 0, told(result)
    assert FAULT in told(result)
    state = json.loads(secretive.run("stack", "export", "--stack", "dev").stdout)
    made = [item["type"] for item in state["deployment"].get("resources", [])]
    assert not [token for token in made if token.startswith("aws:")]


def test_what_is_advisory_stops_nothing(secretive: Project) -> None:
    config = secretive.directory / "policies.json"
    config.write_text(json.dumps({"output-in-json": "advisory"}))
    result = secretive.preview(BROKEN, "--policy-pack-config", str(config))
    assert result.returncode == 0, told(result)
    assert "[advisory] [severity: high]  output-in-json" in told(result)
    config.write_text(json.dumps({"not-simulated": {"simulate": False}}))
    result = secretive.preview(BROKEN, "--policy-pack-config", str(config))
    assert result.returncode == 0, told(result)
    assert FAULT not in told(result)
    assert "not-simulated" not in told(result)


def test_what_was_found_is_logged_when_the_program_raises(secretive: Project) -> None:
    result = secretive.preview(BROKEN + '\nraise RuntimeError("no more")\n')
    assert result.returncode != 0
    assert "RuntimeError: no more" in told(result)
    assert FAULT in told(result)


def test_a_comment_silences_what_the_preview_shows(secretive: Project) -> None:
    program = BROKEN.replace(
        'master_username="dbadmin",',
        'master_username="admin",  # preflight: ignore[reserved-master-username] -- restored',
    ).replace("logs.name}", '"logs"}')
    result = secretive.preview(program)
    assert result.returncode == 0, told(result)
    assert "reserved-master-username" not in told(result)


@pytest.mark.parametrize("option", [("-C", "{}"), ("--cwd={}",)], ids=["-C", "--cwd"])
def test_the_program_is_found_wherever_it_is(
    secretive: Project, tmp_path: Path, option: tuple[str, ...]
) -> None:
    source = secretive.directory / "src"
    source.mkdir()
    (source / "__main__.py").write_text(BROKEN)
    settings = secretive.directory / "Pulumi.yaml"
    settings.write_text(settings.read_text() + "main: src\n")
    elsewhere = replace(secretive, directory=tmp_path)
    pack = executable(tmp_path) if option[0] == "-C" else ROOT
    where = [part.format(secretive.directory) for part in option]
    result = elsewhere.run(*where, "preview", "--stack", "dev", "--policy-pack", str(pack))
    assert result.returncode == 1, told(result)
    assert f"{FAULT}\n          at src/__main__.py:{LINE}:" in told(result)


def executable(home: Path) -> Path:
    """The command `preflight-pack`, as an installation makes it, on a path with spaces."""
    pack = home / "a directory" / "preflight-pack"
    pack.parent.mkdir()
    pack.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from policy_pack.crossguard import run\nrun()\n"
    )
    pack.chmod(0o755)
    return pack


def test_an_exported_stack_is_analyzed_without_its_program(secretive: Project, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    resource = {
        "urn": "urn:pulumi:dev::fraud::aws:rds/cluster:Cluster::db",
        "type": "aws:rds/cluster:Cluster",
        "custom": True,
        "id": "db",
        "inputs": {"engine": "aurora-postgresql", "masterUsername": "admin"},
        "outputs": {"engine": "aurora-postgresql", "masterUsername": "admin"},
    }
    state.write_text(json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": [resource]}}))
    result = secretive.run("policy", "analyze", "--file", str(state), "--policy-pack", str(ROOT))
    assert "reserved-master-username" in told(result)
    assert "not-simulated" not in told(result)


def test_a_broken_configuration_is_said_by_the_cli(secretive: Project) -> None:
    (secretive.directory / "preflight.toml").write_text('ignroe = ["apply-raises"]\n')
    result = secretive.preview(BROKEN)
    assert result.returncode != 0
    assert "a similar one is `ignore`" in told(result)


INLINE = """
import sys
import pulumi
from pulumi import automation

def program() -> None:
    pulumi.export("answer", 42)

stack = automation.create_or_select_stack("dev", project_name="fraud", program=program)
print(stack.preview(policy_packs=[sys.argv[1]], color="never").stdout)
"""


def test_an_inline_program_is_not_simulated_and_that_is_said(project: Project, tmp_path: Path) -> None:
    script = tmp_path / "inline.py"
    script.write_text(INLINE)
    result = subprocess.run(
        [sys.executable, str(script), str(ROOT)],
        cwd=tmp_path,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "[advisory] [severity: low]  not-simulated" in result.stdout
    assert "a function of an Automation API program" in result.stdout
