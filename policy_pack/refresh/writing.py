"""The one form in which catalogs are written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Document:
    """A catalog as it is written: the header's fields in this order, then the records.

    `max_age_days`: how old the data may get before a finding should no longer rest on it unasked.
    """

    about: str
    source: str
    fetched: str
    command: str
    scope: str
    records: Mapping[str, object]
    max_age_days: int | None = None


@dataclass(frozen=True)
class RegionalDocument(Document):
    """A catalog of facts that differ by region; `regions` has the known ones with the date of each.

    `sets` are those sets of regions that several records share, by their names. `places` has the regions of
    each record where the records do not say them themselves, and they are not all.
    """

    regions: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    sets: Mapping[str, str] | None = field(default=None, kw_only=True)
    places: Mapping[str, str] | None = field(default=None, kw_only=True)


def canonical(document: Document) -> str:
    """The catalog as JSON: one record a line, sorted, so that a change reads as added and removed facts."""
    fields = {key: value for key, value in vars(document).items() if value is not None}
    blocks = {key: fields.pop(key) for key in ("sets", "records", "places") if key in fields}
    header = [f"  {_json(key)}: {_json(value)}" for key, value in fields.items()]
    return ",\n".join(["{\n" + header[0], *header[1:], *map(_block, blocks, blocks.values())]) + "\n}\n"


def _block(key: str, entries: Mapping[str, object]) -> str:
    """A field with one entry a line."""
    if not entries:
        return f"  {_json(key)}: {{}}"
    lines = [f"    {_json(key)}: {_json(value)}" for key, value in sorted(entries.items())]
    return f"  {_json(key)}: {{\n" + ",\n".join(lines) + "\n  }"


def write(path: Path, text: str) -> None:
    """Replace a file as a whole: whoever reads it meanwhile sees the old content or the new, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
