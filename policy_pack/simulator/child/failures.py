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
    r"|^Missing required property|of type 'Output' has no"
    r"|Output.* and |and '?Output|not Output\b|expected str instance, Output"
)
# The same program says the same: where an object lies in memory is another place in each run.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
MAX_TEXT = 400
_KEY_OF_OUTPUT = "an `Output` is the key of a dictionary, where a text has to be"


def describe(error: BaseException, user: UserCode, made_up: set[str]) -> dict[str, Any]:
    """The fields of a failure record: exception, message, frames, certainty, the culprit and its place."""
    place = user.innermost(error.__traceback__)
    message = _KEY_OF_OUTPUT if _has_output_as_key(error) else str(error)
    fields: dict[str, Any] = {
        "exception": type(error).__name__,
        "message": _ADDRESS.sub("", message)[:MAX_TEXT],
        "frames": user.traceback_frames(error.__traceback__),
        "certain": message is _KEY_OF_OUTPUT or _is_certain(error),
        "made_up": place is not None and _holds_made_up(place.tb_frame, made_up),
        "culprit": None,
        "span": None,
    }
    if place is not None:
        fields["span"] = statement_span(place)
        fields["culprit"] = find_culprit(place, error, user)
    return fields


def _has_output_as_key(error: BaseException) -> bool:
    """Whether the SDK was sent a dictionary with an `Output` as a key; the message does not say so."""
    trace = error.__traceback__ if str(error).startswith("bad argument type for built-in") else None
    while trace is not None:
        for value in list(trace.tb_frame.f_locals.values()):
            if type(value) is dict and any(type(key).__name__ == "Output" for key in value):
                return True
        trace = trace.tb_next
    return False


def _is_certain(error: BaseException) -> bool:
    text = str(error)
    if isinstance(error, TypeError):
        return bool(_CERTAIN_TYPE_ERRORS.search(text))
    if isinstance(error, AttributeError):
        return text.startswith("module ") or "'Output' object" in text
    if isinstance(error, RuntimeError):
        return text.startswith("We have detected a circular dependency")
    return type(error) is NameError or isinstance(error, ImportError)


def _holds_made_up(frame: FrameType, made_up: set[str]) -> bool:
    """Whether a made-up text stands in the frame's local values, two levels deep."""
    for value in list(frame.f_locals.values()):
        for text in texts(value if isinstance(value, (str, list, tuple, dict)) else None):
            if text in made_up or any(item in text for item in made_up):
                return True
    return False
