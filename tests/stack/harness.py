"""Runs the program, or one function of it, under mocks that answer like AWS, and keeps what it declared.

`deploy` is for the tests of one module: it calls a function of that module with the settings of an
environment. `run` executes the whole program like the language host does. Both hand back what was declared
with every output resolved, so tests compare plain values and nothing has to be awaited.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import json
import runpy
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pulumi
import yaml
from fraud_detection.settings import load_settings
from pulumi.runtime import mocks, rpc, stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from fraud_detection.settings import Settings

STACK = Path(__file__).parents[2] / "stack"

PROJECT = "fraud-detection"
PARENT = "parent"
ACCOUNT = "111122223333"
REGION = "eu-west-1"
ENVIRONMENTS = ("dev", "staging", "prod")
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Declared:
    """One resource as the program declared it; `depends_on` holds the names of what has to be there first."""

    urn: str
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    depends_on: frozenset[str]
    ignored_changes: tuple[str, ...]

    def policy(self, key: str = "policy") -> list[dict[str, Any]]:
        """The statements of a policy document."""
        return list(json.loads(self.inputs[key])["Statement"])


@dataclass
class Program:
    """Everything that one run declared and exported, and what the function under test returned."""

    resources: list[Declared] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)
    component_outputs: dict[str, Any] = field(default_factory=dict)
    returned: Any = None

    def of(self, type_suffix: str) -> list[Declared]:
        """All resources of a type."""
        return [each for each in self.resources if each.type.endswith(f":{type_suffix}")]

    def named(self, name: str) -> Declared:
        """The one resource with a logical name."""
        (found,) = [each for each in self.resources if each.name == name]
        return found

    def __getitem__(self, name: str) -> dict[str, Any]:
        """The inputs of the one resource with a logical name."""
        return self.named(name).inputs

    def name_tags(self) -> dict[str, str]:
        """What the console shows for each resource that has tags, by logical name."""
        return {each.name: each.inputs["tags"]["Name"] for each in self.resources if "tags" in each.inputs}


def selected(inputs: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Some inputs of a resource; one that was not given is missing here too."""
    return {key: inputs[key] for key in keys if key in inputs}


def pinned_name(inputs: dict[str, Any]) -> str | None:
    """The name that the program itself gives, rather than leave it to Pulumi."""
    keys = ("name", "identifier", "clusterIdentifier", "dashboardName")
    return next((str(inputs[key]) for key in keys if key in inputs), None)


class Aws(pulumi.runtime.Mocks):
    """What AWS would answer, as far as the program looks at it."""

    def __init__(self, zones: int = 4) -> None:
        self.zones = zones

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        name = pinned_name(args.inputs) or f"{args.name}-1a2b3c4"
        service = args.typ.split(":")[1].split("/")[0]
        kind = args.typ.rsplit(":", 1)[1].lower()
        arn = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}/{name}"
        computed: dict[str, Any] = {"arn": arn, "name": name}
        if args.typ == "aws:rds/cluster:Cluster":
            secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!cluster-1a2b3c4"
            computed |= {
                "endpoint": f"{name}.cluster-abc.{REGION}.rds.amazonaws.com",
                "readerEndpoint": f"{name}.cluster-ro-abc.{REGION}.rds.amazonaws.com",
                "masterUserSecrets": [{"secretArn": secret, "secretStatus": "active"}],
            }
        if args.typ.startswith("aws:lb/"):
            computed |= {"arnSuffix": f"{kind}/{name}", "dnsName": f"{name}.{REGION}.elb.amazonaws.com"}
        if args.typ == "aws:kms/key:Key":
            computed |= {"keyId": f"{name}-id"}
        return f"{args.name}-id", {**args.inputs, **computed}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "id": ACCOUNT},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {
                "names": self.zone_names(args.args),
                "id": REGION,
            },
        }
        return answers[args.token]

    def zone_names(self, asked: dict[str, Any]) -> list[str]:
        """The zones in no order; a Local Zone and one that is down are among them unless asked otherwise."""
        names = [f"{REGION}{letter}" for letter in "fedcba"[-self.zones :]]
        if {"name": "opt-in-status", "values": ["opt-in-not-required"]} not in asked.get("filters", []):
            names.append(f"{REGION}-loc-1a")
        if asked.get("state") != "available":
            names.append(f"{REGION}-down")
        return names


