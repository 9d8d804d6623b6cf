"""JSON files of the engine's: mapped rather than read, since an export may be larger than the memory."""

from __future__ import annotations

import codecs
import mmap
import os
import re
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

STDIN = "-"
# What is smaller is read: a mapped file must not be cut short by somebody else.
MAPPED_FROM = 16 * 1024 * 1024

_STREAMING = "PULUMI_ENABLE_STREAMING_JSON_PREVIEW"
_EVENT = re.compile(rb'\s*\{"sequence":\s*\d+,\s*"timestamp":')
_HEAD = 256

_Part = TypeVar("_Part")


class StateError(Exception):
    """A file is no state or preview that can be read; the message names the file and what is wrong."""


@dataclass(frozen=True)
class Document:
    """A JSON object whose members are not decoded yet; `name` is how the file was given."""

    name: str
    members: Mapping[str, msgspec.Raw]

    def has(self, *keys: str) -> bool:
        """Whether one of some members is there."""
        return not self.members.keys().isdisjoint(keys)

    def part(self, key: str, kind: type[_Part], where: str = "") -> _Part | None:
        """A member as a type, None when it is not there or null. Raises StateError when it is not of that."""
        raw = self.members.get(key)
        return None if raw is None else self.decoded(raw, kind | None, f"{where}.{key}")

    def decoded(self, raw: msgspec.Raw, kind: Any, where: str) -> Any:
        """A part of the document as a type; `where` says which part. Raises StateError."""
        try:
            return msgspec.json.decode(raw, type=kind)
        except msgspec.ValidationError as error:
            raise StateError(f"`{self.name}` is no state: {_placed(str(error), where)}") from error
        except (ValueError, RecursionError) as error:
            raise StateError(f"`{self.name}` is no JSON at `${where}`") from error


def open_document(name: str) -> Document:
    """Read a file, or standard input where the name is `-`.

    Raises:
        StateError: it cannot be read, or holds no JSON object.
    """
    try:
        data = _data(sys.stdin.buffer) if name == STDIN else _file(Path(name))
    except OSError as error:
        raise StateError(f"`{name}` cannot be read: {error.strerror}") from error
    try:
        members = msgspec.json.decode(_utf8(data), type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        members = {}
    except (ValueError, RecursionError) as error:
        raise StateError(f"`{name}` {_other(data)}") from error
    return Document(name, members)


def _other(data: bytes | mmap.mmap) -> str:
    """What a file is that is not one JSON value."""
    if not _EVENT.match(data[:_HEAD]):
        return "is no JSON"
    return (
        "is a stream of the engine's events, which does not say what resources depend on: "
        f"write the preview without `{_STREAMING}`"
    )


def _file(path: Path) -> bytes | mmap.mmap:
    with path.open("rb") as file:
        return _data(file)


def _data(file: BinaryIO) -> bytes | mmap.mmap:
    status = os.fstat(file.fileno())
    if stat.S_ISREG(status.st_mode) and status.st_size >= MAPPED_FROM:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return file.read()


def _utf8(data: bytes | mmap.mmap) -> bytes | memoryview | mmap.mmap:
    """The data without a mark before it, and as UTF-8, which not every shell writes into a file."""
    if data[:3] == codecs.BOM_UTF8:
        return memoryview(data)[3:]
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return bytes(data).decode("utf-16").encode()
    return data


def _placed(message: str, where: str) -> str:
    """An error with its place in the whole document: msgspec knows the one in the part only."""
    said, at, place = message.partition(" - at `$")
    return f"{said} - at `${where}{place if at else '`'}"
