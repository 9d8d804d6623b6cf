from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.refresh.writing import Document, canonical, write

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


def made(records: dict[str, object]) -> Document:
    return Document("about", "source", "2026-01-02", "command", "scope", records)


def test_the_form() -> None:
    assert canonical(made({"b": {"y": 1, "x": "é"}, "a": []})) == (
        '{\n  "about": "about",\n  "source": "source",\n  "fetched": "2026-01-02",\n'
        '  "command": "command",\n  "scope": "scope",\n  "records": {\n'
        '    "a": [],\n    "b": {"x": "é", "y": 1}\n  }\n}\n'
    )


@given(st.dictionaries(st.text(min_size=1), json_values, min_size=1))
def test_it_is_json_with_one_record_a_line_whatever_the_order(records: dict[str, object]) -> None:
    text = canonical(made(records))
    assert json.loads(text)["records"] == records
    assert text.count("\n") == len(records) + 9
    assert canonical(made(dict(reversed(records.items())))) == text
    assert canonical(Document(**json.loads(text))) == text


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    path.write_text("old")
    before = path.stat().st_ino
    write(path, "né\n")
    assert path.read_bytes() == "né\n".encode()
    assert path.stat().st_ino != before
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("disk full")

    path = tmp_path / "catalog.json"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
