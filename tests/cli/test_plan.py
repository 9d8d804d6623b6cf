"""`preflight plan` as a command: what it runs, what it compares with, and its exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .harness import Directory

PROGRAM = """\
import pulumi

net = pulumi.ComponentResource("demo:index:Net", "net")
key = pulumi.CustomResource("aws:kms/key:Key", "key", {"description": "d"})
parent = pulumi.ResourceOptions(parent=net)
pin = pulumi.Config().require_secret("pin")
inputs = {"engineMode": "b", "kmsKeyId": key.id, "pin": pin}
pulumi.CustomResource("aws:rds/cluster:Cluster", "db", inputs, parent)
pulumi.export("key", key.id)
"""
SETTINGS = "config:\n  aws:region: eu-west-1\n  small:pin: '1234567890'\n"
URN = "urn:pulumi:dev::small::"
KEY, CLUSTER = f"{URN}aws:kms/key:Key::key", f"{URN}demo:index:Net$aws:rds/cluster:Cluster::db"


def write_state(directory: Directory) -> None:
    """What is deployed: the key as it is, the cluster in another mode, a table that is gone."""
    inputs = {"engineMode": "a", "kmsKeyId": "k-1", "pin": "hidden-of-old"}
    table = "aws:dynamodb/table:Table"
    entries = [
        {"urn": f"{URN}pulumi:pulumi:Stack::small-dev", "type": "pulumi:pulumi:Stack"},
        {"urn": f"{URN}demo:index:Net::net", "type": "demo:index:Net"},
        {"urn": KEY, "type": "aws:kms/key:Key", "custom": True, "inputs": {"description": "d"}},
        {"urn": CLUSTER, "type": "aws:rds/cluster:Cluster", "custom": True, "inputs": inputs},
        {"urn": f"{URN}{table}::gone", "type": table, "custom": True},
    ]
    text = json.dumps({"version": 3, "deployment": {"resources": entries}})
    (directory.path / "state.json").write_text(text)


@pytest.mark.slow
def test_a_plan(directory: Directory) -> None:
    directory.write(main=PROGRAM, dev=SETTINGS)
    result = directory.run("plan", "--inputs", "--color", "never")
    assert (result.code, result.err) == (0, "")
    assert re.search(r"^ \+  │  └─ aws:rds:Cluster +db +create +__main__.py:8$", result.out, re.MULTILINE)
    assert re.search(r"^  key: .* \[predicted\]$", result.out, re.MULTILINE)
    assert "        pin: [secret]\n" in result.out
    assert "1234567890" not in result.out


def test_a_comparison_with_what_is_deployed(directory: Directory) -> None:
    directory.write(main=PROGRAM, dev=SETTINGS)
    write_state(directory)
    result = directory.run("plan", "--json", "--diff", "state.json")
    (program,) = result.report["programs"]
    assert (result.code, program["status"]) == (0, "complete")
    operations = {step["urn"]: step["operation"] for step in program["steps"]}
    assert (operations[KEY], operations[CLUSTER]) == ("same", "replace")
    changes = {item["property"]: item["replaces"] for step in program["steps"] for item in step["changes"]}
    assert changes == {"engineMode": "documented", "pin": None}
    assert {"from": CLUSTER, "to": KEY, "property": "kmsKeyId"} in program["dependencies"]
    assert result.report["summary"]["delete"] == 1
    assert not any(secret in result.out for secret in ("1234567890", "hidden-of-old"))


@pytest.mark.slow
def test_a_program_that_does_not_end_is_shown_as_far_as_it_came(directory: Directory) -> None:
    first = 'import pulumi\npulumi.ComponentResource("a:b:C", "first")\n'
    directory.write(main=first + 'raise ValueError("no")\n')
    result = directory.run("plan")
    assert result.code == 2
    assert "first" in result.out
    assert "the plan is not complete: the program raises ValueError: no (__main__.py:3)" in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nowhere",), 2, "is no directory"),
        (("empty",), 3, "nothing to plan"),
        (("--stack", "prod"), 2, "has no `Pulumi.prod.yaml`"),
        (("--config", "x"), 2, "is not of the form KEY=VALUE"),
        (("--diff", "Pulumi.yaml"), 2, "is no JSON"),
        (("--json", "--dot"), 2, "not allowed with"),
    ],
)
def test_what_cannot_be_planned(
    arguments: tuple[str, ...], code: int, says: str, directory: Directory
) -> None:
    directory.write(main="")
    Path("empty").mkdir()
    result = directory.run("plan", *arguments)
    assert (result.code, says in result.err) == (code, True), result.err


@pytest.mark.slow
def test_a_program_without_resources_is_nothing(directory: Directory) -> None:
    directory.write(main="")
    assert directory.run("plan").code == 3
