"""What the pack takes from the engine, the environment and the file system, and what it keeps to itself."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.crossguard.adapter import from_request
from policy_pack.crossguard.analyzer import Analyzer
from policy_pack.crossguard.caller import Caller
from policy_pack.crossguard.preview import Preview, Stack
from policy_pack.linter import registry
from policy_pack.linter.config import Config
from policy_pack.linter.masking import masker
from policy_pack.linter.registry import Rulebook
from policy_pack.model import UNKNOWN, Archive, Asset, Problem, Secret
from policy_pack.model.sensitive import is_sensitive
from policy_pack.model.values import leaves, secret_texts
from policy_pack.model.wire import ARCHIVE, ASSET, SENTINELS, SIGNATURE, UNKNOWN_TEXT
from policy_pack.rules.rule import ResourceRule, View

from .analyzer import CANARY, recorded, resource_request

TODAY = datetime.date(2026, 11, 22)
WEST = {"region": "us-west-2"}


def preview(config: dict[str, Any] | None = None, **given: Any) -> Preview:
    return Preview(TODAY, Stack(config=config or {}), **given)


def analyzer(rules: list[Any], **given: Any) -> Analyzer:
    return Analyzer(Caller(executable=True, parent=0), rules, preview=preview(**given))


@pytest.mark.parametrize(
    ("inputs", "provider", "given", "region"),
    [
        ({"region": "eu-north-1"}, WEST, {"default_region": "eu-west-1"}, "eu-north-1"),
        ({}, WEST, {"default_region": "eu-west-1"}, "us-west-2"),
        ({}, {}, {"config": {"aws:region": "eu-south-1"}, "default_region": "eu-west-1"}, "eu-south-1"),
        ({}, None, {"config": {"aws:region": Secret("eu-south-1")}}, "eu-south-1"),
        ({}, None, {"default_region": "eu-west-1"}, "eu-west-1"),
        ({}, None, {}, None),
        ({"region": UNKNOWN_TEXT}, WEST, {"default_region": "eu-west-1"}, None),
        ({}, {"region": UNKNOWN_TEXT}, {"default_region": "eu-west-1"}, None),
    ],
)
def test_a_region_is_the_nearest_that_is_given(
    inputs: dict[str, Any], provider: dict[str, Any] | None, given: dict[str, Any], region: str | None
) -> None:
    assert from_request(resource_request(inputs, provider=provider), preview(**given)).region == region


def test_the_wire_becomes_plain_values() -> None:
    inputs = {
        "size": 20.0,
        "ratio": 0.5,
        "name": UNKNOWN_TEXT,
        "code": {SIGNATURE: ARCHIVE, "assets": {".": {SIGNATURE: ASSET, "path": "./app"}}, "hash": "f"},
        "tags": {"dbPassword": "x", "n": None},
    }
    found = from_request(resource_request(inputs), preview()).inputs
    assert found == {
        "size": 20,
        "ratio": 0.5,
        "name": UNKNOWN,
        "code": Archive(assets={".": Asset(path="./app")}),
        "tags": {"dbPassword": Secret("x"), "n": None},
    }
    assert isinstance(found["size"], int)


def test_the_environment_describes_the_stack() -> None:
    environment = {
        "PULUMI_PROJECT": "fraud",
        "PULUMI_STACK": "prod",
        "PULUMI_CONFIG": '{"aws:region": "eu-west-1", "fraud:dbPassword": "hunter2"}',
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    found = Preview.of(Caller(executable=False, parent=0), Stack.from_environment(environment))
    assert (found.stack.project, found.stack.name, found.region) == ("fraud", "prod", "eu-west-1")
    assert found.stack.config["fraud:dbPassword"] == Secret("hunter2")
    assert "hunter2" not in repr(found)
    assert found.exists("any/file"), "no program was found, so no file is missing"


@pytest.mark.parametrize("text", ["", "[]", "not json"])
def test_a_strange_configuration_is_none(text: str) -> None:
    assert Stack.from_environment({"PULUMI_CONFIG": text}).config == {}


def test_files_are_looked_for_where_the_program_is(program: Path) -> None:
    (program / "src").mkdir()
    (program / "src" / "app.zip").touch()
    caller = Caller(executable=True, parent=0, directory=program / "src")
    found = Preview.of(caller, Stack("variety"))
    assert found.exists("app.zip")
    assert not found.exists("other.zip")


@pytest.mark.parametrize(
    ("name", "sensitive"),
    [
        ("masterPassword", True),
        ("secretString", True),
        ("authToken", True),
        ("privateKey", True),
        ("fraud:dbPassword", True),
        ("secretArn", False),
        ("passwordLength", False),
        ("masterUsername", False),
        ("key", False),
    ],
)
def test_a_name_tells_what_is_sensitive(name: str, sensitive: bool) -> None:
    assert is_sensitive(name) is sensitive


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("hunter2", "`hunter2` or HUNTER2x", "`[secret]` or [secret]x"),
        ("ab", "ab, cab and `ab`", "[secret], cab and `[secret]`"),
        (5432, "port 5432", "port [secret]"),
        ('{"user": "admin"}', "the name `admin`", "the name `[secret]`"),
        (["a.b"], "a.b but acb", "[secret] but acb"),
    ],
)
def test_a_secret_is_masked_in_every_form(secret: Any, text: str, shown: str) -> None:
    assert masker(secret_texts({"value": Secret(secret)}))(text) == shown


def test_refreshed_facts_that_cannot_be_read_are_named_and_stop_nothing(tmp_path: Path) -> None:
    file = tmp_path / "versions" / "rds.json"
    file.parent.mkdir()
    file.write_text("{")
    pack = analyzer(
        [registry.load("engine-version-unavailable"), registry.load("reserved-master-username")],
        default_region="us-east-1",
        catalogs=Catalogs(refreshed=[tmp_path]),
    )
    inputs = {"engine": "aurora-postgresql", "engineVersion": "15.3", "masterUsername": "admin"}
    answer = pack.Analyze(resource_request(inputs))
    by_policy = {item.policyName: item for item in answer.diagnostics}
    assert by_policy.keys() == {"engine-version-unavailable", "reserved-master-username"}
    unread = by_policy["engine-version-unavailable"]
    assert unread.enforcementLevel == analyzer_pb2.ADVISORY
    assert f"note: {file}:1: is no JSON" in unread.message


class Short(ResourceRule):
    """A name is short."""

    name = "name-too-short"
    resource_types = ("aws:rds/cluster:Cluster",)

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        if len(resource.text("masterUsername") or "long enough") < 3:
            yield Problem("it is short", property_path="masterUsername")


def test_rules_of_the_project_are_policies_too() -> None:
    settings = Config(rulebook=Rulebook({"name-too-short": Short()}))
    pack = analyzer([registry.load("reserved-master-username")], settings=settings)
    known = {item.name: item for item in pack.GetAnalyzerInfo(None).policies}
    assert {"name-too-short", "reserved-master-username"} <= known.keys()
    (found,) = pack.Analyze(resource_request({"masterUsername": "db"})).diagnostics
    assert (found.policyName, found.enforcementLevel) == ("name-too-short", analyzer_pb2.MANDATORY)


def test_a_recorded_preview_arrives_as_it_was() -> None:
    requests = {
        item.urn.rpartition("::")[2]: item for method, item in recorded("preview") if method == "Analyze"
    }
    assert len(requests) == 12
    found = {name: from_request(item, preview()) for name, item in requests.items()}
    canaries = [text for each in found.values() for text in secret_texts(dict(each.inputs)) if CANARY in text]
    everything = [
        leaf for each in found.values() for value in each.inputs.values() for _, leaf in leaves(value)
    ]
    assert len(canaries) == len([leaf for leaf in everything if isinstance(leaf, str) and CANARY in leaf]) > 0
    assert UNKNOWN in everything
    assert not [leaf for leaf in everything if isinstance(leaf, float) and leaf.is_integer()]
    assert not [leaf for leaf in everything if isinstance(leaf, str) and leaf in SENTINELS]
    assert any(isinstance(leaf, Archive) for leaf in everything)
