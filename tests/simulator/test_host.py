"""The engine behind a socket, and a program that cannot tell it from the one in its own process."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from grpc import aio
from msgspec.structs import replace
from pulumi.runtime.proto import (
    callback_pb2,
    callback_pb2_grpc,
    engine_pb2,
    engine_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)

from policy_pack.model import Plan
from policy_pack.simulator import SimulationOptions, Simulator, find_project
from policy_pack.simulator.child.monitor import Monitor
from policy_pack.simulator.child.predictions import Predictor
from policy_pack.simulator.child.records import Channel
from policy_pack.simulator.child.typeindex import TypeIndex
from policy_pack.simulator.host.services import LOOKUP_KEY, Callbacks, Engine, Foreign, handler
from policy_pack.simulator.launching import ADDRESS, HOST_COMMAND, Launch, served
from policy_pack.simulator.sandbox.launching import Sandbox

from .harness import DEFAULTS, ENVIRONMENT, simulate, write_project

PLACE = {
    "region": "eu-west-1",
    "account": "123456789012",
    "partition": "aws",
    "dns_suffix": "amazonaws.com",
}
NAME = "renaming"
REQUEST = {"mode": "predicted", "stack": "dev", "project": "demo"}


class Served:
    """A monitor and an engine on a socket in a directory, and what they have recorded."""

    def __init__(self, directory: Path) -> None:
        self.address = f"unix:{directory / 'engine.sock'}"
        reading, writing = os.pipe()
        self.stream = os.fdopen(reading)
        self.channel = Channel(writing)
        self.engine = Engine(engine_pb2)
        predictor = Predictor(TypeIndex(None), PLACE)
        callbacks = Callbacks(directory)
        self.monitor = Monitor(self.channel, predictor, REQUEST, Foreign(["/installed/"]), callbacks.call)
        self.server = aio.server()

    async def __aenter__(self) -> Served:
        resource = resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"]
        engine = engine_pb2.DESCRIPTOR.services_by_name["Engine"]
        self.server.add_generic_rpc_handlers((handler(resource, self.monitor), handler(engine, self.engine)))
        self.server.add_insecure_port(self.address)
        await self.server.start()
        self.client = aio.insecure_channel(self.address)
        self.resources = resource_pb2_grpc.ResourceMonitorStub(self.client)
        self.engines = engine_pb2_grpc.EngineStub(self.client)
        return self

    async def __aexit__(self, *ignored: object) -> None:
        await self.client.close()
        await self.server.stop(None)

    def records(self) -> list[dict[str, Any]]:
        """What was recorded; nothing can be after this."""
        os.close(self.channel.descriptor)
        with self.stream as stream:
            return [json.loads(line) for line in stream]


def frame(path: str, line: int, column: int) -> Any:
    place = {"uri": f"file://{path}", "line": line, "column": column}
    return {"pc": place}


def test_a_resource_is_registered_with_the_users_frames_only(tmp_path: Path) -> None:
    async def conversation() -> list[dict[str, Any]]:
        async with Served(tmp_path) as served_there:
            features = await served_there.resources.SupportsFeature(
                resource_pb2.SupportsFeatureRequest(id="outputValues")
            )
            assert not features.hasSupport
            answer = await served_there.resources.RegisterResource(
                resource_pb2.RegisterResourceRequest(
                    type="demo:index:Thing",
                    name="thing",
                    custom=True,
                    stackTrace={
                        "frames": [
                            frame("/installed/sdk.js", 1, 2),
                            frame("/home/me/a%20b/index.ts", 7, 13),
                        ]
                    },
                )
            )
            assert answer.urn == "urn:pulumi:dev::demo::demo:index:Thing::thing"
            assert answer.id
        return served_there.records()

    (record,) = asyncio.run(conversation())
    assert record["frames"] == [["/home/me/a b/index.ts", 7, "", 13]]


def test_the_engine_keeps_errors_and_the_stack(tmp_path: Path) -> None:
    async def conversation() -> list[str]:
        async with Served(tmp_path) as there:
            await there.engines.Log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message="careful"))
            await there.engines.Log(engine_pb2.LogRequest(severity=engine_pb2.ERROR, message="broken"))
            await there.engines.SetRootResource(engine_pb2.SetRootResourceRequest(urn="urn:stack"))
            root = await there.engines.GetRootResource(engine_pb2.GetRootResourceRequest())
            await there.engines.RequirePulumiVersion(engine_pb2.RequirePulumiVersionRequest())
            assert root.urn == "urn:stack"
        there.records()
        return there.engine.errors

    assert asyncio.run(conversation()) == ["broken"]


@pytest.mark.parametrize(
    ("secret", "arguments"), [(False, {"name": "a"}), (True, None)], ids=["plain", "with a secret"]
)
def test_a_data_source_has_the_place_that_the_shim_tells(
    tmp_path: Path, secret: bool, arguments: Any
) -> None:
    told = json.dumps({"frames": [["/p/index.ts", 3, "", 5]], "secret": secret}).encode()

    async def conversation() -> list[dict[str, Any]]:
        async with Served(tmp_path) as there:
            request = resource_pb2.ResourceInvokeRequest(tok="demo:index:getThing")
            request.args["name"] = "a"
            await there.resources.Invoke(request, metadata=((LOOKUP_KEY, told),))
        return there.records()

    (record,) = asyncio.run(conversation())
    assert record["frames"] == [["/p/index.ts", 3, "", 5]]
    assert record["arguments"] == arguments


class Renaming(callback_pb2_grpc.CallbacksServicer):
    """A transform that gives a resource another property."""

    async def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        asked = resource_pb2.TransformRequest.FromString(request.request)
        answer = resource_pb2.TransformResponse(properties=asked.properties)
        answer.properties["token"] = request.token
        return callback_pb2.CallbackInvokeResponse(response=answer.SerializeToString())


def test_a_transform_is_asked_where_the_program_serves_it(tmp_path: Path) -> None:
    async def conversation() -> list[dict[str, Any]]:
        program = aio.server()
        callback_pb2_grpc.add_CallbacksServicer_to_server(Renaming(), program)
        program.add_insecure_port(f"unix:{tmp_path / 'callbacks-7.sock'}")
        await program.start()
        async with Served(tmp_path) as there:
            await there.resources.RegisterResource(
                resource_pb2.RegisterResourceRequest(
                    type="demo:index:Thing",
                    name="thing",
                    custom=True,
                    transforms=[callback_pb2.Callback(token=NAME, target="127.0.0.1:7")],
                )
            )
        await program.stop(None)
        return there.records()

    (record,) = asyncio.run(conversation())
    assert record["inputs"] == {"token": NAME}


BOOTSTRAP = """\
import asyncio, concurrent.futures, json, os, runpy, sys
import pulumi
address, directory = sys.argv[1:]
pulumi.runtime.set_all_config(json.loads(os.environ["PULUMI_CONFIG"]), [])
pulumi.runtime.configure(pulumi.runtime.Settings(
    monitor=address, engine=address, project="demo", stack="dev", organization="organization",
    root_directory=directory, parallel=16, dry_run=True,
))
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(64))
program = lambda: runpy.run_path(directory, run_name="__main__")
sys.path.insert(0, directory)
loop.run_until_complete(pulumi.runtime.run_in_stack(program))
"""


class Hosted(Simulator):
    """A Python program that the host serves: the unmodified SDK in a process of its own."""

    def _launch(self, options: SimulationOptions, scratch: str) -> Launch:
        bootstrap = Path(scratch) / "bootstrap.py"
        bootstrap.write_text(BOOTSTRAP, encoding="utf-8")
        command = [sys.executable, str(bootstrap), ADDRESS, str(self.project.directory)]
        variables = {"PULUMI_CONFIG": json.dumps(dict(self.config.values))}
        sandbox = Sandbox(scratch, layers=())
        program = served(command, variables, sandbox, options.environment, scratch)
        program["foreign"] = [sys.prefix, sys.base_prefix, "<frozen", str(bootstrap)]
        return Launch(HOST_COMMAND, sandbox, program)


PROGRAM = """\
import json
import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions


