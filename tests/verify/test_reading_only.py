"""That nothing but reading calls is made, with exactly the permissions that are printed and documented."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path

import botocore.session
import pytest

from policy_pack import verify
from policy_pack.verify.permissions import policy
from policy_pack.verify.services import PROBES
from policy_pack.verify.subjects import Kind

from .account import ROOT, wire

from live.reading import IDENTITY, READING, called, hidden  # isort: skip - found by what `account` does

FILES = sorted(Path(verify.__file__).parent.rglob("*.py"))


def operations(kind: Kind) -> list[str]:
    """The operations that a kind of resource takes, as AWS names them."""
    model = wire.service_model(PROBES[kind].service)
    by_name = {botocore.xform_name(name): name for name in model.operation_names}
    return [by_name[name] for name in called(ast.parse(inspect.getsource(PROBES[kind].ask)))]


def test_every_call_of_a_client_is_one_of_those_that_read() -> None:
    found = {name for path in FILES for name in called(ast.parse(path.read_text()))}
    known = {botocore.xform_name(name) for kind in PROBES for name in operations(kind)}
    assert found == known | {IDENTITY}
    assert all(READING.fullmatch(name) for kind in PROBES for name in operations(kind))


def test_no_client_goes_by_another_name() -> None:
    assert hidden(FILES) == []


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_declares_exactly_the_actions_it_takes(kind: Kind) -> None:
    prefix = wire.service_model(PROBES[kind].service).signing_name.replace("monitoring", "cloudwatch")
    # HeadBucket has no action of its own.
    wanted = {f"{prefix}:{name.replace('HeadBucket', 'ListBucket')}" for name in operations(kind)}
    assert set(PROBES[kind].actions) == wanted


def test_the_policy_has_these_actions_and_no_more_and_is_documented() -> None:
    (statement,) = json.loads(policy())["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == sorted({action for probe in PROBES.values() for action in probe.actions})
    (documented,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "verify.md").read_text(), re.DOTALL)
    assert json.loads(documented) == json.loads(policy())
