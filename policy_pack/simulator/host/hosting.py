"""The host's process: serves one pass of a program, which it starts in the sandbox.

The unmodified SDK connects to a socket. What the program's own shim has to say comes over a pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from policy_pack.model.messages import leave_out_the_sdk

GRACE_SECONDS = 1.0
MAX_MESSAGE = 400 << 20
MAX_RECORD = 16 << 20
FORWARDED = ("failure", "stringified", "blocked", "config")


def main(descriptor: int) -> None:
    """Read the request and run one pass; records go to a file descriptor, the last one is `end`."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    request = json.loads(sys.stdin.buffer.read())
    # They take longer to load than all else here when the SDK comes along.
    leave_out_the_sdk()
    asyncio.run(_Host(request, descriptor).run())


def _is_certain(fault: dict[str, Any]) -> bool:
    """Whether no made-up value can have caused what ended the program."""
    code, message = str(fault.get("code")), str(fault.get("message"))
    is_missing = code.endswith("MODULE_NOT_FOUND") or message.endswith("is not a constructor")
    return is_missing or fault.get("exception") == "ReferenceError"


class _Told:
    """Where the program is, as its shim has told."""

    def __init__(self) -> None:
        self.places: list[list[Any]] = []

    def frames(self, depth: int = 1) -> list[list[Any]]:
        """The user's frames of the call that asks."""
        return self.places


