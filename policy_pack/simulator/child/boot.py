"""Entry of the child process: loads its own package by path, so that nothing of ours shadows the project's.

Started as `python boot.py CHANNEL` with the request as JSON on standard input. CHANNEL is the number of
the file descriptor on which records go back, one JSON object a line.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import signal
import sys

PACKAGE = "_preflight_child"


def load_package(directory: str) -> None:
    """Make `directory` importable as a package under a name no project uses."""
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(directory, "__init__.py"), submodule_search_locations=[directory]
    )
    if spec is None or spec.loader is None:
        raise ImportError(directory)
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Read the request, give the program an empty standard input, and run it."""
    gc.disable()
    # Whoever started this may wait for these in a thread; what the program starts must be ended by them.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    request = json.loads(sys.stdin.buffer.read())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    load_package(here)
    program = importlib.import_module(PACKAGE + ".program")
    program.run(request, int(sys.argv[1]))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    # All is said: neither a thread that the program left running nor a long farewell is waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
