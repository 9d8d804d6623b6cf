"""Output formats, one file each. A format is a function from a report to text."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policy_pack.linter.report import Report

FORMATS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit")
MACHINE_FORMATS = frozenset(FORMATS) - {"full", "concise"}


def render(report: Report, output_format: str, color: bool) -> str:
    """The report as text in one of `FORMATS`, without the summary line that people read."""
    name = output_format.replace("-", "_")
    module = importlib.import_module(f"{__name__}.{name}_format")
    text: Callable[[Report, bool], str] = module.render
    return text(report, color)
