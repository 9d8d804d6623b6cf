"""What comes back from a child. A program can write into the pipe too, so nothing of it is taken on trust.

A record is kept when it has the fields of its kind, each of its type; fields beyond those are kept as they
are. What is kept is bounded, whatever a program sends.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, Literal, TypedDict

import msgspec

LINE_BYTES = 8 << 20
# An estimate, so that two passes and what is made of them stay below 150 MB.
MEMORY_BYTES = 56 << 20
_VALUE_BYTES, _QUOTE_BYTES = 56, 4
_DEPTH = 64
_KIND = re.compile(rb'\s*\{"kind": ?"([a-z-]+)"')
# A frame leads to a line that may be shown: of source, not of any file.
_SOURCE = re.compile(r"/.*\.(?:py|pyw|[cm]?[jt]s|[jt]sx)", re.DOTALL)
_LAST_LINE = 10_000_000
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class _Options(TypedDict, total=False):
    """The options that are set."""

    protect: bool
    ignore_changes: list[str]
    aliases: list[str]
    replace_on_changes: list[str]
    import_id: str
    retain_on_delete: bool
    delete_before_replace: bool
    additional_secret_outputs: list[str]
    deleted_with: str
    replace_with: list[str]
    custom_timeouts: dict[str, str]


class _Registration(_Options):
    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    parent: str | None
    provider: str | None
    dependencies: list[str]
    property_dependencies: dict[str, list[str]]
    frames: list[Any]


class _Resource(_Registration):
    custom: bool
    remote: bool


class _Read(_Registration):
    id: str


class _Invoke(TypedDict):
    token: str
    arguments: dict[str, Any] | None
    provider: str | None
    made_up: list[str]
    frames: list[Any]


class _Outputs(TypedDict):
    urn: str
    outputs: dict[str, Any]


class _Culprit(TypedDict):
    text: str
    path: str
    span: list[int]


class _Failure(TypedDict):
    exception: str
    message: str
    certain: bool
    made_up: bool
    callback: bool
    culprit: _Culprit | None
    span: list[int] | None
    created: list[Any]
    frames: list[Any]


class _Stringified(TypedDict):
    number: int
    frames: list[Any]


class _Blocked(TypedDict):
    act: str
    frames: list[Any]


class _ConfigKey(TypedDict):
    key: str
    predicted: bool


class _Config(_ConfigKey, total=False):
    frames: list[Any]


class _Export(TypedDict):
    name: str
    frames: list[Any]


class _MadeUp(TypedDict):
    texts: list[str]
    scalars: list[str | int | float | bool]


class _Sandbox(TypedDict):
    missing: list[str]


class _Ask(TypedDict):
    stack: str


class _InternalError(TypedDict):
    detail: str


class _Fault(TypedDict, total=False):
    exception: str
    message: str
    module: str
    missing: str | None
    span: list[int] | None
    frames: list[Any]


class _Ending(TypedDict):
    status: Literal["complete", "failed", "exited", "time-limit"]
    fault: _Fault | None


class _End(_Ending, total=False):
    applies: int
    applies_run: int
    modules: list[str]


SCHEMAS: dict[str, Any] = {
    "resource": _Resource,
    "read": _Read,
    "invoke": _Invoke,
    "outputs": _Outputs,
    "failure": _Failure,
    "stringified": _Stringified,
    "blocked": _Blocked,
    "config": _Config,
    "export": _Export,
    "made-up": _MadeUp,
    "sandbox": _Sandbox,
    "ask": _Ask,
    "internal-error": _InternalError,
    "end": _End,
}


class RecordError(ValueError):
    """A line that is no record. Says what is wrong with it."""


class Records:
    """The records of one pass as they come in. `rejected` tells of the first line that was none."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.end: dict[str, Any] | None = None
        self.rejected: str | None = None
        self._taken = 0

    def take(self, line: bytes) -> bool:
        """Keep the record that a line holds. False when the program has sent more than can be kept."""
        self._taken += _memory(line)
        if len(line) > LINE_BYTES or self._taken > MEMORY_BYTES:
            return False
        if line.strip():
            try:
                record = parsed(line)
            except RecordError as error:
                self.rejected = self.rejected or str(error)
                return True
            if record["kind"] == "end":
                self.end = record
            else:
                self.kept.append(record)
        return True

    def question(self) -> dict[str, Any] | None:
        """The last record if the child waits for an answer to it; it is not kept."""
        return self.kept.pop() if self.kept and self.kept[-1]["kind"] == "ask" else None


