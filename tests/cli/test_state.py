"""`preflight check --state`: what is deployed now, beside what the program asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policy_pack.model.wire import SECRET, SIGNATURE

from .harness import FLAW, FLAWED, Directory

CLUSTER = "aws:rds/cluster:Cluster"
DEPLOYED = {"engine": "postgres", "engineVersion": "16.13"}
ASKED = FLAWED.replace("15.3", "16.10")
RULE = "engine-version-downgrade"


def state(directory: Directory, stack: str = "dev", name: str = "state.json", **inputs: Any) -> str:
    """Write a state with the program's cluster."""
    urn = f"urn:pulumi:{stack}::small::{CLUSTER}::db"
    cluster = {"urn": urn, "type": CLUSTER, "custom": True, "inputs": DEPLOYED | inputs}
    path = directory.path / name
    path.write_text(json.dumps({"version": 3, "deployment": {"resources": [cluster]}}))
    return str(path)


def test_a_version_that_falls_is_an_error_where_the_state_is_given(directory: Directory) -> None:
    directory.write(main=ASKED)
    assert directory.check().findings == []
    result = directory.check("--state", state(directory))
    assert (result.code, result.findings) == (1, [(RULE, 3)])
    assert result.finding(RULE)["message"] == "the version falls from postgres `16.13` to `16.10`"


@pytest.mark.slow
def test_a_database_keeps_a_version_that_aws_has_withdrawn(directory: Directory) -> None:
    directory.write(main=FLAWED)
    assert directory.check().findings == [(FLAW, 3)]
    assert directory.check("--state", state(directory, engineVersion="15.3")).findings == []
    assert directory.check("--state", state(directory, engineVersion="15.2")).findings == [(FLAW, 3)]


@pytest.mark.slow
def test_every_stack_has_a_state_of_its_own(directory: Directory) -> None:
    directory.write(main=ASKED, prod="config:\n  aws:region: eu-west-1\n")
    stacks = ("--stack", "dev", "--stack", "prod")
    prod = state(directory, "prod", "prod.json")
    assert directory.check(*stacks, "--state", prod).finding(RULE)["stacks"] == ["prod"]
    dev = state(directory, "dev", "dev.json")
    both = directory.check(*stacks, "--state", prod, "--state", dev)
    assert both.finding(RULE)["stacks"] == ["dev", "prod"]


def test_a_state_of_another_stack_is_refused(directory: Directory) -> None:
    directory.write(main=ASKED)
    result = directory.check("--state", state(directory, "prod"))
    assert (result.code, result.out) == (2, "")
    assert "is the state of small/prod, not of small/dev" in result.err
    twice = state(directory)
    assert "given twice" in directory.check("--state", twice, "--state", twice).err


@pytest.mark.parametrize("text", ["{", '{"version": 9, "deployment": {}}'])
def test_what_is_no_state_stops_the_check(directory: Directory, text: str) -> None:
    directory.write(main=ASKED)
    Path(directory.path, "state.json").write_text(text)
    result = directory.check("--state", str(directory.path / "state.json"))
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: `")


def test_a_stack_that_was_never_deployed_is_checked_as_before(directory: Directory) -> None:
    directory.write(main=ASKED)
    path = directory.path / "state.json"
    path.write_text('{"version": 3, "deployment": {"manifest": {}}}')
    assert directory.check("--state", str(path)).code == 0


def test_a_secret_of_the_state_is_not_printed(directory: Directory) -> None:
    directory.write(main=ASKED)
    secret = {SIGNATURE: SECRET, "plaintext": '"16.77"'}
    result = directory.check("--state", state(directory, engineVersion=secret))
    assert result.findings == [(RULE, 3)]
    assert "16.77" not in result.out
    assert "[secret]" in result.finding(RULE)["message"]
