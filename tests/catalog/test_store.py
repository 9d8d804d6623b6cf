from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from policy_pack.catalog import CatalogError, Catalogs
from policy_pack.catalog.store import ROOT

HEADER = (
    '{\n  "about": "a",\n  "source": "s",\n  "fetched": "2026-01-02",\n  "command": "c",\n  "scope": "x",\n'
)
WITH_DEFECT = [
    (
        "versions/rds",
        '    "mysql 8.0.1": {"one": "listed"},\n    "mysql 8.0.2": {"one": "gone"}',
        9,
        "gone",
    ),
    ("versions/rds", '    "mysql 8.0.1": {"one": "listed"},\n    "mysql": {}', 9, "`mysql`"),
    (
        "versions/rds",
        '    "mysql 8.0.1": {"one": "listed"},\n    "mysql 8.0.2": {"one": 3}',
        9,
        "mysql 8.0.2",
    ),
    ("regions", '    "aws": {"dns_suffix": "a", "regex": "(", "regions": {}}', 8, "regular expression"),
    ("regions", '    "aws": {"dns_suffix": "a", "regions": {}}', 8, "regex"),
    ("fargate_sizes", '    "256": [],\n    "512": [{"highest": 1, "lowest": 1, "step": 0}]', 9, "step"),
    ("fargate_sizes", '    "256": [],\n    "half": []', 9, "half"),
    ("sql_reserved_words", '    "ALL": ["mysql"],\n    "AND": "mysql"', 9, "AND"),
    ("reserved_usernames", '    "mysql a": {"checked": "soon"}', 8, "mysql a"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "data"))


def read(root: Path, name: str) -> CatalogError:
    """Read the catalog of a file; the error it raises."""
    catalogs = Catalogs(root)
    family, _, service = name.partition("/")
    attribute = {"sql_reserved_words": "reserved_usernames"}.get(family, family)
    with pytest.raises(CatalogError) as caught:
        _ = getattr(catalogs, attribute)(service) if service else getattr(catalogs, attribute)
    assert caught.value.path == root / f"{name}.json"
    return caught.value


@pytest.mark.parametrize(("name", "records", "line", "says"), WITH_DEFECT)
def test_a_wrong_record_is_named_with_its_line(
    root: Path, name: str, records: str, line: int, says: str
) -> None:
    (root / f"{name}.json").write_text(f'{HEADER}  "records": {{\n{records}\n  }}\n}}\n')
    error = read(root, name)
    assert error.line == line
    assert says in error.problem
    assert str(error) == f"{root / name}.json:{line}: {error.problem}"


@pytest.mark.parametrize("name", ["versions/rds", "regions", "fargate_sizes", "sql_reserved_words"])
def test_a_truncated_file_is_named_with_the_line_where_it_ends(root: Path, name: str) -> None:
    path = root / f"{name}.json"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[: len(whole) // 2], encoding="utf-8")
    error = read(root, name)
    assert error.line == whole[: len(whole) // 2].count("\n") + 1
    assert "JSON" in error.problem


def test_a_wrong_header_is_named_with_its_line(root: Path) -> None:
    path = root / "regions.json"
    path.write_text(path.read_text().replace('"fetched": "2026-11-17"', '"fetched": "lately"'))
    assert read(root, "regions").line == 4


def test_a_header_that_lacks_a_field_is_named(root: Path) -> None:
    path = root / "regions.json"
    path.write_text(path.read_text().replace('"scope"', '"scoop"'))
    assert "scope" in read(root, "regions").problem


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b'{"records": 3}', b"\xff", b'{\n"about": "\xff"}'])
def test_whatever_stands_in_the_file_the_error_is_ours(root: Path, content: bytes) -> None:
    (root / "fargate_sizes.json").write_bytes(content)
    assert read(root, "fargate_sizes").line in (1, 2)


def test_a_missing_file_is_named(root: Path) -> None:
    (root / "regions.json").unlink()
    error = read(root, "regions")
    assert error.line is None
    assert str(error).startswith(str(root / "regions.json"))


def test_the_oldest_catalog_used_is_the_oldest_of_those_read(root: Path) -> None:
    catalogs = Catalogs(root)
    assert catalogs.oldest_used() is None
    assert catalogs.regions
    assert catalogs.oldest_used() == "2026-11-17"
    assert catalogs.fargate_sizes
    assert catalogs.oldest_used() == "2026-10-20"
    assert catalogs.reserved_usernames
    assert catalogs.oldest_used() == "2026-10-20"


def test_each_file_is_read_once_and_only_when_asked_for(root: Path) -> None:
    catalogs = Catalogs(root)
    sizes = catalogs.fargate_sizes
    shutil.rmtree(root)
    assert catalogs.fargate_sizes is sizes
    with pytest.raises(CatalogError):
        assert catalogs.regions


def test_importing_the_package_imports_no_reader() -> None:
    program = (
        "import sys, json; from policy_pack.catalog import Facts; print(json.dumps(sorted(sys.modules)))"
    )
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    )
    heavy = {"yaml", "importlib.metadata", "policy_pack.catalog.engine_versions"}
    assert heavy.isdisjoint(loaded)


def test_every_public_name_can_be_imported() -> None:
    import policy_pack.catalog as package

    assert {getattr(package, name).__name__ for name in package.__all__} == set(package.__all__)
    with pytest.raises(AttributeError):
        _ = package.NoSuchName  # type: ignore[attr-defined]
