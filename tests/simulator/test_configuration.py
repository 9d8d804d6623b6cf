"""Configuration that is not at hand: what is made up, that it is told, and what is declared in its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.linter.config import Simulate
from policy_pack.model import Plan, Predicted, Secret
from policy_pack.model.values import leaves
from policy_pack.simulator import Simulation

from .harness import child_module, named, simulate, started, write_project

PROJECT = """\
name: demo
runtime: python
config:
  aws:region: eu-west-1
  flag: {type: boolean}
template:
  config:
    zone: {default: example.org}
    replicas: {default: 7}
"""
PROGRAM = """\
import json
import helper, tools.remote
import pulumi

config = pulumi.Config()
inputs = {
    "vpcId": config.require("vpcId"),
    "joined": "x-" + config.require("team"),
    "size": config.require_int("size"),
    "asText": int(config.require("replicaCount")),
    "flag": config.require("flag"),
    "open": config.require_bool("open"),
    "zone": config.require("zone"),
    "replicas": config.require_int("replicas"),
    "token": config.require_secret("token"),
    "database": config.require_object("database")["engine"]["version"],
    "again": config.require("vpcId"),
    "plain": "12",
    "environment": __import__("os").environ["TEAM"],
    "helper": helper.fetch("anything"),
    "remote": tools.remote.Client().get(),
    "hidden": config.require_secret_int("hidden"),
    "given": config.require("given"),
    "optional": config.get("optional") or "default",
}
pulumi.CustomResource("demo:index:Thing", "thing", inputs)
"""
FILES = {
    "__main__.py": PROGRAM,
    "helper.py": "def fetch(name):\n    raise OSError\n",
    "tools/__init__.py": "",
    "tools/remote.py": "class Client:\n    def get(self):\n        raise OSError\n",
    "Pulumi.dev.yaml": "config:\n  hidden: {secure: v1:abc}\n  given: {secure: v1:def}\n  unused: 3\n",
}
DECLARED = Simulate(
    config={"given": "by the configuration", "optional": None},
    env={"TEAM": "core"},
    stubs={"helper.fetch": {"a": 1}, "tools.remote.Client.get": "stubbed"},
)


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    directory = tmp_path_factory.mktemp("configured")
    return simulate(directory, FILES, PROJECT, declared=DECLARED)


def missing(plan: Plan) -> dict[str, int | None]:
    return {
        read.key: read.frames[0].line if read.frames else None for read in plan.config_reads if read.missing
    }


def test_a_missing_value_does_not_end_the_program_and_is_told_once(simulation: Simulation) -> None:
    assert (simulation.run.status, simulation.run.detail) == ("complete", None)
    assert missing(simulation.plan) == {
        "demo:vpcId": 7,
        "demo:team": 8,
        "demo:size": 9,
        "demo:replicaCount": 10,
        "demo:flag": 11,
        "demo:open": 12,
        "demo:zone": 13,
        "demo:replicas": 14,
        "demo:token": 15,
        "demo:database": 16,
    }


def test_what_rests_on_a_made_up_value_is_predicted(simulation: Simulation) -> None:
    inputs = named(simulation, "thing").inputs
    for key in ("vpcId", "joined", "size", "asText", "flag", "open", "database", "again", "hidden"):
        assert any(isinstance(leaf, Predicted) for _, leaf in leaves(inputs[key])), key
    assert inputs["vpcId"] == inputs["again"]
    assert isinstance(inputs["token"], Secret)
    assert (inputs["zone"], inputs["replicas"]) == (Predicted("example.org"), Predicted(7))
    assert (inputs["plain"], inputs["optional"]) == ("12", "default")


def test_what_is_declared_is_known(simulation: Simulation) -> None:
    inputs = named(simulation, "thing").inputs
    assert inputs["environment"] == "core"
    assert (inputs["helper"], inputs["remote"]) == ({"a": 1}, "stubbed")
    assert inputs["given"] == "by the configuration"


def test_where_the_stack_defines_a_value(simulation: Simulation) -> None:
    plan = simulation.plan
    assert [(key, place.line, place.column) for key, place in plan.config_places.items()] == [
        ("demo:hidden", 2, 3),
        ("demo:given", 3, 3),
        ("demo:unused", 4, 3),
    ]
    assert {read.key for read in plan.config_reads} >= {"demo:hidden", "demo:given", "demo:optional"}
    assert "demo:unused" not in {read.key for read in plan.config_reads}


@pytest.mark.slow
def test_a_templates_values_hold_only_where_there_is_no_stack_file(tmp_path: Path) -> None:
    program = (
        "import pulumi\nc = pulumi.Config()\npulumi.export('z', c.require('zone') + c.require('replicas'))\n"
    )
    files = {"__main__.py": program}
    without = started(write_project(tmp_path, files, PROJECT))
    with_file = started(write_project(tmp_path, files | {"Pulumi.dev.yaml": "config: {}\n"}, PROJECT))
    assert without.finish("demo").plan.exports == {"z": "example.org7"}
    plan = with_file.finish("demo").plan
    assert (plan.exports, missing(plan)) == (
        {"z": Predicted("example.org7")},
        {"demo:zone": 3, "demo:replicas": 3},
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stubs", "says"),
    [
        (
            {"helper.fech": 1},
            "`simulate.stubs` names `helper.fech`, but there is no `fech`; a similar one is `fetch`",
        ),
        ({"json.dumpz": 1}, "names `json.dumpz`, but there is no `dumpz`; a similar one is `dump`"),
    ],
)
def test_a_stub_for_what_is_not_there_is_said(stubs: dict[str, Any], says: str, tmp_path: Path) -> None:
    files = {"__main__.py": "import helper\n", "helper.py": FILES["helper.py"]}
    found = simulate(tmp_path, files, declared=Simulate(stubs=stubs))
    assert found.run.status == "failed"
    assert says in (found.run.detail or "")


class Index:
    """A predictor's surroundings without packages."""

    def resource(self, token: str) -> None:
        return None


