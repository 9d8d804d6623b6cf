"""A stack of any size, made of the bundled stack's resources: as a program, and as what its engine asks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

from policy_pack.model import Resource
from policy_pack.model.wire import encode
from tests.crossguard.analyzer import struct

from .plans import repeated, stack_plan

REGION = "eu-west-1"
PROVIDER = "urn:pulumi:dev::bench::pulumi:providers:aws::default"
STACK = "pulumi:pulumi:Stack"
PROGRAM = """import json
from pathlib import Path

import pulumi

made = {}
for each in json.loads(Path(__file__).with_name("resources.json").read_text()):
    references = {key: made[urn].id for key, urn in each["references"].items()}
    made[each["urn"]] = pulumi.CustomResource(each["type"], each["name"], each["inputs"] | references)
"""


def resources(size: int) -> list[Resource]:
    """Resources of AWS; each copy of the stack refers to itself."""
    plan = repeated(stack_plan(), size * 2)
    return [item for item in plan.resources if item.type.startswith("aws:")][:size]


def write_program(directory: Path, made: list[Resource], provider: Path | None = None) -> None:
    """A project that makes these resources, with a provider of its own."""
    plugin = f"plugins: {{providers: [{{name: aws, path: {provider}}}]}}\n" if provider else ""
    runtime = f"{{name: python, options: {{toolchain: pip, virtualenv: {sys.prefix}}}}}"
    (directory / "Pulumi.yaml").write_text(f"name: bench\nruntime: {runtime}\n{plugin}")
    (directory / "Pulumi.dev.yaml").write_text(f"config: {{aws:region: {REGION}}}\n")
    (directory / "__main__.py").write_text(PROGRAM)
    (directory / "resources.json").write_text(json.dumps([_entry(item) for item in made]))


def _entry(item: Resource) -> dict[str, Any]:
    references = {
        key: urns[0]
        for key, urns in item.property_dependencies.items()
        if key.endswith(("Id", "Arn", "role")) and urns[0].rpartition("::")[0] != item.urn.rpartition("::")[0]
    }
    return {
        "urn": item.urn,
        "type": item.type,
        "name": item.name,
        "inputs": {key: encode(value) for key, value in item.inputs.items() if key not in references},
        "references": references,
    }


def requests(made: list[Resource]) -> list[Any]:
    """What the engine asks about the stack itself and about each resource."""
    about = [
        analyzer_pb2.AnalyzeRequest(type=STACK, name="bench-dev", urn=f"urn:pulumi:dev::bench::{STACK}::x")
    ]
    about += [_request(item) for item in made]
    return about


def _request(item: Resource) -> Any:
    request = analyzer_pb2.AnalyzeRequest(
        type=item.type, name=item.name, urn=item.urn, properties=struct(encode(dict(item.inputs)))
    )
    request.provider.type, request.provider.urn = "pulumi:providers:aws", PROVIDER
    request.provider.properties.update({"region": REGION})
    return request


def stack_request(made: list[Resource]) -> Any:
    """What it asks about the whole stack."""
    stack = analyzer_pb2.AnalyzeStackRequest()
    for item in made:
        properties = struct(encode(dict(item.inputs)))
        found = stack.resources.add(type=item.type, name=item.name, urn=item.urn, properties=properties)
        for key, urns in item.property_dependencies.items():
            found.propertyDependencies[key].urns.extend(urns)
    return stack
