"""An analyzer that does nothing: what the protocol alone costs. Every answer is an empty message."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

METHODS = (
    "Handshake ConfigureStack GetPluginInfo GetAnalyzerInfo Configure Remediate Analyze AnalyzeStack Cancel"
)


def main() -> None:
    """Serve until the engine ends the process."""
    server = grpc.server(ThreadPoolExecutor(8))
    nothing = grpc.unary_unary_rpc_method_handler(lambda data, context: b"")
    handlers = dict.fromkeys(METHODS.split(), nothing)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("pulumirpc.Analyzer", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
