"""Turns files that Pulumi writes into plans."""

from __future__ import annotations

import re
from pathlib import Path

from policy_pack.intake import preview, stack_export
from policy_pack.intake.document import STDIN, Document, StateError, open_document
from policy_pack.intake.stack_export import read_state
from policy_pack.model import Plan

__all__ = ["STDIN", "StateError", "is_plan", "read_plan", "read_state"]

_HEAD = 4096
_SIGNS = re.compile(rb'"(?:deployment|checkpoint|changeSummary|steps|preludeEvent)"\s*:')


def read_plan(name: str) -> Plan:
    """The plan of a file, recognised by what it holds; `-` is standard input.

    Raises:
        StateError: it cannot be read, or is neither a preview nor a state of a known version.
    """
    document = open_document(name)
    if document.has(*stack_export.KEYS):
        return stack_export.state_of(document)
    if _is_preview(document):
        return preview.preview_of(document)
    raise StateError(f"`{name}` is output neither of `pulumi preview --json` nor of `pulumi stack export`")


def is_plan(path: Path) -> bool:
    """Whether a file is one for `read_plan`, or was one before it was cut off."""
    try:
        document = open_document(str(path))
    except StateError:
        try:
            with path.open("rb") as file:
                return bool(_SIGNS.search(file.read(_HEAD)))
        except OSError:
            return False
    return document.has(*stack_export.KEYS) or _is_preview(document)


def _is_preview(document: Document) -> bool:
    return all(document.has(key) for key in preview.KEYS)
