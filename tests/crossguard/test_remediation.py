"""What a policy of the level `remediate` changes: what is certain, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policy_pack.catalog.facts import Facts
from policy_pack.crossguard.analyzer import Analyzer
from policy_pack.crossguard.caller import Caller
from policy_pack.crossguard.policies import policies_of
from policy_pack.linter import registry
from policy_pack.model import Problem, Secret, Value
from policy_pack.model.wire import ARCHIVE, ASSET, SECRET, SENTINELS, SIGNATURE
from policy_pack.rules.rule import ResourceRule, View

from .analyzer import CANARY, CLUSTER, resource_request
from .test_preview import preview

TABLE = "aws:dynamodb/table:Table"
REMEDIATE = analyzer_pb2.REMEDIATE
STREAM = {"streamEnabled": True, "streamViewType": "NEW_AND_OLD_IMAGES"}
HIDDEN = {SIGNATURE: SECRET, "value": {"deep": [CANARY, {"n": 7.0}]}}
GLOBAL = {
    "replicas": [{"regionName": "eu-central-1", "kmsKeyArn": min(SENTINELS), "__defaults": []}],
    "attributes": {SIGNATURE: SECRET, "value": [{"name": CANARY, "type": max(SENTINELS)}]},
    "tags": {"plain": None, "secret": HIDDEN, "unknown": sorted(SENTINELS)[1]},
    "code": {
        SIGNATURE: ARCHIVE,
        "hash": "f0",
        "assets": {".": {SIGNATURE: ASSET, "path": "a", "hash": "f1"}},
    },
    "__defaults": ["name"],
    "readCapacity": 1e15,
}
WITH_REMEDY = [rule for rule in registry.load_all() if isinstance(rule, ResourceRule) and rule.has_remedy()]


def pack(*rules: Any, level: int = REMEDIATE, **given: Any) -> Analyzer:
    made = Analyzer(Caller(executable=True, parent=0), rules, preview=preview(**given))
    configure(made, dict.fromkeys((rule.name for rule in rules), level))
    return made


def configure(servicer: Any, levels: Mapping[str, int]) -> None:
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for name, level in levels.items():
        request.policyConfig[name].enforcementLevel = level  # type: ignore[assignment]
    servicer.Configure(request, *([None] if isinstance(servicer, _PolicyAnalyzerServicer) else []))


def through_the_engine(rule: Any, request: Any) -> Any:
    return pack(rule).Remediate(request)


def through_the_sdk(rule: Any, request: Any) -> Any:
    """What the SDK's own servicer answers for a pack with the rule's policy."""
    policies = list(policies_of([rule], preview()))
    servicer = _PolicyAnalyzerServicer("ours", "1", policies, EnforcementLevel.ADVISORY)
    configure(servicer, {rule.name: REMEDIATE})
    return servicer.Remediate(request, None)


def plain(properties: Any) -> dict[str, Any]:
    return dict(json_format.MessageToDict(properties))


Face = Callable[[Any, Any], Any]
FACES = pytest.mark.parametrize("face", [through_the_engine, through_the_sdk])


@FACES
@pytest.mark.parametrize("rule", WITH_REMEDY, ids=lambda rule: rule.name)
def test_both_faces_mend_what_the_examples_show(face: Face, rule: ResourceRule) -> None:
    for example in rule.flagged:
        inputs = {
            key: min(SENTINELS) if value is not None and repr(value) == "UNKNOWN" else value
            for key, value in dict(example.subject).items()
        }  # type: ignore[arg-type]
        request = resource_request(inputs, example.type or rule.resource_types[0])
        found = [plain(item.properties) for item in face(rule, request).remediations]
        assert found == ([] if example.remedied is None else [inputs | dict(example.remedied)])


@FACES
def test_everything_else_survives_untouched(face: Face) -> None:
    request = resource_request(GLOBAL, TABLE)
    before = plain(request.properties)
    [found] = face(registry.load("replicas-without-stream"), request).remediations
    after = plain(found.properties)
    if face is through_the_sdk:
        # The SDK keeps no hashes; the engine makes them anew.
        del before["code"]["hash"], before["code"]["assets"]["."]["hash"]
    assert after == before | STREAM
    assert (found.policyName, found.diagnostic) == ("replicas-without-stream", "")
    assert plain(request.properties) == plain(resource_request(GLOBAL, TABLE).properties), "a copy is changed"


@FACES
def test_a_secret_that_is_changed_stays_a_secret(face: Face) -> None:
    secret = {SIGNATURE: SECRET, "value": "KEYS_ONLY"}
    request = resource_request(GLOBAL | {"streamViewType": secret}, TABLE)
    [found] = face(registry.load("replicas-without-stream"), request).remediations
    assert plain(found.properties)["streamViewType"] == secret | {"value": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize("level", [analyzer_pb2.ADVISORY, analyzer_pb2.MANDATORY, analyzer_pb2.DISABLED])
def test_only_the_level_remediate_changes_anything(level: int) -> None:
    analyzer = pack(*registry.load_all(), level=level)
    assert not analyzer.Remediate(resource_request(GLOBAL, TABLE)).remediations
    assert pack(*registry.load_all()).Remediate(resource_request(GLOBAL, TABLE)).remediations


def test_what_is_mended_is_judged_again_and_the_rest_keeps_its_level() -> None:
    analyzer = pack(*registry.load_all(), default_region="us-east-1")
    wrong = {"replicas": GLOBAL["replicas"], "streamEnabled": True, "streamViewType": "KEYS_ONLY"}
    [before] = analyzer.Analyze(resource_request(wrong, TABLE)).diagnostics
    assert (before.policyName, before.enforcementLevel) == ("replicas-without-stream", analyzer_pb2.MANDATORY)
    [made] = analyzer.Remediate(resource_request(wrong, TABLE)).remediations
    after = analyzer_pb2.AnalyzeRequest(type=TABLE, urn=before.urn, properties=made.properties)
    assert not analyzer.Analyze(after).diagnostics
    # A doubt of a rule without a remedy does not block because others are to remediate.
    cluster = {"engine": "aurora-postgresql", "engineVersion": "15.3", "masterUsername": "select"}
    levels = {
        item.policyName: item.enforcementLevel
        for item in analyzer.Analyze(resource_request(cluster)).diagnostics
    }
    assert levels == {
        "engine-version-unavailable": analyzer_pb2.MANDATORY,
        "reserved-master-username": analyzer_pb2.ADVISORY,
    }
    role = {"policyArn": "arn:aws:iam::aws:policy/NoSuchPolicy"}
    [doubt] = analyzer.Analyze(
        resource_request(role, "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    ).diagnostics
    assert doubt.enforcementLevel == analyzer_pb2.ADVISORY


@pytest.mark.parametrize("ignored", ["streamViewType", "streamEnabled", "*"])
def test_what_the_program_ignores_is_not_changed(ignored: str) -> None:
    request = resource_request(GLOBAL, TABLE)
    request.options.ignoreChanges.append(ignored)
    assert not pack(registry.load("replicas-without-stream")).Remediate(request).remediations
    request.options.ignoreChanges[:] = ["tags"]
    assert pack(registry.load("replicas-without-stream")).Remediate(request).remediations


def test_a_comment_silences_a_remediation(program: Path) -> None:
    comment = "# preflight: ignore[replicas-without-stream] -- by hand\n"
    call = "import pulumi_aws as aws\n{}aws.dynamodb.Table('db', replicas=[])\n"
    (program / "preflight.toml").write_text("simulate = false\n")
    for text, count in ((call.format(comment), 0), (call.format(""), 1)):
        (program / "__main__.py").write_text(text)
        analyzer = Analyzer(Caller(executable=True, parent=0, directory=program), registry.load_all())
        request = analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="variety")
        analyzer.ConfigureStack(request)
        configure(analyzer, {"replicas-without-stream": REMEDIATE})
        assert len(analyzer.Remediate(resource_request(GLOBAL, TABLE)).remediations) == count


class Mended(ResourceRule):
    """A cluster without a name, for which one is known."""

    name = "cluster-unnamed"
    resource_types = (CLUSTER,)
    change: Any = {"databaseName": "fraud"}

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        if resource.absent("databaseName"):
            yield Problem("it has no name", property_path="databaseName")

    def remedy(self, resource: View, facts: Facts) -> Mapping[str, Value]:
        if isinstance(self.change, Exception):
            raise self.change
        return self.change  # type: ignore[no-any-return]


class Renamed(Mended):
    """A cluster whose name another rule has made up."""

    name = "cluster-misnamed"
    change: Any = {"databaseName": Secret("other")}

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        if resource.text("databaseName") == "fraud":
            yield Problem("it is misnamed", property_path="databaseName")


@pytest.mark.parametrize("change", [{"engine": "mysql"}, {}])
def test_what_would_be_flagged_again_is_not_offered(change: dict[str, Any]) -> None:
    rule = Mended()
    rule.change = change
    assert not pack(rule).Remediate(resource_request({})).remediations
    assert not through_the_sdk(rule, resource_request({})).remediations


def test_a_rule_sees_what_one_before_it_has_changed() -> None:
    first, second = pack(Mended(), Renamed()).Remediate(resource_request({"port": 5432})).remediations
    assert plain(first.properties) == {"port": 5432, "databaseName": "fraud"}
    assert plain(second.properties) == {
        "port": 5432,
        "databaseName": {SIGNATURE: SECRET, "value": "other"},
    }


@pytest.mark.parametrize("change", [ValueError(f"no name but {CANARY}"), "fraud", {7: "fraud"}])
def test_a_remedy_that_raises_changes_nothing_and_is_named(change: Any) -> None:
    rule = Mended()
    rule.change = change
    request = resource_request({"masterPassword": {SIGNATURE: SECRET, "value": CANARY}})
    [found] = pack(rule).Remediate(request).remediations
    assert found.policyName == "internal-error"
    assert found.diagnostic.startswith("the rule `cluster-unnamed` raised an exception")
    assert not found.properties.fields
    assert CANARY not in str(found)
    assert not through_the_sdk(rule, request).remediations


def test_few_remedies_are_certain() -> None:
    assert {rule.name for rule in WITH_REMEDY} == {"fargate-network-mode-invalid", "replicas-without-stream"}