def _memory(line: bytes) -> int:
    """About how many bytes a line takes once it is decoded; seldom less."""
    values = line.count(b",") + line.count(b"[") + 3 * line.count(b"{")
    # One character beyond the usual makes Python keep four bytes for each.
    is_plain = line.isascii() and b"\\u" not in line
    return len(line) * (1 if is_plain else 5) + values * _VALUE_BYTES + line.count(b'"') * _QUOTE_BYTES


def parsed(line: bytes) -> dict[str, Any]:
    """The record that a line holds. Raises RecordError when it holds none."""
    kind = _KIND.match(line)
    if kind is None:
        raise RecordError("a line is no record")
    try:
        record = _decoded(line)
        if not isinstance(record, dict):
            raise RecordError("it is no object")
        if line.count(b"[") + line.count(b"{") > _DEPTH and _is_deeper(record, _DEPTH):
            raise RecordError("it is too deep")
        schema = SCHEMAS.get(record["kind"])
        if schema is not None:
            msgspec.convert(record, schema)
    except (ValueError, TypeError, RecursionError, KeyError) as error:
        raise RecordError(f"a record of the kind `{kind[1].decode()}`: {error}") from error
    _keep_source_frames(record)
    return record


def _decoded(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Half characters and numbers that are none, which Python writes and JSON does not have.
        return _mended(json.loads(line.decode("utf-8", "replace"), parse_constant=str), _DEPTH)


def _mended(value: Any, depth: int) -> Any:
    if depth < 0:
        raise RecordError("it is too deep")
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {_mended(key, depth): _mended(item, depth - 1) for key, item in value.items()}
    return value


def _is_deeper(value: Any, depth: int) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < 0 or any(_is_deeper(item, depth - 1) for item in items)


def _keep_source_frames(record: dict[str, Any]) -> None:
    """Leave out what does not lead to a line of source: the report shows the lines that records name."""
    fault = record.get("fault")
    for holder in (record, fault if isinstance(fault, dict) else {}):
        if "frames" in holder:
            # Ten thousand resources stand in few files.
            frames = [frame for frame in holder["frames"] if _is_frame(frame)]
            holder["frames"] = [[sys.intern(file), *rest] for file, *rest in frames]
        for key in ("span", "culprit"):
            if key in holder and not _is_place(holder[key]):
                holder[key] = None
    if "created" in record and not _is_frame(record["created"]):
        record["created"] = []
    if "modules" in record:
        record["modules"] = [path for path in record["modules"] if _SOURCE.fullmatch(path)]


def _is_frame(frame: Any) -> bool:
    return (
        isinstance(frame, list)
        and len(frame) in (3, 4)
        and isinstance(frame[0], str)
        and _SOURCE.fullmatch(frame[0]) is not None
        and isinstance(frame[2], str)
        and all(_is_line(number) for number in (frame[1], *frame[3:]))
    )


def _is_place(place: Any) -> bool:
    """Whether a span, `[line, column, end line, end column]` or the first of them, or a culprit has one."""
    if isinstance(place, dict):
        return _SOURCE.fullmatch(place["path"]) is not None and _is_place(place["span"])
    return isinstance(place, list) and 1 <= len(place) <= 4 and all(map(_is_line, place))


def _is_line(number: Any) -> bool:
    return type(number) is int and 0 < number < _LAST_LINE
