"""An installed wheel, run outside of the checkout, on a project that has an older Pulumi SDK of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLDER = Path(os.environ.get("PREFLIGHT_OLDER_SDK") or ROOT / ".venv" / "sdk-3.200")

pytestmark = pytest.mark.skipif(
    not (OLDER / "bin" / "python").exists(),
    reason=f"needs an environment with an older Pulumi SDK in {OLDER} (`make test-slow` makes it)",
)

PROGRAM = """\
import json
import pulumi
from pulumi import ComponentResource, CustomResource, Output, ResourceOptions


class Group(ComponentResource):
    def __init__(self, name):
        super().__init__("demo:index:Group", name)
        self.bucket = CustomResource(
            "aws:s3/bucket:Bucket", name + "-bucket", {"tags": {"a": "b"}}, ResourceOptions(parent=self)
        )
        self.register_outputs({"id": self.bucket.id})


group = Group("group")
if hasattr(pulumi.runtime, "register_resource_transform"):
    pulumi.runtime.register_resource_transform(lambda args: None)
    pulumi.runtime.register_invoke_transform(lambda args: None)
pulumi.runtime.invoke("demo:index:getThing", {"a": 1})
secret = pulumi.Config().require_secret("password")
queue = CustomResource("aws:sqs/queue:Queue", "queue", {"secret": secret, "role": group.bucket})
queue.id.apply(lambda identity: CustomResource("demo:index:Late", "late", {"of": identity}))
late = Output.all(queue.id, group.bucket.id).apply(lambda ids: json.dumps({"a": ids[0], "b": queue.urn}))
CustomResource("demo:index:Last", "last", {"text": late, "shown": f"{queue.id}"})
pulumi.export("id", queue.id)
"""
SETTINGS = "name: demo\nruntime: {{name: python, options: {{virtualenv: {}}}}}\nconfig: {{password: x}}\n"


def installed(target: Path) -> None:
    """Build the wheel without a network and install it beside nothing else of ours."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-deps", "--no-index"]
    wheels = target.parent / "wheels"
    build = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", *offline, "--target", str(target), str(wheel)], check=True)


@pytest.mark.slow
def test_the_installed_wheel_simulates_with_the_projects_own_sdk(tmp_path: Path) -> None:
    installed(tmp_path / "target")
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text(SETTINGS.format(OLDER))
    (project / "__main__.py").write_text(PROGRAM)
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path / "target"),
        "AWS_REGION": "eu-west-1",
    }
    where = [sys.executable, "-c", "import policy_pack; print(policy_pack.__file__)"]
    origin = subprocess.run(where, cwd=project, env=environment, capture_output=True, text=True, check=True)
    assert origin.stdout.startswith(str(tmp_path / "target"))
    run = subprocess.run(
        [sys.executable, "-m", "policy_pack.cli", "check", ".", "--output-format", "json"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    report = json.loads(run.stdout)
    (program,) = report["programs"]
    assert (program["status"], program["detail"]) == ("complete", None)
    assert (program["resources"], program["applies"], program["applies_run"]) == (5, 2, 2)
    errors = {finding["line"]: finding for finding in report["findings"] if finding["severity"] == "error"}
    assert "Output is not JSON serializable" in errors[23]["message"]
    assert errors[24]["resource_name"] == "last"
    assert "project" not in str(errors[23]["path"])
