"""Starts the policy pack."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading

from pulumi_policy import PolicyPack
from pulumi_policy import policy as sdk

from policy_pack.crossguard.policies import policies
from policy_pack.crossguard.preview import Preview
from policy_pack.crossguard.servicer import Servicer
from policy_pack.linter import registry
from policy_pack.linter.config import ConfigError

NAME = "preflight"


def serve() -> None:
    """Print the port, as the first line, and serve until the engine interrupts."""
    _leave_when_interrupted()
    try:
        preview = Preview.from_environment(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"preflight: {error}\n")
        sys.exit(2)
    # What the engine sends are resources; the files are for `preflight check`.
    rules = registry.load_all(name for name in registry.modules() if name not in registry.about_source())
    sdk._PolicyAnalyzerServicer = functools.partial(Servicer, rules, preview)  # noqa: SLF001
    PolicyPack(
        NAME,
        policies(rules, preview),
        display_name="Preflight",
        description="Finds what will fail in a deployment on AWS before anything is created.",
        provider="aws",
        tags=["aws", "reliability"],
    )


def _leave_when_interrupted() -> None:
    """The engine interrupts its analyzers at the end and waits until they are gone.

    A handler would run in the main thread, which misses an interrupt that comes just before it falls asleep.
    """
    if not hasattr(signal, "sigwait"):
        signal.signal(signal.SIGINT, lambda *_: os._exit(0))
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_wait_for_interrupt, daemon=True).start()


def _wait_for_interrupt() -> None:
    signal.sigwait({signal.SIGINT})
    os._exit(0)
