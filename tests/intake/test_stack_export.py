"""States that the engine writes become plans; nothing else does, and no secret gets out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.intake import StateError, read_state
from policy_pack.linter.masking import secrets_of
from policy_pack.model import UNKNOWN, Plan, Secret
from policy_pack.model.wire import SECRET, SIGNATURE

EXPORT = Path(__file__).parent / "data" / "stack-export.json"
EVENT = '{"sequence":0,"timestamp":1795408624,'
URN = "urn:pulumi:dev::variety"
CLUSTER = f"{URN}::aws:rds/cluster:Cluster::db"
DOCUMENT = json.loads(EXPORT.read_text())


def read(directory: Path, document: Any) -> Plan:
    path = directory / "state.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_state(path)


def state(*resources: dict[str, Any], version: Any = 3) -> dict[str, Any]:
    return {"version": version, "deployment": {"manifest": {}, "resources": list(resources)}}


def entry(name: str, kind: str = "aws:sqs/queue:Queue", **more: Any) -> dict[str, Any]:
    return {"urn": f"{URN}::{kind}::{name}", "type": kind, "custom": True, "inputs": {"name": name}} | more


def test_what_the_engine_exported_is_read_whole() -> None:
    plan = read_state(EXPORT)
    assert (plan.project, plan.stack, len(plan.resources)) == ("variety", "dev", 14)
    cluster = plan.by_urn[CLUSTER]
    assert (cluster.name, cluster.inputs["engineVersion"]) == ("db", "15.13")
    assert cluster.options.protect
    assert (cluster.region, plan.by_urn[f"{URN}::aws:sqs/queue:Queue::events"].region) == (
        "eu-west-1",
        DOCUMENT["deployment"]["resources"][6]["inputs"]["region"],
    )
    subnet = plan.by_urn[f"{URN}::demo:network:Network$aws:ec2/subnet:Subnet::net-0"]
    assert subnet.property_dependencies["vpcId"] == (f"{URN}::demo:network:Network$aws:ec2/vpc:Vpc::net-vpc",)


def test_an_encrypted_secret_is_unknown() -> None:
    plan = read_state(EXPORT)
    assert plan.by_urn[CLUSTER].inputs["masterPassword"] == Secret(UNKNOWN)
    assert plan.exports["password"] == Secret(UNKNOWN)
    assert secrets_of(plan) == set()


def test_a_plain_secret_stays_secret(tmp_path: Path) -> None:
    secret = {SIGNATURE: SECRET, "plaintext": '{"user": "hunter2"}'}
    plan = read(tmp_path, state(entry("q", inputs={"policy": secret}, outputs={"key": secret})))
    assert plan.resources[0].inputs["policy"] == Secret({"user": "hunter2"})
    assert secrets_of(plan) == {"hunter2"}
    assert "hunter2" not in repr(plan)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_every_known_version_is_read_in_both_wrappers(tmp_path: Path, version: int) -> None:
    exported = read(tmp_path, DOCUMENT | {"version": version, "features": ["refreshBeforeUpdate"]})
    checkpoint = {"stack": "organization/variety/dev", "latest": DOCUMENT["deployment"]}
    kept = read(tmp_path, {"version": version, "checkpoint": checkpoint})
    assert exported == kept
    assert exported.resources == read_state(EXPORT).resources


@pytest.mark.parametrize("version", [0, 5, None, "3", [3], True])
def test_another_version_is_refused_by_name(tmp_path: Path, version: Any) -> None:
    with pytest.raises(StateError, match=r"state\.json` is "):
        read(tmp_path, DOCUMENT | {"version": version})
    with pytest.raises(StateError, match=r"of version 5; known are 1, 2, 3, 4"):
        read(tmp_path, DOCUMENT | {"version": 5})


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "is no JSON"),
        (
            f'{EVENT}"preludeEvent": {{}}}}\n{EVENT}"cancelEvent": {{}}}}',
            "is a stream of the engine's events",
        ),
        ('{"version": ' + "[" * 100_000, "is no JSON"),
        ('{"version": 3, "deployment": {"resources": [' + "[" * 100_000, "is no JSON"),
        ("[]", "`pulumi stack export --file state.json` writes one"),
        ({"resources": []}, "is no state"),
        (state({"type": "x"}), r"missing required field `urn` - at `\$.deployment.resources\[0\]`"),
        (state(entry("q", inputs=[])), "Expected `object | null`, got `array`"),
        ({"version": 3, "checkpoint": {"latest": 7}}, "Expected `object | null`, got `int`"),
    ],
)
def test_what_is_no_state_is_named(tmp_path: Path, document: Any, says: str) -> None:
    with pytest.raises(StateError, match=says.replace("| null", r"\| null")):
        read(tmp_path, document)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be read: No such file"):
        read_state(tmp_path / "gone.json")


@pytest.mark.parametrize(
    "document",
    [
        state(),
        {"version": 3, "deployment": {"manifest": {}}},
        {"version": 3, "deployment": None},
        {"version": 3, "checkpoint": {"stack": "organization/variety/dev"}},
    ],
)
def test_a_stack_that_was_never_deployed_has_nothing(tmp_path: Path, document: Any) -> None:
    plan = read(tmp_path, document)
    assert (plan.project, plan.stack, plan.resources) == ("", "", ())


def test_what_goes_and_what_was_only_read_does_not_count(tmp_path: Path) -> None:
    document = state(
        entry("old", delete=True, inputs={"name": "first"}),
        entry("old", inputs={"name": "second"}),
        entry("read", external=True),
    )
    (kept,) = read(tmp_path, document).resources
    assert kept.inputs == {"name": "second"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([SIGNATURE, SECRET]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    VALUES, st.sampled_from(["inputs", "outputs", "provider", "dependencies", "urn", "propertyDependencies"])
)
def test_nothing_in_a_resource_breaks_more_than_its_file(tmp_path_factory: Any, value: Any, key: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["deployment"]["resources"][-1][key] = value
    directory = tmp_path_factory.mktemp("state")
    try:
        plan = read(directory, document)
    except StateError:
        return
    assert len(plan.resources) == 14