def predictions() -> Any:
    place = {
        "region": "eu-west-1",
        "account": "123456789012",
        "partition": "aws",
        "dns_suffix": "amazonaws.com",
    }
    predictor = child_module("predictions").Predictor(Index(), place)
    return child_module("configuration").Predictions(predictor, "dev", lambda value: None)


@given(st.text(max_size=20), st.sampled_from(["str", "bool", "int", "float", "object"]))
def test_every_name_has_a_value_of_the_kind_that_is_asked_for(name: str, kind: str) -> None:
    value = predictions().value(name, kind, kind)
    types: dict[str, Any] = {"str": str, "bool": bool, "int": int, "float": (int, float), "object": dict}
    assert isinstance(value, types[kind])
    assert json.dumps(value) == json.dumps(predictions().value(name, kind, kind))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vpcId", "vpc-00000000055555555"),
        ("private-subnet-ids", "subnet-00000000055555555,subnet-00000000066666666"),
        ("certificateArn", "arn:aws:acm:eu-west-1:123456789012:certificate/predicted"),
        ("instanceType", "t3.medium"),
        ("dbInstanceClass", "db.t4g.medium"),
        ("desired_count", "2"),
        ("containerPort", "8080"),
        ("enableDns", "false"),
        ("environment", "dev"),
        ("alertEmail", "predicted@example.com"),
        ("somethingElse", "predicted-something-else"),
    ],
)
def test_names_tell_what_is_meant(name: str, value: str) -> None:
    assert predictions().value(name, "str", "str") == value


def test_an_unknown_object_has_members_of_every_name() -> None:
    found = predictions().value("settings", "object", "object")
    assert (found["port"], found.get("port"), found.get("port", 3)) == ("8080", "8080", 3)
    assert (found["db"]["vpcId"], list(found), json.dumps(found)) == ("vpc-00000000055555555", [], "{}")


@pytest.mark.slow
def test_what_a_callback_reads_is_read_and_what_none_could_read_is_not_judged(tmp_path: Path) -> None:
    program = (
        'import pulumi\nthing = pulumi.CustomResource("demo:index:Thing", "thing", {})\n'
        'thing.id.apply(lambda identity: pulumi.Config().require("late"))\n'
    )
    settings = {"Pulumi.dev.yaml": "config:\n  other: 1\n"}
    plan = simulate(tmp_path, {"__main__.py": program} | settings).plan
    assert missing(plan) == {"demo:late": 3}
    assert list(plan.config_places) == ["demo:other"]
    ended = simulate(tmp_path, {"__main__.py": program + "thing.id.apply(lambda _: 1 / 0)\n"} | settings)
    assert ended.plan.config_places == {}


def test_a_path_that_is_not_set_leads_to_a_file_whose_content_is_predicted(tmp_path: Path) -> None:
    program = """
        import pulumi
        from pulumi import CustomResource

        config = pulumi.Config()
        path = config.require("publicKeyPath")
        with open(path) as file:
            CustomResource("demo:index:Thing", "thing", {"key": file.read()})
    """
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete", simulation.plan.faults
    assert isinstance(named(simulation, "thing").inputs["key"], Predicted)
