"""The messages of Pulumi's protocols, without the SDK around them, which takes long to load."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from policy_pack.model.messages import MESSAGES, SDK, leave_out_the_sdk


@contextlib.contextmanager
def _without_the_sdk() -> Iterator[None]:
    """Let its modules be imported alone. Nothing of it stays behind for who imports it whole."""
    if not leave_out_the_sdk():
        yield
        return
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == SDK]:
            del sys.modules[name]


if TYPE_CHECKING:
    from pulumi.runtime.proto import analyzer_pb2, engine_pb2, plugin_pb2
else:
    with _without_the_sdk():
        analyzer_pb2, engine_pb2, plugin_pb2 = (
            importlib.import_module(f"{MESSAGES}.{name}")
            for name in ("analyzer_pb2", "engine_pb2", "plugin_pb2")
        )

__all__ = ["analyzer_pb2", "engine_pb2", "plugin_pb2"]
