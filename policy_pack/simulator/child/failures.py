"""Describes an exception: where it was raised, what is to blame, whether a made-up value can be the cause."""

from __future__ import annotations

import re
from types import FrameType
from typing import Any

from .culprits import find_culprit, statement_span
from .records import UserCode
from .structs import texts

# What no made-up argument can cause: predictions are plain texts, numbers, lists and dictionaries.
_CERTAIN_TYPE_ERRORS = re.compile(
    r"is not JSON serializable|missing \d+ required|unexpected keyword argument|takes (no|\d+|from \d+)"
    r"|got multiple values for|'?\"?Output'?\"?( object)? (is not|object|found)|\(not \"Output\"\)"
    r"|of type 'Output' has no|Output.* and |and '?Output|not Output\b|expected str instance, Output"
)
# The same program says the same: where an object lies in memory is another place in each run.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
MAX_TEXT = 400


def describe(error: BaseException, user: UserCode, made_up: set[str]) -> dict[str, Any]:
    """The fields of a failure record: exception, message, frames, certainty, the culprit and its place."""
    place = user.innermost(error.__traceback__)
    fields: dict[str, Any] = {
        "exception": type(error).__name__,
        "message": _ADDRESS.sub("", str(error))[:MAX_TEXT],
        "frames": user.traceback_frames(error.__traceback__),
        "certain": _is_certain(error),
        "made_up": place is not None and _holds_made_up(place.tb_frame, made_up),
        "culprit": None,
        "span": None,
    }
    if place is not None:
        fields["span"] = statement_span(place)
        fields["culprit"] = find_culprit(place, error, user)
    return fields


def _is_certain(error: BaseException) -> bool:
    text = str(error)
    if isinstance(error, TypeError):
        return bool(_CERTAIN_TYPE_ERRORS.search(text))
    if isinstance(error, AttributeError):
        return text.startswith("module ") or "'Output' object" in text
    return type(error) is NameError or isinstance(error, ImportError)


def _holds_made_up(frame: FrameType, made_up: set[str]) -> bool:
    """Whether a made-up text stands in the frame's local values, two levels deep."""
    for value in list(frame.f_locals.values()):
        for text in texts(value if isinstance(value, (str, list, tuple, dict)) else None):
            if text in made_up or any(item in text for item in made_up):
                return True
    return False
