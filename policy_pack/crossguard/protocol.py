"""The messages of Pulumi's protocols, without the SDK around them, which takes long to load."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

_SDK = "pulumi"
_PACKAGES = (_SDK, "pulumi.runtime", "pulumi.runtime.proto")


@contextlib.contextmanager
def _without_the_sdk() -> Iterator[None]:
    """Let its modules be imported alone. Nothing of it stays behind for who imports it whole."""
    spec = None if _SDK in sys.modules else find_spec(_SDK)
    if spec is None:
        yield
        return
    for place in spec.submodule_search_locations or ():
        for name in _PACKAGES:
            package = sys.modules.setdefault(name, ModuleType(name))
            package.__path__ = [str(Path(place).parent.joinpath(*name.split(".")))]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == _SDK]:
            del sys.modules[name]


if TYPE_CHECKING:
    from pulumi.runtime.proto import analyzer_pb2, engine_pb2, plugin_pb2
else:
    with _without_the_sdk():
        analyzer_pb2, engine_pb2, plugin_pb2 = (
            importlib.import_module(f"{_PACKAGES[-1]}.{name}")
            for name in ("analyzer_pb2", "engine_pb2", "plugin_pb2")
        )

__all__ = ["analyzer_pb2", "engine_pb2", "plugin_pb2"]
