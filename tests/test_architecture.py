"""What starts quickly imports little, and what is installed works outside of the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# The SDKs, and what is only needed once there is a program to run.
PROGRAM_ONLY = {"pulumi", "pulumi_policy", "pulumi_aws", "grpc", "boto3", "botocore", "hypothesis", "pytest"}
FILES_ONLY = {"yaml", "policy_pack.simulator", "policy_pack.crossguard", "policy_pack.refresh"}
# What a file without findings has no use for.
FINDINGS_ONLY = {
    "configparser", "difflib", "email", "importlib.metadata", "subprocess", "policy_pack.cli.simulating",
    "policy_pack.intake", "policy_pack.linter.mending", "policy_pack.linter.own_rules", "policy_pack.live",
    "policy_pack.verify",
}  # fmt: skip
HEAVY = {"msgspec", "ast", "tokenize", "difflib", "dataclasses", "inspect", "policy_pack.linter"}

LISTING = """\
import json, sys
from policy_pack.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as exit_:
    code = exit_.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


def imported(*arguments: str, code: int = 0) -> set[str]:
    """The modules that a command has imported when it is done."""
    result = subprocess.run(
        [sys.executable, "-I", "-c", LISTING, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == code, result.stderr
    return set(json.loads(result.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (("--help",), PROGRAM_ONLY | FILES_ONLY | HEAVY),
        (("check", "--help"), PROGRAM_ONLY | FILES_ONLY | HEAVY),
        (("--version",), PROGRAM_ONLY | FILES_ONLY | HEAVY),
        (("rules",), PROGRAM_ONLY | FILES_ONLY),
        (("explain", "engine-version-unavailable"), PROGRAM_ONLY | FILES_ONLY),
        (("explain", "program-failed"), PROGRAM_ONLY | FILES_ONLY),
        (("config",), PROGRAM_ONLY | FILES_ONLY),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_imports_only_what_it_needs(arguments: tuple[str, ...], unwanted: set[str]) -> None:
    assert imported(*arguments) & unwanted == set()


def test_explaining_one_rule_loads_no_other() -> None:
    rules = {name for name in imported("explain", "reserved-master-username") if name.count(".") == 3}
    assert {name for name in rules if name.startswith("policy_pack.rules.")} == {
        "policy_pack.rules.rds.reserved_master_username"
    }


def test_reading_one_file_imports_neither_yaml_nor_the_simulator(tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text("import json\n")
    found = imported("check", "--only", "source", str(tmp_path / "alone.py"))
    assert found & (PROGRAM_ONLY | FILES_ONLY | FINDINGS_ONLY) == set()
    rules = {
        name.split(".")[2] for name in found if name.startswith("policy_pack.rules.") and name.count(".") > 2
    }
    assert rules == {"program"}


def program(directory: Path) -> Path:
    (directory / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (directory / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (directory / "__main__.py").write_text(
        "import pulumi\n\n"
        'pulumi.CustomResource("aws:rds/cluster:Cluster", "db", '
        '{"engine": "postgres", "engineVersion": "15.3"})\n'
    )
    return directory


def test_only_the_child_imports_the_sdk(tmp_path: Path) -> None:
    assert (
        imported("check", str(program(tmp_path)), "--output-format", "json", code=1) & PROGRAM_ONLY == set()
    )


@pytest.mark.slow
def test_the_wheel_works_outside_of_the_checkout(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(tmp_path),
        str(HERE.parent),
    ]
    subprocess.run([*pip, *build], check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    target = tmp_path / "installed"
    install = ["install", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run([*pip, *install], check=True, timeout=120)
    shipped = {path.name for path in target.iterdir()}
    assert {"policy_pack", "rules_data"} <= shipped
    assert not shipped & {"tests", "stack", "docs"}
    assert (target / "policy_pack" / "py.typed").exists()

    directory = tmp_path / "program"
    directory.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PREFLIGHT_")}
    outside = {"cwd": program(directory), "env": environment | {"PYTHONPATH": str(target)}}
    run = [sys.executable, "-m", "policy_pack.cli"]
    where = "import policy_pack; print(policy_pack.__file__)"
    found = subprocess.check_output([sys.executable, "-c", where], text=True, **outside)  # type: ignore[call-overload]
    assert Path(found).is_relative_to(target)
    listed = subprocess.check_output([*run, "rules"], text=True, **outside)  # type: ignore[call-overload]
    assert "engine-version-unavailable" in listed
    checked = subprocess.run(  # type: ignore[call-overload]
        [*run, "check", "--output-format", "json"], capture_output=True, text=True, check=False, **outside
    )
    (finding,) = json.loads(checked.stdout)["findings"]
    assert (checked.returncode, finding["rule"], finding["line"]) == (1, "engine-version-unavailable", 3)
    assert finding["evidence"][0]["fetched"]


PACK = """\
import sys
import policy_pack.crossguard.server, policy_pack.crossguard.analyzer
from policy_pack.crossguard.protocol import analyzer_pb2 as ours
from policy_pack.linter import registry
registry.load_all()
print(*sys.modules)
from pulumi.runtime.proto import analyzer_pb2, engine_pb2
import pulumi
assert analyzer_pb2.AnalyzeRequest is ours.AnalyzeRequest
assert pulumi.runtime.proto.analyzer_pb2 is analyzer_pb2 and pulumi.Output
"""


def test_the_pack_loads_the_protocol_without_the_sdk_and_leaves_the_sdk_whole() -> None:
    command = [sys.executable, "-I", "-c", PACK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert {name.partition(".")[0] for name in done.stdout.split()} & PROGRAM_ONLY == {"grpc"}
