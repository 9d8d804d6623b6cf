"""Preflight: finds what will fail in a Pulumi deployment on AWS before anything is created."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "policies"]


def policies(*names: str) -> list[Any]:
    """The rules of some names, by default all that judge resources, as policies for any `PolicyPack(…)`.

    Raises ValueError for a name that no rule has, ImportError without `pulumi_policy`.
    """
    import importlib

    # Whoever imports this package must not load what only a pack needs.
    found: list[Any] = importlib.import_module("policy_pack.crossguard.policies").policies(*names)
    return found
