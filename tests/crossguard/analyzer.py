"""Plays the engine: starts the pack as the Pulumi CLI does, and builds the requests it would send."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# Secret wherever it stands: in configuration, inputs and recorded conversations.
CANARY = "hunter2-Canary"
CLUSTER = "aws:rds/cluster:Cluster"
REQUESTS = {
    "Analyze": analyzer_pb2.AnalyzeRequest,
    "AnalyzeStack": analyzer_pb2.AnalyzeStackRequest,
    "Remediate": analyzer_pb2.AnalyzeRequest,
    "Configure": analyzer_pb2.ConfigureAnalyzerRequest,
    "ConfigureStack": analyzer_pb2.AnalyzerStackConfigureRequest,
}


class Analyzer:
    """A running pack."""

    def __init__(self, process: subprocess.Popen[bytes], first_line: bytes) -> None:
        self.process = process
        self.first_line = first_line

    @functools.cached_property
    def stub(self) -> Any:
        return analyzer_pb2_grpc.AnalyzerStub(grpc.insecure_channel(f"127.0.0.1:{int(self.first_line)}"))

    def call(self, method: str, request: Any) -> Any:
        """The pack's answer, which quotes no secret; what it remediates keeps those of the request."""
        answer = getattr(self.stub, method)(request, timeout=120)
        assert method == "Remediate" or CANARY not in str(answer)
        return answer

    def configure_stack(self, config: Mapping[str, str] = {}, **given: Any) -> None:
        """Say which stack is previewed, as new engines do; every setting named like a secret is one."""
        said = {"stack": "dev", "project": "variety", "organization": "acme", "dry_run": True} | given
        request = analyzer_pb2.AnalyzerStackConfigureRequest(config=config, **said)
        request.config_secret_keys.extend(key for key in config if "secret" in key)
        self.call("ConfigureStack", request)

    def analyze_stack(self, *requests: Any) -> list[Any]:
        """What is found once every resource is there, of which a preview knows only inputs."""
        stack = analyzer_pb2.AnalyzeStackRequest()
        for each in requests:
            stack.resources.add(type=each.type, name=each.name, urn=each.urn, properties=each.properties)
        return list(self.call("AnalyzeStack", stack).diagnostics)

    def analyze(self, inputs: Mapping[str, Any], **given: Any) -> list[Any]:
        return list(self.call("Analyze", resource_request(inputs, **given)).diagnostics)

    def configure(self, **policies: Mapping[str, Any]) -> None:
        """Each policy by its name with underscores: its `level` and its settings."""
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, given in policies.items():
            config = request.policyConfig[name.replace("_", "-")]
            config.enforcementLevel = given.get("level", analyzer_pb2.MANDATORY)
            config.properties.update({key: value for key, value in given.items() if key != "level"})
        self.call("Configure", request)

    def interrupt(self) -> tuple[bytes, bytes, int]:
        """What the pack still printed to stdout and stderr once it was interrupted, and its exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return out, err, self.process.returncode


# Like the CLI's language host: it stands in the program's directory and starts the pack in the pack's own.
HOST = """
import signal, subprocess, sys
signal.signal(signal.SIGINT, lambda *_: None)
pack = sys.argv[1]
command = [sys.executable, "-u", "-m", "pulumi.policy", sys.argv[2], pack]
sys.exit(subprocess.Popen(command, cwd=pack).wait())
"""


@contextlib.contextmanager
def running_pack(program: Path, engine: str = "127.0.0.1:1", **environment: str) -> Iterator[Analyzer]:
    """The pack of this checkout, started for a program's directory by an engine with an address."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_"))}
    scratch = Path(tempfile.mkdtemp())
    inherited |= {"TMPDIR": str(scratch), "XDG_CACHE_HOME": str(scratch / "cache"), "HOME": str(scratch)}
    stack = {"PULUMI_PROJECT": "variety", "PULUMI_STACK": "dev", "PULUMI_DRY_RUN": "true"}
    process = subprocess.Popen(
        [sys.executable, "-c", HOST, str(ROOT), engine],
        cwd=program,
        env=inherited | stack | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield Analyzer(process, process.stdout.readline())
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        printed = b"" if process.stdout.closed else b"".join(process.communicate())
        assert CANARY.encode() not in printed
        assert files_that_leak(scratch) == []
        shutil.rmtree(scratch)


def files_that_leak(directory: Path) -> list[Path]:
    """The files below a directory that hold the secret, in their names or in what they say."""
    files = [file for file in directory.rglob("*") if file.is_file()]
    return [file for file in files if CANARY in file.name or CANARY.encode() in file.read_bytes()]


def resource_request(
    inputs: Mapping[str, Any],
    type: str = CLUSTER,  # noqa: A002 - the message's own name
    name: str = "db",
    provider: Mapping[str, Any] | None = None,
    secret_outputs: Iterable[str] = (),
) -> Any:
    """An Analyze request for one resource."""
    request = analyzer_pb2.AnalyzeRequest(
        type=type, name=name, urn=f"urn:pulumi:dev::variety::{type}::{name}", properties=struct(inputs)
    )
    request.options.additionalSecretOutputs.extend(secret_outputs)
    if provider is not None:
        request.provider.type = "pulumi:providers:aws"
        request.provider.urn = "urn:pulumi:dev::variety::pulumi:providers:aws::west"
        request.provider.properties.CopyFrom(struct(provider))
    return request


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain values, infinities and all, as the wire holds them."""
    found = struct_pb2.Struct()
    found.update(dict(values))
    return found


def recorded(name: str) -> list[tuple[str, Any]]:
    """A conversation recorded with the real engine: the method and the request of each call."""
    calls = []
    for line in (DATA / f"{name}.analyzer.jsonl").read_text().splitlines():
        entry = json.loads(line)
        method = entry["method"].rpartition("/")[2]
        if method in REQUESTS:
            calls.append((method, json_format.ParseDict(entry["request"], REQUESTS[method]())))
    return calls
