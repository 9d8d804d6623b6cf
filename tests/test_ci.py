"""What CI services read is well formed, and its commands do what the pages say; they need no network."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from policy_pack.cli import parser

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
EXAMPLES = [
    yaml.safe_load(block)
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.DOTALL)
]
FLAWED = """\
import json

import pulumi

name = pulumi.Output.from_input("a")
pulumi.export("topics", json.dumps([name]))
"""
FLAW = "output-in-json"
URN = "urn:pulumi:prod::small::aws:rds/cluster:Cluster::db"
STATE = {
    "urn": URN,
    "type": "aws:rds/cluster:Cluster",
    "inputs": {"engine": "postgres", "engineVersion": "15.3"},
}
PREVIEW = {"steps": [{"op": "create", "urn": URN, "newState": STATE}], "changeSummary": {"create": 1}}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository with a flawed program, a preview of it, and a `preflight` to call."""
    (tmp_path / ".git").mkdir()
    program = tmp_path / "infrastructure"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (program / "Pulumi.prod.yaml").write_text("config: {}\n")
    (program / "__main__.py").write_text(FLAWED)
    (tmp_path / "preview.json").write_text(json.dumps(PREVIEW))
    executable(
        tmp_path / "runner" / "preflight" / "bin" / "preflight",
        f'exec {shlex.quote(sys.executable)} -m policy_pack.cli "$@"',
    )
    return tmp_path


def executable(path: Path, command: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)


def run(place: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{place}/runner/preflight/bin:{os.environ['PATH']}"
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "PREFLIGHT_"))
    }
    return subprocess.run(
        ["/usr/bin/env", "bash", "-e", "-o", "pipefail", "-c", script],
        cwd=place,
        env=inherited | {"PYTHONPATH": str(ROOT), "PATH": path, "RUNNER_TEMP": f"{place}/runner"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def step(name: str) -> dict[str, Any]:
    (found,) = [each for each in ACTION["runs"]["steps"] if each["name"] == name]
    return dict(found)


def given(step: dict[str, Any], **inputs: str) -> dict[str, str]:
    """The variables of a step, with the inputs in place of GitHub's expressions."""
    values = {key: each["default"] for key, each in ACTION["inputs"].items()} | inputs
    names = {key: re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", text) for key, text in step["env"].items()}
    return {key: values[match[1]] for key, match in names.items() if match}


def test_the_action_is_one_that_github_runs() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert ACTION["name"]
    assert ACTION["description"]
    for each in ACTION["runs"]["steps"]:
        assert each["shell"] == "bash"
        # What a user gives reaches the shell by variables only, never as a part of the script.
        assert "${{" not in each["run"]
        assert given(each).keys() == each["env"].keys()
    assert all(each["description"] for each in ACTION["inputs"].values())


def test_the_action_annotates_what_it_finds(place: Path) -> None:
    check = step("Check")
    variables = given(check, paths="infrastructure", arguments="--only source --fail-on note")
    done = run(place, check["run"], GITHUB_ACTIONS="true", **variables)
    assert (done.returncode, done.stderr) == (1, "")
    assert "::error file=infrastructure/__main__.py,line=6,endLine=6,col=" in done.stdout
    assert "--> infrastructure/__main__.py:6:" in done.stdout
    hostile = given(check, paths="infrastructure; touch hacked", arguments="$(touch hacked) --only source")
    assert run(place, check["run"], **hostile).returncode == 2
    assert not (place / "hacked").exists()


def test_the_action_installs_itself_into_an_environment_of_its_own(place: Path) -> None:
    pip = place / "runner" / "preflight" / "bin" / "python"
    executable(pip, 'echo "$@" >> "$RUNNER_TEMP/log"')
    executable(place / "python", 'echo "$@" >> "$RUNNER_TEMP/log"')
    install = step("Install")
    variables = given(install, python=str(place / "python"))
    done = run(place, install["run"], GITHUB_ACTION_PATH="/an action", **variables)
    assert done.returncode == 0
    assert (place / "runner" / "log").read_text().splitlines() == [
        f"-m venv {place}/runner/preflight",
        "-m pip install --quiet --disable-pip-version-check /an action",
    ]


@pytest.mark.slow
def test_hooks_are_those_that_pre_commit_runs(place: Path) -> None:
    assert HOOKS.keys() == {"preflight-check", "preflight-fix"}
    for hook in HOOKS.values():
        assert (hook["language"], hook["types"], hook["require_serial"]) == ("python", ["python"], True)
    file = place / "infrastructure" / "__main__.py"
    done = run(place, f"{HOOKS['preflight-check']['entry']} infrastructure/__main__.py")
    assert (done.returncode, FLAW in done.stdout) == (1, True)
    assert file.read_text() == FLAWED
    file.write_text("import pulumi\n")
    assert run(place, f"{HOOKS['preflight-check']['entry']} infrastructure/__main__.py").returncode == 0


@pytest.mark.slow
def test_the_fixing_hook_mends_the_files_it_is_given(place: Path) -> None:
    file = place / "infrastructure" / "__main__.py"
    done = run(place, f"{HOOKS['preflight-fix']['entry']} infrastructure/__main__.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert file.read_text() != FLAWED


def commands() -> Iterator[str]:
    """Every command of Preflight's own in the examples."""
    for example in EXAMPLES:
        jobs = [*example.get("jobs", {}).values(), example] if isinstance(example, dict) else []
        lines = [each["run"] for job in jobs for each in job.get("steps", []) if "run" in each]
        lines += (example.get("preflight") or {}).get("script", [])
        lines += (example.get("operationContext") or {}).get("preRunCommands", [])
        yield from (line for line in lines if line.startswith("preflight "))


def test_every_example_has_a_known_form() -> None:
    assert len(EXAMPLES) == 7
    assert len(list(commands())) == 4
    used = [each for example in EXAMPLES for job in example.get("jobs", {}).values() for each in job["steps"]]
    (own,) = [each for each in used if each.get("uses", "").startswith("OWNER/preflight@")]
    assert own["with"].keys() <= ACTION["inputs"].keys()
    parser().parse_args(["check", own["with"]["paths"], *own["with"]["arguments"].split()])
    (hooks,) = [example["repos"][0]["hooks"] for example in EXAMPLES if "repos" in example]
    assert {hook["id"] for hook in hooks} <= HOOKS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("command", list(commands()))
def test_the_commands_of_the_examples_find_what_is_wrong(place: Path, command: str) -> None:
    done = run(place, command)
    assert done.returncode == 1, done.stderr
    written = re.search(r"--output-file (\S+)", command)
    text = (place / written[1]).read_text() if written else done.stdout
    assert FLAW in text or "engine-version-unavailable" in text
    if written:
        json.loads(text)
        files = [
            value
            for example in EXAMPLES
            for value in re.findall(r"'(?:sarif_file|codequality)': '([^']+)'", str(example))
        ]
        assert written[1] in files
