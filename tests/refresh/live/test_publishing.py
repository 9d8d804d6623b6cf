"""Where facts are kept, and how files are replaced."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from policy_pack.refresh.live import publishing
from policy_pack.refresh.live.publishing import facts_directory, locked, publish


def test_the_users_own_facts_are_kept_as_xdg_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert facts_directory(tmp_path, {"XDG_DATA_HOME": "/data"}) == Path("/data/preflight/facts")
    default = tmp_path / "home" / ".local" / "share" / "preflight" / "facts"
    assert facts_directory(tmp_path, {}) == default
    assert facts_directory(tmp_path, {"XDG_DATA_HOME": "relative"}) == default


def test_a_projects_facts_are_found_from_below_but_not_beyond_the_repository(tmp_path: Path) -> None:
    own = tmp_path / ".preflight" / "facts"
    own.mkdir(parents=True)
    below = tmp_path / "repository" / "stack"
    below.mkdir(parents=True)
    assert facts_directory(below, {}) == own
    (tmp_path / "repository" / ".git").touch()
    assert facts_directory(below, {"XDG_DATA_HOME": "/data"}) == Path("/data/preflight/facts")


def test_all_files_are_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("old")
    publish(tmp_path, {"a.json": "new", "versions/b.json": "new"})
    found = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*.json")}
    assert found == {"a.json": "new", "versions/b.json": "new"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "versions"]


def test_a_write_that_fails_replaces_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(path: Path, text: str) -> None:
        if path.name == "b.json":
            raise OSError(28, "No space left on device")
        path.write_text(text)

    monkeypatch.setattr(publishing, "write", write)
    (tmp_path / "a.json").write_text("old")
    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, {"a.json": "new", "b.json": "new"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text() == "old"


def test_the_lock_keeps_others_out_and_clears_what_killed_ones_left(tmp_path: Path) -> None:
    left = tmp_path / ".staging-x"
    left.mkdir()
    (left / "a.json").write_text("half")
    entered = threading.Event()

    def enter() -> None:
        with locked(tmp_path):
            entered.set()

    other = threading.Thread(target=enter)
    with locked(tmp_path):
        assert not left.exists()
        other.start()
        assert not entered.wait(0.1)
    other.join(10)
    assert entered.is_set()
