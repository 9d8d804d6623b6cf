"""A stand-in for AWS on the loopback interface: answers boto3 unmodified, page by page, and fails at will."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import wire
from .wire import Call, Response

SERVICES = (
    "ec2",
    "eks",
    "elasticbeanstalk",
    "elasticache",
    "emr",
    "kafka",
    "memorydb",
    "mq",
    "opensearch",
    "rds",
    "redshift",
    "route53",
    "s3",
    "synthetics",
)
PAGE_SIZE = 100


@dataclass(frozen=True)
class Refuse:
    """Answer with an error."""

    code: str
    status: int = 400
    message: str = "no"


@dataclass(frozen=True)
class Cut:
    """Close the connection in the middle of the answer, whose length was announced or comes in chunks."""

    chunked: bool = False


Fault = Refuse | Cut

# What AWS would answer if there were no pages; what goes wrong with the nth request of all.
Answers = Callable[[Call], Mapping[str, Any]]
Faults = Callable[[Call, int], "Fault | None"]


def no_faults(call: Call, number: int) -> Fault | None:
    return None


@dataclass
class World:
    """What the server plays, and what it was asked. `calls` counts requests that were understood."""

    answers: Answers
    faults: Faults = no_faults
    latency: float = 0.0
    # The services that it plays; by default those of `SERVICES`.
    services: tuple[str, ...] = ()
    # Regions that answer alike share what was once written for them; None keeps nothing.
    variant: Callable[[str], str] | None = None
    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    errors: list[BaseException] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _written: dict[Any, Response] = field(default_factory=dict)

    def respond(self, call: Call) -> tuple[Response, Cut | None]:
        """The response, and how it breaks off."""
        with self._lock:
            self.calls[call.service, call.operation, call.region] += 1
            number = self.calls.total()
        fault = self.faults(call, number)
        if isinstance(fault, Refuse):
            return wire.refusal(call, fault.status, fault.code, fault.message), None
        return self._response(call), fault

    def _response(self, call: Call) -> Response:
        if self.variant is None:
            return wire.answer(call, page(call, self.answers(call)))
        key = (
            call.service,
            call.operation,
            self.variant(call.region),
            tuple(sorted(call.parameters.items())),
        )
        if key not in self._written:
            self._written[key] = wire.answer(call, page(call, self.answers(call)))
        return self._written[key]


def page(call: Call, output: Mapping[str, Any]) -> dict[str, Any]:
    """Cut the one long list of an output into pages."""
    tokens = wire.pagination(call.service, call.operation)
    lists = [key for key, value in output.items() if isinstance(value, list)]
    if tokens is None or len(lists) != 1:
        return dict(output)
    token, next_token, limit = tokens
    size = int(call.parameters.get(limit or "", PAGE_SIZE))
    start = int(call.parameters.get(token, 0))
    items = output[lists[0]]
    shown = {**output, lists[0]: items[start : start + size]}
    if start + size < len(items):
        shown[next_token] = str(start + size)
    return shown


@contextmanager
def serving(world: World) -> Iterator[str]:
    """Serve a world on 127.0.0.1 while the block runs; gives the URL."""
    server = Server(world)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, world: World) -> None:
        super().__init__(("127.0.0.1", 0), _handler(world))
        self._world = world

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what the server itself got wrong; a killed client closes its connection at any time."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self._world.errors.append(error)


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            time.sleep(world.latency)
            call = wire.understand(world.services or SERVICES, self.command, self.path, self.headers, body)
            response, cut = world.respond(call)
            self._send(response, cut)

        do_GET = do_HEAD = do_POST  # noqa: N815 - the base class names it

        def _send(self, response: Response, cut: Cut | None) -> None:
            length = f"{len(response.body):x}\r\n".encode() if cut and cut.chunked else b""
            size = "Transfer-Encoding: chunked" if length else f"Content-Length: {len(response.body)}"
            head = [f"HTTP/1.1 {response.status} x", size]
            head += [f"{key}: {value}" for key, value in response.headers.items()]
            body = response.body[: len(response.body) // 2] if cut else response.body
            if self.command == "HEAD":
                body = b""
            self.wfile.write("\r\n".join([*head, "", ""]).encode() + length + body)
            self.close_connection = self.close_connection or cut is not None

        def log_message(self, *_: Any) -> None:
            """Tests have no use for a log."""

    return Handler