class _Host:
    """One pass: the server, the program's process, and what it told at its end."""

    def __init__(self, request: dict[str, Any], descriptor: int) -> None:
        from policy_pack.simulator.child.records import Channel

        self.request = request
        self.program = request["program"]
        self.sockets = Path(self.program["sockets"])
        self.channel = Channel(descriptor)
        self.fault: dict[str, Any] | None = None
        self.placeless: dict[str, Any] | None = None
        self.exited = False
        self.failed = False
        self.summary: dict[str, Any] = {}
        self.errors: list[str] = []
        self.told = _Told()
        self.configuration: Any = None
        self.references: Any = None
        self.answers = -1

    async def run(self) -> None:
        """Serve until the program has ended, or until its time is up."""
        from grpc import aio

        sizes = ("grpc.max_receive_message_length", "grpc.max_send_message_length")
        server = aio.server(options=[(size, MAX_MESSAGE) for size in sizes])
        address = f"unix:{self.sockets / self.request['mode']}.sock"
        server.add_insecure_port(address)
        server.add_generic_rpc_handlers(self._services())
        await server.start()
        await self._run_program(address)
        await server.stop(None)

    def _services(self) -> tuple[Any, ...]:
        from pulumi.runtime.proto import engine_pb2, resource_pb2

        from policy_pack.simulator.child.configuration import Configuration
        from policy_pack.simulator.child.monitor import Monitor
        from policy_pack.simulator.child.predictions import Predictor
        from policy_pack.simulator.host.nodeindex import NodeIndex
        from policy_pack.simulator.host.services import Callbacks, Engine, Foreign, handler

        index = NodeIndex(self.request.get("cache"), self.program["packages"])
        predictor = Predictor(index, self.request["place"])
        owner, callbacks = Foreign(self.program["foreign"]), Callbacks(self.sockets)
        monitor = Monitor(self.channel, predictor, self.request, owner, callbacks.call)
        self.references = monitor.references
        self.configuration = Configuration(self.channel, self.told, predictor, self.request)
        engine = Engine(engine_pb2)
        self.errors = engine.errors
        return (
            handler(resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"], monitor),
            handler(engine_pb2.DESCRIPTOR.services_by_name["Engine"], engine),
        )

    async def _run_program(self, address: str) -> None:
        from policy_pack.simulator.sandbox.launching import Sandbox, launch

        reading, writing = os.pipe()
        asking, self.answers = os.pipe()
        told = asyncio.ensure_future(self._listen(reading))
        own = {
            "PREFLIGHT_RECORDS": str(writing),
            "PREFLIGHT_ANSWERS": str(asking),
            "PREFLIGHT_SOCKETS": str(self.sockets),
            "PREFLIGHT_PLACEHOLDER": self.request.get("placeholder") or "",
        }
        try:
            launched = launch(
                [part.replace("{address}", address) for part in self.program["command"]],
                os.environ | self.program["environment"] | own,
                Sandbox(**self.program["sandbox"], unix_sockets=True),
                variables=self.program["variables"],
                pass_fds=(writing, asking),
                # Whoever ends this process ends its group.
                session=False,
                cwd=self.request["directory"],
            )
        except OSError as error:
            self._end("failed", {"exception": "OSError", "message": str(error), "frames": []})
            return
        finally:
            os.close(writing)
            os.close(asking)
        code = await self._ended(launched.process)
        # A process that the program has left behind may hold the pipe open.
        await asyncio.wait([told], timeout=GRACE_SECONDS)
        self.channel.send("sandbox", missing=launched.missing())
        self._conclude(code, launched.failure())

    async def _ended(self, process: Any) -> int | None:
        """The program's exit code, None when its time was up; what others take to answer does not count."""
        waiting = asyncio.ensure_future(asyncio.to_thread(process.wait))
        start = time.monotonic()
        while not waiting.done():
            left = start + self.request["time_limit"] + self.references.waited - time.monotonic()
            if left <= 0:
                process.kill()
                await waiting
                return None
            await asyncio.wait([waiting], timeout=left)
        return int(waiting.result())

    async def _listen(self, descriptor: int) -> None:
        """Pass on what the shim records, and keep what it says about the program's end."""
        stream = asyncio.StreamReader(limit=MAX_RECORD)
        protocol = asyncio.StreamReaderProtocol(stream)
        pipe = os.fdopen(descriptor, "rb")
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
        with contextlib.closing(transport):
            while line := await stream.readline():
                with contextlib.suppress(ValueError, TypeError, AttributeError):
                    self._note(json.loads(line))

    def _note(self, record: dict[str, Any]) -> None:
        kind = record.pop("kind", None)
        if kind in FORWARDED:
            if kind == "failure":
                if not record.get("frames") and not record.get("created"):
                    # No line of the program leads there: it is why the program ends as it does.
                    self.placeless = self.placeless or record
                    return
                self.failed = True
                # In the faithful pass a callback is given nothing that was made up.
                record["made_up"] = self.request["mode"] == "predicted"
            self.channel.send(kind, **record)
        elif kind == "ask":
            self._answer(record)
        elif kind == "fault":
            may_be = bool(self.configuration.missing) and not _is_certain(record)
            self.fault = self.fault or {**record, "made_up": may_be}
        elif kind == "exit":
            self.fault, self.exited = self.fault or record, True
        elif kind == "summary":
            self.summary = record

    def _answer(self, asked: dict[str, Any]) -> None:
        """Give the program, which waits for it, what is neither in its files nor an answer of the engine."""
        self.told.places, secret = asked["frames"], False
        if "member" in asked:
            value = self.configuration.predictions.value(asked["member"], "str", "str")
            self.configuration.note(value)
        elif "output" in asked:
            value, secret = self.references.resolved(asked["stack"], asked["output"])
        elif "detail" in asked:
            value, secret = self.references.value(asked["stack"], asked["detail"])
            self.references.tell(value)
        else:
            value = self.configuration.answer(asked["key"], asked["type"], asked["missing"])
        is_open = isinstance(value, dict) and not value
        os.write(
            self.answers, (json.dumps({"value": value, "secret": secret, "open": is_open}) + "\n").encode()
        )

    def _conclude(self, code: int | None, refusal: str | None) -> None:
        if code is None:
            self._end("time-limit", {"frames": []})
        elif refusal is not None:
            self._end("failed", {"exception": "OSError", "message": refusal, "frames": []})
        elif self.fault is not None:
            self._end("exited" if self.exited else "failed", self.fault)
        elif code != 0 and self.placeless is not None:
            self._end("failed", self.placeless)
        elif code == 0 or (self.failed and code > 0):
            self._end("complete", None)
        elif self.errors:
            self._end("failed", {"exception": "Error", "message": self.errors[0], "frames": []})
        # Else nothing is said: the parent tells what it can from the exit code and the last line printed.
        elif code > 0:
            os._exit(code)
        else:
            os.kill(os.getpid(), -code)

    def _end(self, status: str, fault: dict[str, Any] | None) -> None:
        self.channel.send("end", status=status, fault=fault, **self.summary)
