"""Plays the engine to a pack: asks what it asks in a preview, and measures the pack's processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2

from tests.crossguard.analyzer import Analyzer

from .synthetic import REGION

ENGINE = "127.0.0.1:1"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Conversation:
    """Seconds to the port, and seconds of CPU: of all questions about one resource, of the pack's own
    process, and of the processes that it started."""

    port: float = 0
    asked: float = 0
    own: float = 0
    children: float = 0


def converse(
    command: Sequence[str], directory: Path, questions: Sequence[Any], stack: Any, *, simulate: bool = True
) -> Conversation:
    """A whole conversation, as a preview of a program that stands in a directory has it."""
    found = Conversation()
    start = time.perf_counter()
    with _started(command, directory) as process:
        assert process.stdout is not None
        pack = Analyzer(process, process.stdout.readline())
        found.port = time.perf_counter() - start
        _introduce(pack, simulate)
        before = own_cpu(process.pid)
        for question in questions:
            pack.call("Remediate", question)
            pack.call("Analyze", question)
        found.asked = own_cpu(process.pid) - before
        pack.call("AnalyzeStack", stack)
        found.own = own_cpu(process.pid)
        with contextlib.suppress(grpc.RpcError):
            pack.call("Cancel", Empty())
        process.send_signal(signal.SIGINT)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        found.children = max(usage.ru_utime + usage.ru_stime - found.own, 0.0)
    return found


@contextlib.contextmanager
def _started(command: Sequence[str], directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _introduce(pack: Analyzer, simulate: bool) -> None:
    handshake = analyzer_pb2.AnalyzerHandshakeRequest(engine_address=ENGINE)
    with contextlib.suppress(grpc.RpcError):
        pack.call("Handshake", handshake)
    with contextlib.suppress(grpc.RpcError):
        pack.configure_stack({"aws:region": REGION}, project="bench")
    pack.call("GetPluginInfo", Empty())
    pack.call("GetAnalyzerInfo", Empty())
    if not simulate:
        pack.configure(not_simulated={"level": analyzer_pb2.ADVISORY, "simulate": False})


def own_cpu(pid: int) -> float:
    """The seconds of CPU of a process, without its children's."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
