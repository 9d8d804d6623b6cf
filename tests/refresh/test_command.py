from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from policy_pack.refresh import __main__ as command
from policy_pack.refresh import packages
from policy_pack.refresh.packages import Package, RefreshError, read
from policy_pack.refresh.writing import Document


@pytest.fixture(autouse=True)
def builders(monkeypatch: pytest.MonkeyPatch) -> None:
    def built(name: str) -> Document:
        return Document(name, "source", "2026-01-02", "command", "scope", {"a": 1})

    made = {
        "one-thing": lambda: {"one_thing": built("one")},
        "other-things": lambda: {"other_things": built("other")},
    }
    monkeypatch.setattr(command, "BUILDERS", made)


def run(root: Path, *arguments: str) -> int:
    return command.main([*arguments, "--output", str(root)])


def test_it_writes_all_catalogs_and_then_finds_them_unchanged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path) == 0
    assert capsys.readouterr().out == "one_thing.json: written\nother_things.json: written\n"
    assert run(tmp_path) == 0
    assert capsys.readouterr().out == "one_thing.json: unchanged\nother_things.json: unchanged\n"


def test_it_writes_only_the_named_catalog(tmp_path: Path) -> None:
    assert run(tmp_path, "one-thing") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["one_thing.json"]


def test_checking_writes_nothing_and_tells_by_the_exit_code(tmp_path: Path) -> None:
    assert run(tmp_path, "--check") == 1
    assert list(tmp_path.iterdir()) == []
    assert run(tmp_path, "one-thing") == 0
    assert run(tmp_path, "one-thing", "--check") == 0
    (tmp_path / "one_thing.json").write_text("{}")
    assert run(tmp_path, "one-thing", "--check") == 1
    assert (tmp_path / "one_thing.json").read_text() == "{}"


def test_an_unknown_catalog_is_bad_usage_and_the_known_ones_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(tmp_path, "one-thin")
    assert caught.value.code == 2
    assert "one-thing" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent() -> dict[str, Document]:
        raise RefreshError("botocore 1 is not installed")

    monkeypatch.setattr(command, "BUILDERS", {"one-thing": absent})
    assert run(tmp_path) == 2
    assert "botocore 1 is not installed" in capsys.readouterr().err


def test_files_are_read_from_the_pinned_version_only() -> None:
    version = importlib.metadata.version("pytest")
    assert b"pytest" in read(Package("pytest", version, "2026-01-02"), "pytest/__init__.py")
    with pytest.raises(RefreshError, match=r"pinned is 0\.1"):
        read(Package("pytest", "0.1", "2026-01-02"), "pytest/__init__.py")
    with pytest.raises(RefreshError, match=r"no file pytest/none\.py"):
        read(Package("pytest", version, "2026-01-02"), "pytest/none.py")
    with pytest.raises(RefreshError, match=r"not installed; install \.ci/refresh-requirements\.txt"):
        read(Package("no-such-package", "1", "2026-01-02"), "x")


def test_every_pinned_package_has_a_date() -> None:
    pinned = [each for each in vars(packages).values() if isinstance(each, Package)]
    assert len(pinned) == 8
    assert all(each.date.startswith("2026-") for each in pinned)


def test_a_catalog_that_shrinks_is_refused_until_it_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(count: int) -> None:
        document = Document("a", "s", "2026-01-02", "c", "x", {str(key): 1 for key in range(count)})
        monkeypatch.setattr(command, "BUILDERS", {"many": lambda: {"deep/many": document}})

    build(10)
    assert run(tmp_path) == 0
    build(8)
    assert run(tmp_path) == 0
    build(6)
    assert run(tmp_path) == 2
    assert "shrink from 8 to 6" in capsys.readouterr().err
    assert '"7"' in (tmp_path / "deep" / "many.json").read_text()
    assert run(tmp_path, "--accept-shrink") == 0
