"""References to other stacks: simulated where they are in the repository, else declared, else predicted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from policy_pack.linter.config import Simulate
from policy_pack.model import Plan, Predicted, Secret, Unknown
from policy_pack.simulator import Simulation, SimulationOptions, find_project
from policy_pack.simulator.several import Job, Simulations
from policy_pack.simulator.siblings import Answer, declared, exported

from .harness import DEFAULTS, ENVIRONMENT, child_module, named, write_project

NETWORK = """\
import pulumi

bucket = pulumi.CustomResource("aws:s3/bucket:Bucket", "b", {})
pulumi.export("cidr", "10.9.0.0/16")
pulumi.export("port", 5431)
pulumi.export("bucketId", bucket.id)
pulumi.export("password", pulumi.Output.secret("of the sibling"))
"""
APP = """\
import pulumi

config = pulumi.Config()
network = pulumi.StackReference(f"{pulumi.get_organization()}/network/{pulumi.get_stack()}")
other = pulumi.StackReference("acme/dns/prod")


async def details():
    return (await network.get_output_details("cidr")).value


inputs = {
    "cidr": network.get_output("cidr"),
    "port": network.require_output("port"),
    "bucket": network.require_output("bucketId"),
    "password": network.get_output("password"),
    "length": network.outputs.apply(lambda outputs: len(outputs)),
    "vpcId": network.get_output("vpcId"),
    "whatever": network.get_output("whatever"),
    "zoneId": other.require_output("zoneId"),
    "ttl": other.require_output("ttl"),
    "absent": other.outputs.apply(lambda outputs: outputs["not declared"]),
    "details": pulumi.Output.from_input(details()),
}
pulumi.CustomResource("demo:index:Thing", "thing", inputs)
"""


def write(root: Path, **programs: str | Mapping[str, str]) -> None:
    (root / ".git").mkdir()
    for name, program in programs.items():
        write_project(root / "programs" / name, program, f"name: {name}\nruntime: python\n")


def simulated(root: Path, *names: str, **options: Any) -> dict[str, Simulation]:
    """The simulations of the `dev` stacks of some programs."""
    settings = SimulationOptions(environment=ENVIRONMENT, **{**DEFAULTS, **options})
    projects = [find_project(root / "programs" / name) for name in names]
    jobs = [Job(project.name, project, "dev", settings) for project in projects]
    with Simulations(jobs, str(root), at_once=1) as done:
        return dict(done)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    root = tmp_path_factory.mktemp("repository")
    write(root, app=APP, network=NETWORK)
    dns = {"dns/prod": {"ttl": 60}}
    return simulated(root, "app", declared=Simulate(stack_outputs=dns))["app"]


def test_the_sibling_in_the_repository_answers(app: Simulation) -> None:
    inputs = named(app, "thing").inputs
    assert app.run.status == "complete"
    assert (inputs["cidr"], inputs["port"], inputs["details"]) == ("10.9.0.0/16", 5431, "10.9.0.0/16")
    assert inputs["password"] == Secret("of the sibling")
    assert isinstance(inputs["bucket"], Predicted)
    assert app.plan.failures == ()


def test_what_nothing_knows_is_predicted_by_its_name_or_unknown(app: Simulation) -> None:
    inputs = named(app, "thing").inputs
    assert inputs["ttl"] == 60
    assert inputs["vpcId"] == Predicted("vpc-00000000077777777")
    assert inputs["zoneId"] == Predicted("Z0PREDICTED0007")
    assert isinstance(inputs["whatever"], Unknown)
    # Nobody knows which outputs a stack has that is not simulated.
    assert isinstance(inputs["absent"], Unknown)
    assert inputs["length"] == Secret(4)


def test_where_the_answers_are_from_is_said(app: Simulation) -> None:
    assert app.run.detail == (
        "references to stacks: `acme/dns/prod` given by the configuration; "
        "`organization/network/dev` answered by simulating `network`"
    )


@pytest.mark.slow
def test_a_sibling_that_is_checked_too_is_run_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, app=APP, network=NETWORK)
    started: list[str] = []
    from policy_pack.simulator import Simulator

    begin = Simulator.__init__

    def count(self: Simulator, project: Any, *rest: Any) -> None:
        started.append(project.name)
        begin(self, project, *rest)

    monkeypatch.setattr(Simulator, "__init__", count)
    found = simulated(tmp_path, "app", "network")
    assert sorted(started) == ["app", "network"]
    assert named(found["app"], "thing").inputs["port"] == 5431
    assert found["network"].run.path == "programs/network"


@pytest.mark.slow
def test_stacks_that_refer_to_one_another_all_come_to_their_end(tmp_path: Path) -> None:
    def referring(name: str) -> str:
        asked = f"pulumi.StackReference('o/{name}/dev').get_output('x')"
        return f"import pulumi\npulumi.export('x', {asked})\n"

    write(tmp_path, a=referring("b"), b=referring("c"), c=referring("a"), d=referring("d"))
    found = simulated(tmp_path, "a", "b", "c", "d")
    assert [each.run.status for each in found.values()] == ["complete"] * 4
    assert sum("refers back" in (each.run.detail or "") for each in found.values()) >= 2


@pytest.mark.slow
def test_a_sibling_that_fails_or_is_not_there_is_predicted(tmp_path: Path) -> None:
    names = ("o/bad/dev", "o/none/dev", "o/good/prod")
    program = f"import pulumi\nfor name in {names}:\n    pulumi.StackReference(name)\n"
    good = {"__main__.py": NETWORK, "Pulumi.dev.yaml": ""}
    write(tmp_path, app=program, bad="raise ValueError\n", good=good)
    assert simulated(tmp_path, "app")["app"].run.detail == (
        "references to stacks: `o/bad/dev` predicted, since its simulation did not come to its end; "
        "`o/good/prod` predicted, since `good` has no `Pulumi.prod.yaml`; "
        "`o/none/dev` predicted, since the repository has no project `none`"
    )


def test_what_is_predicted_in_exports_is_told_apart_and_the_unknown_left_out() -> None:
    exports = {
        "known": "a",
        "text": Predicted("made up"),
        "number": Predicted(3),
        "inside": {"a": Predicted(["made up too"]), "b": 1},
        "unknown": {"a": Unknown()},
        "secret": Secret(Predicted("hidden")),
    }
    found = exported(Plan("p", "s", "", exports=exports))
    assert found.outputs.keys() == {"known", "text", "number", "inside", "secret"}
    assert not found.complete
    assert (sorted(found.texts), found.scalars) == (["hidden", "made up", "made up too"], [3])
    assert exported(Plan("p", "s", "", exports=exports, complete=False)).outputs == Answer().outputs


@pytest.mark.parametrize("name", ["org/network/dev", "network/dev"])
def test_declared_outputs_are_found_with_and_without_the_organisation(name: str) -> None:
    assert declared({name: {"a": 1}}, "org/network/dev") == {"a": 1}
    assert declared({name: {"a": 1}}, "org/other/dev") == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vpcId", "vpc-00000000077777777"),
        ("privateSubnetIds", ["subnet-" + "0" * 9 + digit * 8 for digit in "789"]),
        ("dbPort", 8080),
        ("id", None),
        ("config", None),
    ],
)
def test_names_of_outputs_tell_what_they_are(name: str, value: Any) -> None:
    place = {"region": "eu-west-1", "account": "1" * 12, "partition": "aws", "dns_suffix": "amazonaws.com"}
    predictor = child_module("predictions").Predictor(None, place)
    assert child_module("references").predicted_output(predictor, name) == value
