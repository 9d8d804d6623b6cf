"""The faithful pass answers a recorded preview's requests as Pulumi's own engine answered them.

The differences that are allowed, each with its reason, are in `allowed`; nothing else may differ. What
comes of it is the plan that the engine showed its policy packs, property for property.
"""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, resource_pb2

from policy_pack.crossguard.adapter import from_request, plan_of_request, properties
from policy_pack.crossguard.preview import Preview, Stack
from policy_pack.model import UNKNOWN, Plan, Secret
from policy_pack.model.values import secret_texts
from policy_pack.simulator.assembly import assemble
from policy_pack.simulator.runner import PassResult
from policy_pack.source.project import Project, StackConfig

from .harness import child_module

DATA = Path(__file__).parent / "data" / "preview.monitor.jsonl"
POLICIES = Path(__file__).parents[1] / "crossguard" / "data" / "preview.analyzer.jsonl"
CALLS = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
REGISTRATIONS = [call for call in CALLS if call["method"].endswith("/RegisterResource")]
PLACE = {
    "region": "eu-west-1",
    "account": "123456789012",
    "partition": "aws",
    "dns_suffix": "amazonaws.com",
}


def monitor(mode: str = "faithful") -> tuple[Any, Any]:
    reading, writing = os.pipe()
    channel = child_module("records").Channel(writing)
    predictor = child_module("predictions").Predictor(child_module("typeindex").TypeIndex(None), PLACE)
    request = {"mode": mode, "stack": "dev", "project": "variety"}
    return child_module("monitor").Monitor(channel, predictor, request), os.fdopen(reading)


def asked_for(method: str, request: dict[str, Any]) -> Any:
    message = {
        "RegisterResource": resource_pb2.RegisterResourceRequest,
        "RegisterResourceOutputs": resource_pb2.RegisterResourceOutputsRequest,
        "Invoke": resource_pb2.ResourceInvokeRequest,
    }.get(method, empty_pb2.Empty)()
    return json_format.ParseDict(request, message)


def answer(method: str, request: dict[str, Any], mode: str = "faithful") -> Any:
    asked, records = monitor(mode)
    response = getattr(asked, method)(asked_for(method, request))
    os.close(asked.channel.descriptor)
    with records:
        assert not [line for line in records if '"internal-error"' in line]
    return json_format.MessageToDict(response)


def allowed(path: str, ours: Any, theirs: Any) -> bool:
    """Whether a difference is one that we mean.

    * `hash` of an asset or archive: the engine reads the files; no rule looks at it.
    * `version` of an explicit provider: the engine adds that of the plugin it chose; there is no plugin.
    * An `object` that is empty: protobuf's JSON leaves it out on our side, it holds nothing on theirs.
    """
    return (
        (path.endswith(".hash") and ours is None)
        or (path == "object.version" and ours is None)
        or (path == "object" and ours is None and theirs == {})
    )


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = sorted({*ours, *theirs})
        pairs = [(ours.get(key), theirs.get(key), f"{path}.{key}" if path else key) for key in keys]
        return [found for pair in pairs for found in differences(*pair)]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        numbered = enumerate(zip(ours, theirs, strict=True))
        return [found for index, pair in numbered for found in differences(*pair, f"{path}[{index}]")]
    if ours == theirs or allowed(path, ours, theirs):
        return []
    return [f"{path}: {ours!r} is not the engine's {theirs!r}"]


def test_the_recording_holds_what_it_is_kept_for() -> None:
    assert len(REGISTRATIONS) >= 14
    text = DATA.read_text(encoding="utf-8")
    for kept in (
        "pulumi:providers:aws",
        "demo:network:Network",
        "04da6b54",
        "1b47061264138c4ac30d75fd1eb44270",
    ):
        assert kept in text


@pytest.mark.parametrize("call", REGISTRATIONS, ids=lambda call: str(call["request"]["name"]))
def test_a_registration_is_answered_like_the_engine_answers(call: dict[str, Any]) -> None:
    assert differences(answer("RegisterResource", call["request"]), call["response"]) == []


def test_a_data_source_answers_what_the_engine_passed_on() -> None:
    (call,) = [call for call in CALLS if call["method"].endswith("/Invoke")]
    ours, theirs = answer("Invoke", call["request"])["return"], call["response"]["return"]
    assert set(ours) == set(theirs)
    assert {type(value) for value in ours.values()} == {str}


def test_the_predicted_pass_keeps_every_input_and_knows_more() -> None:
    for call in REGISTRATIONS:
        request = call["request"]
        if not request.get("custom") or request["type"].startswith("pulumi:providers:"):
            continue
        ours = answer("RegisterResource", request, "predicted")
        assert ours["id"]
        for key, value in request["object"].items():
            if "04da6b54" not in json.dumps(value):
                assert ours["object"][key] == value
        assert len(ours["object"]) > len(request["object"])


