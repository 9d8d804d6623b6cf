"""Ends a rule that does not come to its end: it raises inside the rule, as any fault of the rule would."""

from __future__ import annotations

import contextlib
import ctypes
import threading
import time
from collections.abc import Iterator

# Seconds of processor time for all rules over one subject; a whole stack needs a tenth of one.
LIMIT = 10.0
_PAUSE = 0.5


class RuleTimeoutError(Exception):
    """The rule did not come to its end."""


class _Watch:
    """Looks after the threads in which rules run, from a thread of its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.deadlines: dict[int, float] = {}
        self.struck: set[int] = set()
        self.thread: threading.Thread | None = None

    def add(self, thread: int) -> None:
        with self.lock:
            self.deadlines[thread] = _spent(thread) + LIMIT
            if self.thread is None:
                self.thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self.thread.start()

    def remove(self, thread: int) -> None:
        """Forget the thread that calls this; what was raised too late does not strike whatever runs next."""
        while thread in self.deadlines or thread in self.struck:
            with contextlib.suppress(RuleTimeoutError), self.lock:
                self.deadlines.pop(thread, None)
                if thread in self.struck:
                    self.struck.discard(thread)
                    # It strikes here, in place of one that may be on its way. Taking that one back would
                    # leave the interpreter looking for it for ever, which hangs CPython 3.11 in a profiler.
                    _raise_in(thread)

    def _run(self) -> None:
        while True:
            time.sleep(_PAUSE)
            with self.lock:
                for thread, deadline in self.deadlines.items():
                    if (spent := _spent(thread)) > deadline:
                        self.deadlines[thread] = spent + LIMIT
                        self.struck.add(thread)
                        _raise_in(thread)


def _raise_in(thread: int) -> None:
    raised = ctypes.py_object(RuleTimeoutError)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)


def _spent(thread: int) -> float:
    """The processor time of a thread in seconds; where there is none to be had, the time that has passed."""
    if hasattr(time, "pthread_getcpuclockid"):
        return time.clock_gettime(time.pthread_getcpuclockid(thread))
    return time.monotonic()


_watch = _Watch()


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Run rules that may take too long."""
    thread = threading.get_ident()
    _watch.add(thread)
    try:
        yield
    finally:
        try:
            _watch.remove(thread)
        except RuleTimeoutError:
            # It came on the way in, and comes but once.
            _watch.remove(thread)
