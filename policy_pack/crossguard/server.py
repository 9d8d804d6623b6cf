"""The process of the pack: prints its port, serves the engine, and leaves without a trace.

The port is printed before the protocol and the rules are loaded, so that the engine does other things
meanwhile; a question waits for them.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from policy_pack.crossguard.analyzer import Analyzer

SERVICE = "pulumirpc.Analyzer"
# The messages of the requests, by method.
REQUESTS = {
    "Handshake": "AnalyzerHandshakeRequest",
    "ConfigureStack": "AnalyzerStackConfigureRequest",
    "GetPluginInfo": None,
    "GetAnalyzerInfo": None,
    "Configure": "ConfigureAnalyzerRequest",
    "Remediate": "AnalyzeRequest",
    "Analyze": "AnalyzeRequest",
    "AnalyzeStack": "AnalyzeStackRequest",
    "Cancel": None,
}
# Questions that are held until the simulation ends must not keep others waiting.
THREADS = 64
_LARGEST = 400 * 1024 * 1024
_CHECK_SECONDS = 0.5
_REPLY_SECONDS = 0.2


class Server:
    """Serves one conversation. `executable` says that the pack was not started as a directory."""

    def __init__(self, *, executable: bool) -> None:
        self.executable = executable
        self.parent = os.getppid()
        self.analyzer: Future[Analyzer] = Future()
        self.leaving = threading.Lock()

    def serve(self) -> None:
        """Print the port as the first line and serve until the engine is done, or gone."""
        self._leave_when_interrupted()
        options = [("grpc.max_receive_message_length", _LARGEST), ("grpc.so_reuseport", 0)]
        server = grpc.server(ThreadPoolExecutor(THREADS), options=options)
        handlers = {name: grpc.unary_unary_rpc_method_handler(self._handler(name)) for name in REQUESTS}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        sys.stdout.buffer.write(f"{port}\n".encode())
        sys.stdout.flush()
        # The engine takes whatever else is printed for a message to the user.
        sys.stdout = sys.stderr
        threading.Thread(target=self._load, name="loading", daemon=True).start()
        while os.getppid() == self.parent:
            time.sleep(_CHECK_SECONDS)
        self._leave()

    def _load(self) -> None:
        try:
            from policy_pack.crossguard.analyzer import Analyzer
            from policy_pack.crossguard.caller import Caller
            from policy_pack.linter import registry

            engine = next(iter(sys.argv[1:]), "")
            caller = Caller.here(executable=self.executable)
            self.analyzer.set_result(Analyzer(caller, registry.load_all(), engine))
        except Exception as error:
            self.analyzer.set_exception(error)

    def _handler(self, name: str) -> Callable[[bytes, Any], bytes]:
        def answer(data: bytes, context: Any) -> bytes:
            if name == "Cancel":
                context.add_callback(self._leave_soon)
            try:
                analyzer = self.analyzer.result()
                response: bytes = getattr(analyzer, name)(_request(name, data)).SerializeToString()
                return response
            except Exception as error:
                return _refuse(error, context)

        return answer

    def _leave_soon(self) -> None:
        timer = threading.Timer(_REPLY_SECONDS, self._leave)
        timer.daemon = True
        timer.start()

    def _leave(self) -> None:
        """End the processes that were started, and this one. Whoever comes second waits for that."""
        with self.leaving:
            try:
                if self.analyzer.done() and not self.analyzer.exception():
                    self.analyzer.result().end()
            finally:
                os._exit(0)

    def _leave_when_interrupted(self) -> None:
        """The engine interrupts its analyzers at the end and waits until they are gone.

        A handler would run in the main thread, which misses an interrupt that comes just before it falls
        asleep.
        """
        if not hasattr(signal, "sigwait"):
            signal.signal(signal.SIGINT, lambda *_: self._leave())
            return
        ending = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, ending)
        threading.Thread(target=self._wait_for, args=(ending,), name="signals", daemon=True).start()

    def _wait_for(self, ending: set[signal.Signals]) -> None:
        signal.sigwait(ending)
        self._leave()


def _request(name: str, data: bytes) -> Any:
    message = REQUESTS[name]
    if message is None:
        return None
    from policy_pack.crossguard.protocol import analyzer_pb2

    return getattr(analyzer_pb2, message).FromString(data)


def _refuse(error: Exception, context: Any) -> bytes:
    from policy_pack.crossguard.analyzer import RefusedError

    refused = isinstance(error, RefusedError)
    code = grpc.StatusCode.FAILED_PRECONDITION if refused else grpc.StatusCode.INTERNAL
    # The text of an error that nobody foresaw may hold anything, a secret too.
    context.abort(code, f"preflight: {error}" if refused else f"preflight: {type(error).__name__}")
    return b""