def test_the_engines_features_are_offered_but_for_those_we_cannot_serve() -> None:
    (call,) = [call for call in CALLS if call["method"].endswith("/GetDeploymentInfo")]
    theirs = call["response"]["supportedFeatures"]
    asked, records = monitor()
    ours = json_format.MessageToDict(asked.GetDeploymentInfo(None))["supportedFeatures"]
    os.close(asked.channel.descriptor)
    records.close()
    missing = [name.removeprefix("RESOURCE_MONITOR_FEATURE_") for name in theirs if name not in ours]
    # Output values would have to be decoded; the other three move work from the SDK to the engine.
    assert missing == ["OUTPUT_VALUES", "BYTE_STRING", "INVOKE_DEPENDS_ON", "INVOKE_PARENT"]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan of the conversation, but for its data source, whose made-up answer would be marked as such."""
    asked, pipe = monitor()
    pipe.close()
    os.close(asked.channel.descriptor)
    records = tmp_path_factory.mktemp("recorded") / "records"
    asked.channel.descriptor = os.open(records, os.O_CREAT | os.O_WRONLY, 0o600)
    for call in CALLS:
        method = call["method"].rpartition("/")[2]
        if method != "Invoke":
            getattr(asked, method)(asked_for(method, call["request"]))
    os.close(asked.channel.descriptor)
    passed = PassResult([json.loads(line) for line in records.read_text().splitlines()])
    passed.end = {"kind": "end", "status": "complete"}
    project = Project("variety", Path(), Path(), {}, {})
    config = StackConfig({"aws:region": "eu-west-1"}, frozenset())
    return assemble(project, "dev", config, "eu-west-1", passed, passed)


def shown(method: str) -> dict[str, Any]:
    """What the engine showed its policy packs, but for its own: the stack and the default provider."""
    message = {"Remediate": analyzer_pb2.AnalyzeRequest, "AnalyzeStack": analyzer_pb2.AnalyzeStackRequest}
    found = {}
    for line in POLICIES.read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        if call["method"].endswith("/" + method):
            request = json_format.ParseDict(call["request"], message[method]())
            found.update({item.urn: item for item in getattr(request, "resources", [request])})
    return {
        urn: item
        for urn, item in found.items()
        if item.type != "pulumi:pulumi:Stack" and not item.name.startswith("default_")
    }


def test_the_plan_is_what_the_engine_showed_its_policy_packs(plan: Plan) -> None:
    theirs = shown("Remediate")
    assert [resource.urn for resource in plan.resources] == [
        call["response"]["urn"] for call in REGISTRATIONS if call["request"].get("parent")
    ]
    assert {resource.urn for resource in plan.resources} == set(theirs)
    for ours in plan.resources:
        item = theirs[ours.urn]
        expected = dict(properties(item.properties))
        if ours.type.startswith("pulumi:providers:"):
            del expected["version"], expected["__internal"]
        assert ours.inputs == expected
        assert (ours.type, ours.name, ours.parent) == (item.type, item.name, item.options.parent)
        assert ours.options.protect == item.options.protect
        assert ours.options.ignore_changes == tuple(item.options.ignoreChanges)
        assert ours.options.additional_secret_outputs == tuple(item.options.additionalSecretOutputs)
        assert (ours.options.custom_timeouts == {"create": "40m"}) == bool(item.options.customTimeouts.create)
        if item.HasField("provider") and not item.provider.name.startswith("default_"):
            assert (ours.provider or "").rpartition("::")[0] == item.provider.urn
            assert ours.region == properties(item.provider.properties)["region"]
        else:
            assert ours.provider is None
    (logs,) = [resource for resource in plan.resources if resource.type == "aws:s3/bucket:Bucket"]
    assert logs.options.retain_on_delete
    assert set(logs.options.aliases) == {
        "urn:pulumi:dev::variety::aws:s3/bucket:Bucket::old-logs",
        "urn:pulumi:dev::variety::aws:s3/bucketV2:BucketV2::logs",
    }


def test_the_policy_pack_makes_the_same_of_it(plan: Plan) -> None:
    stack = Stack("variety", "dev", config={"aws:region": "eu-west-1"})
    preview = Preview(datetime.date(2026, 11, 22), stack)
    items = shown("Remediate")
    arrived = {urn: from_request(item, preview) for urn, item in items.items()}
    request = analyzer_pb2.AnalyzeStackRequest(resources=shown("AnalyzeStack").values())
    whole = plan_of_request(request, preview, arrived).by_urn
    for ours in plan.resources:
        theirs = whole[ours.urn]
        engines_own = {"version", "__internal"} if ours.type.startswith("pulumi:providers:") else set()
        assert {key: value for key, value in theirs.inputs.items() if key not in engines_own} == ours.inputs
        for field in ("type", "name", "parent", "region", "custom"):
            assert getattr(theirs, field) == getattr(ours, field), field
        for field in ("protect", "ignore_changes", "delete_before_replace", "additional_secret_outputs"):
            assert getattr(theirs.options, field) == getattr(ours.options, field), field
        assert set(theirs.dependencies) == set(ours.dependencies)
        links = {key: set(urns) for key, urns in theirs.property_dependencies.items()}
        assert links == {key: set(urns) for key, urns in ours.property_dependencies.items()}
    secrets = [text for each in arrived.values() for text in secret_texts(dict(each.inputs))]
    assert secrets
    assert sorted(secrets) == sorted(
        text for each in plan.resources for text in secret_texts(dict(each.inputs))
    )


def test_the_plan_has_the_dependencies_that_the_engine_knew(plan: Plan) -> None:
    theirs = shown("AnalyzeStack")
    assert set(theirs) == {resource.urn for resource in plan.resources}
    for ours in plan.resources:
        item = theirs[ours.urn]
        assert ours.dependencies == tuple(sorted(item.dependencies))
        assert {key: set(urns) for key, urns in ours.property_dependencies.items()} == {
            key: set(found.urns) for key, found in item.propertyDependencies.items()
        }
    assert plan.exports == {"endpoint": UNKNOWN, "password": Secret("hunter2-Canary")}
