"""Starts the policy pack."""

from __future__ import annotations

import functools
import os
import signal
import sys
from typing import Any, NoReturn

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
    signal.signal(signal.SIGINT, _leave)
    try:
        preview = Preview.from_environment(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"preflight: {error}\n")
        sys.exit(2)
    rules = registry.load_all()
    sdk._PolicyAnalyzerServicer = functools.partial(Servicer, rules, preview)  # noqa: SLF001
    PolicyPack(
        NAME,
        policies(rules, preview),
        display_name="Preflight",
        description="Finds what will fail in a deployment on AWS before anything is created.",
        provider="aws",
        tags=["aws", "reliability"],
    )


def _leave(*_: Any) -> NoReturn:
    """The engine interrupts its analyzers at the end and waits until they are gone."""
    os._exit(0)
