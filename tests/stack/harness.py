"""Runs the bundled program under mocks that answer like AWS, and keeps what it declared."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import json
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime import mocks, rpc, stack

STACK = Path(__file__).parents[2] / "stack"

ACCOUNT = "111122223333"
REGION = "eu-west-1"
ENVIRONMENTS = ("dev", "staging", "prod")
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Declared:
    """One resource as the program declared it."""

    urn: str
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    options: Any


@dataclass
class Program:
    """Everything that one run of the program declared and exported."""

    resources: list[Declared] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)
    component_outputs: dict[str, Any] = field(default_factory=dict)

    def of(self, type_suffix: str) -> list[Declared]:
        return [each for each in self.resources if each.type.endswith(f":{type_suffix}")]

    def named(self, name: str) -> Declared:
        (found,) = [each for each in self.resources if each.name == name]
        return found


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
        zones = [f"{REGION}{letter}" for letter in "abcdef"[: self.zones]]
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "id": ACCOUNT},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": zones, "id": REGION},
        }
        return answers[args.token]


class AwsBeforeCreation(Aws):
    """Answers look-ups, but knows nothing of a resource that its declaration does not say."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return "", args.inputs


class Recorder(mocks.MockMonitor):
    """Keeps what the mock monitor sees and forgets: parents, options and outputs."""

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)
        self.program = Program()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)
        inputs = rpc.deserialize_properties(request.object)
        declared = Declared(response.urn, request.type, request.name, request.parent, inputs, request)
        if request.type != "pulumi:pulumi:Stack":
            self.program.resources.append(declared)
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


def execute(environment: str, overrides: dict[str, Any] | None = None, aws: Aws | None = None) -> Program:
    """Runs the whole program once, like the language host does."""
    monitor = Recorder(aws or Aws())
    config = stack_config(environment) | (overrides or {})
    # Pulumi keeps its settings and the configuration in context variables: a copy leaves none behind.
    contextvars.copy_context().run(run_under, monitor, environment, config)
    return monitor.program


def run_under(monitor: Recorder, environment: str, config: dict[str, Any]) -> None:
    preview = isinstance(monitor.mocks, AwsBeforeCreation)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.set_mocks(monitor.mocks, "fraud-detection", environment, preview, monitor=monitor)
        pulumi.runtime.settings.set_root_resource(None)  # run_in_stack makes one that collects the exports
        set_config(config)
        main = functools.partial(runpy.run_path, str(STACK / "__main__.py"), run_name="__main__")
        loop.run_until_complete(stack.run_in_stack(lambda: main() and None))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@functools.cache
def run(environment: str) -> Program:
    """The same with the configuration that is checked in, once per process."""
    return execute(environment)


@functools.cache
def run_secured() -> Program:
    """Production with what only its owner can configure: a certificate and somebody to tell."""
    email = {"fraud-detection:alarmEmail": "alarms@example.com"}
    return execute("prod", email | {"fraud-detection:certificateArn": CERTIFICATE})
