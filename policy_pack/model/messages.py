"""The messages of Pulumi's protocols are in its SDK, which takes long to load; they can be had without it."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

SDK = "pulumi"
MESSAGES = "pulumi.runtime.proto"
_PACKAGES = (SDK, "pulumi.runtime", MESSAGES)


def leave_out_the_sdk() -> bool:
    """Let the modules of `MESSAGES` be imported alone, the packages around them being empty.

    Returns whether that was done: not where the SDK is loaded already, nor where there is none.
    """
    spec = None if SDK in sys.modules else find_spec(SDK)
    for place in (spec.submodule_search_locations if spec else None) or ():
        for name in _PACKAGES:
            package = sys.modules.setdefault(name, ModuleType(name))
            package.__path__ = [str(Path(place).parent.joinpath(*name.split(".")))]
    return spec is not None