class Group(ComponentResource):
    def __init__(self, name):
        super().__init__("demo:index:Group", name)
        options = ResourceOptions(parent=self, protect=True, ignore_changes=["tags"])
        secret = Output.secret("x")
        self.bucket = aws.s3.Bucket(name + "-bucket", tags={"a": "b", "c": secret}, opts=options)
        self.register_outputs({"id": self.bucket.id})


def tagged(args):
    return pulumi.ResourceTransformResult({**args.props, "tags": {"name": args.name}}, args.opts)


pulumi.runtime.register_resource_transform(tagged)
group = Group("group")
queue = aws.sqs.Queue("queue", max_message_size=2048, kms_master_key_id=group.bucket.id)
document = Output.all(queue.arn, group.bucket.urn).apply(lambda found: json.dumps({"a": list(found)}))
aws.sqs.QueuePolicy("last", queue_url=queue.url, policy=document)
document.apply(lambda text: aws.sns.Topic("late", display_name=text))
pulumi.export("arn", queue.arn)
pulumi.export("document", document)
"""


def comparable(plan: Plan) -> Plan:
    """A plan without what only a shim in the program tells, its resources in the order of their URNs.

    Of a component's frames the SDK leaves out as many as a provider's resource has of its own.
    """
    ordered = sorted(plan.resources, key=lambda item: item.urn)
    outermost = tuple(item if item.custom else replace(item, frames=item.frames[-1:]) for item in ordered)
    return replace(plan, resources=outermost, files=(), export_frames={})


@pytest.mark.slow
def test_a_program_gets_the_same_plan_in_process_and_behind_a_socket(tmp_path: Path) -> None:
    directory = write_project(tmp_path, PROGRAM)
    inside = simulate(directory, PROGRAM)
    options = SimulationOptions(environment=ENVIRONMENT, **DEFAULTS)
    behind = Hosted(find_project(directory), "dev", options).finish("demo")
    assert inside.run.status == behind.run.status == "complete"
    assert len(inside.plan.resources) == 5
    assert comparable(behind.plan) == comparable(inside.plan)