class AwsBeforeCreation(Aws):
    """Answers look-ups, but knows nothing of a resource that its declaration does not say."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return "", args.inputs


class Recorder(mocks.MockMonitor):
    """Keeps what the mock monitor sees and forgets: parents, dependencies, options and outputs."""

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self.program = Program()
        self.names: dict[str, str] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)
        self.names[response.urn] = request.name
        if request.type != "pulumi:pulumi:Stack":
            self.program.resources.append(
                Declared(
                    urn=response.urn,
                    type=request.type,
                    name=request.name,
                    parent=self.names.get(request.parent, ""),
                    inputs=rpc.deserialize_properties(request.object),
                    depends_on=frozenset(self.names[urn] for urn in request.dependencies),
                    ignored_changes=tuple(request.ignoreChanges),
                )
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        outputs = rpc.deserialize_properties(request.outputs)
        if "pulumi:pulumi:Stack" in request.urn.split("::")[2].split("$")[-1]:
            self.program.exports |= outputs
        else:
            self.program.component_outputs = outputs
        return super().RegisterResourceOutputs(request)


def stack_config(environment: str) -> dict[str, Any]:
    """The stack's configuration as the engine hands it over, before it becomes text."""
    project = yaml.safe_load((STACK / "Pulumi.yaml").read_text())
    values = yaml.safe_load((STACK / f"Pulumi.{environment}.yaml").read_text())["config"]
    defaults = {
        f"{project['name']}:{key}": declared["default"]
        for key, declared in project["config"].items()
        if "default" in declared
    }
    return defaults | values


def set_config(config: dict[str, Any]) -> None:
    pulumi.runtime.set_all_config(
        {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    )


def main() -> None:
    """The whole program, like the language host starts it."""
    runpy.run_path(str(STACK / "__main__.py"), run_name="__main__")


def run_under(
    monitor: mocks.MockMonitor, environment: str, config: dict[str, Any], program: Callable[[], Any] = main
) -> Any:
    """Runs a program once and waits for all it declares; hands back what it returned, resolved."""
    preview = isinstance(monitor.mocks, AwsBeforeCreation)
    returned: list[Any] = []
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.set_mocks(monitor.mocks, PROJECT, environment, preview, monitor=monitor)
        pulumi.runtime.settings.set_root_resource(None)  # run_in_stack makes one that collects the exports
        set_config(config)
        loop.run_until_complete(stack.run_in_stack(lambda: returned.append(program())))
        return loop.run_until_complete(resolved(returned[0]))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def resolved(value: Any) -> Any:
    """A value with its outputs resolved; a resource becomes its logical name, a record a namespace."""
    if isinstance(value, pulumi.Output):
        return await value.future()
    if isinstance(value, pulumi.Resource):
        return (await value.urn.future()).rsplit("::", 1)[1]
    if isinstance(value, list):
        return [await resolved(each) for each in value]
    if is_dataclass(value):
        parts = {each.name: await resolved(getattr(value, each.name)) for each in fields(value)}
        return SimpleNamespace(**parts)
    return value


def launch(program: Callable[[], Any], environment: str, config: dict[str, Any], aws: Aws) -> Program:
    """Runs a program in a context of its own: Pulumi keeps its settings and the configuration there."""
    monitor = Recorder(aws)
    returned = contextvars.copy_context().run(run_under, monitor, environment, config, program)
    monitor.program.returned = returned
    return monitor.program


def execute(environment: str, overrides: dict[str, Any] | None = None, aws: Aws | None = None) -> Program:
    """Runs the whole program once."""
    return launch(main, environment, stack_config(environment) | (overrides or {}), aws or Aws())


@functools.cache
def run(environment: str, **overrides: Any) -> Program:
    """The same with the configuration that is checked in, once per process; overrides are of our project."""
    return execute(environment, {f"{PROJECT}:{key}": value for key, value in overrides.items()})


@functools.cache
def deploy(
    build: Callable[[Settings, pulumi.ResourceOptions], Any], environment: str, **overrides: Any
) -> Program:
    """Calls a function of the stack with an environment's settings, once per process.

    What it declares belongs to a parent, as it does in the component.
    """

    def program() -> Any:
        parent = pulumi.ComponentResource("tests:index:Parent", PARENT)
        return build(load_settings(), pulumi.ResourceOptions(parent=parent))

    config = stack_config(environment) | {f"{PROJECT}:{key}": value for key, value in overrides.items()}
    deployed = launch(program, environment, config, Aws())
    deployed.resources = [each for each in deployed.resources if not each.type.startswith("tests:")]
    return deployed
