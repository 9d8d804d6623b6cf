"""Preflight: finds what will fail in a Pulumi deployment on AWS before anything is created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policy_pack.api import (
        CheckError,
        check_exports,
        check_files,
        check_plan,
        check_program,
        plan_program,
    )
    from policy_pack.linter.report import Report
    from policy_pack.model import Confidence, Finding, Plan, Severity

__version__ = "0.1.0"
__all__ = [
    "CheckError",
    "Confidence",
    "Finding",
    "Plan",
    "Report",
    "Severity",
    "__version__",
    "check_exports",
    "check_files",
    "check_plan",
    "check_program",
    "plan_program",
    "policies",
]

_MODEL = ("Confidence", "Finding", "Plan", "Severity")
_API = ("CheckError", "check_files", "check_plan", "check_program", "check_exports", "plan_program")
_HOMES = (
    dict.fromkeys(_API, "policy_pack.api")
    | dict.fromkeys(_MODEL, "policy_pack.model")
    | {"Report": "policy_pack.linter.report"}
)


def __getattr__(name: str) -> Any:
    """Import what is asked for, and not before: every command starts by importing this package."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def policies(*names: str) -> list[Any]:
    """The rules of some names, by default all that judge resources, as policies for any `PolicyPack(…)`.

    Raises ValueError for a name that no rule has, ImportError without `pulumi_policy`.
    """
    import importlib

    found: list[Any] = importlib.import_module("policy_pack.crossguard.policies").policies(*names)
    return found
