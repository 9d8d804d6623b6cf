"""The files of `rules_data/` are in the one form that the builder writes."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
from pathlib import Path

import pytest

from policy_pack.catalog.store import ROOT
from policy_pack.refresh import packages
from policy_pack.refresh.builders import BUILDERS
from policy_pack.refresh.checks import LIVE_ONLY, check
from policy_pack.refresh.packages import Package
from policy_pack.refresh.writing import Document, RegionalDocument, canonical

CATALOGS = sorted(ROOT.rglob("*.json"))
NAMES = [path.relative_to(ROOT).with_suffix("").as_posix() for path in CATALOGS]
# Of the many small files of one kind, all are one case.
MANY = "iam_actions/"
GROUPS = {
    name: [path for path, known in zip(CATALOGS, NAMES, strict=True) if known.startswith(name)]
    for name in dict.fromkeys(MANY if known.startswith(MANY) else known for known in NAMES)
}
for_each_group = pytest.mark.parametrize("paths", GROUPS.values(), ids=list(GROUPS))
FAMILIES = {name.partition("/")[0] for name in NAMES}
BLOCKS = {"sets", "records", "places"}
BY_HAND = {"iam_global_condition_keys", "reserved_names", "reserved_usernames"}
PACKAGES = [each for each in vars(packages).values() if isinstance(each, Package)]
PROJECT = Path(__file__).parents[2]
REQUIREMENTS = PROJECT / ".ci" / "refresh-requirements.txt"
REFRESHER = Path(os.environ.get("PREFLIGHT_REFRESH") or PROJECT / ".venv" / "refresh") / "bin" / "python"


def document(path: Path) -> Document:
    fields = json.loads(path.read_text(encoding="utf-8"))
    return RegionalDocument(**fields) if "regions" in fields else Document(**fields)


@for_each_group
def test_writing_a_catalog_again_changes_nothing(paths: list[Path]) -> None:
    for path in paths:
        assert canonical(document(path)) == path.read_text(encoding="utf-8")


@for_each_group
def test_a_catalog_has_one_record_a_line_under_a_complete_header(paths: list[Path]) -> None:
    for path in paths:
        assert_complete(path)


def assert_complete(path: Path) -> None:
    fields = json.loads(path.read_text(encoding="utf-8"))
    header = {key: value for key, value in fields.items() if key not in BLOCKS}
    assert list(header)[:5] == ["about", "source", "fetched", "command", "scope"]
    assert set(list(header)[5:]) <= {"max_age_days", "regions"}
    assert all(header.values())
    assert datetime.date.fromisoformat(fields["fetched"]) <= datetime.date(2026, 11, 22)
    lines = len(path.read_text(encoding="utf-8").splitlines())
    lines -= sum(len(fields[key]) + 2 for key in BLOCKS - {"records"} if key in fields)
    if fields["scope"].startswith(LIVE_ONLY):
        assert (fields["records"], lines) == ({}, len(header) + 3)
    else:
        assert fields["records"]
        assert lines == len(header) + len(fields["records"]) + 4


@for_each_group
def test_a_catalog_passes_the_checks_of_the_builder(paths: list[Path]) -> None:
    for path in paths:
        name = path.relative_to(ROOT).with_suffix("").as_posix()
        check(name, document(path), before=len(document(path).records))


@for_each_group
def test_every_set_of_regions_is_named_once_and_used(paths: list[Path]) -> None:
    for path in paths:
        assert_sets(path)


def assert_sets(path: Path) -> None:
    fields = json.loads(path.read_text(encoding="utf-8"))
    if "regions" in fields:
        offers = (offer["regions"] for offers in fields["records"].values() for offer in offers)
        used = set(fields["places"].values() if "places" in fields else offers)
        sets = fields.get("sets", {})
        assert sets.keys() == {text for text in used if text.startswith("#")}
        assert len(set(sets.values())) == len(sets)
        assert used.isdisjoint(sets.values())


def test_every_catalog_is_built_or_kept_by_hand_and_described() -> None:
    built = {name.replace("-", "_").partition("/")[0] for name in BUILDERS}
    assert built | BY_HAND == FAMILIES
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in FAMILIES if f"`{name}.json`" not in readme and f"`{name}/`" not in readme]
    assert not missing


def test_a_built_catalog_names_the_command_that_builds_it() -> None:
    for path, name in zip(CATALOGS, NAMES, strict=True):
        if name not in BY_HAND:
            command = json.loads(path.read_text(encoding="utf-8"))["command"]
            assert command.removeprefix("python -m policy_pack.refresh ") in BUILDERS


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_the_packages_are_pinned_alike_in_the_builder_and_in_the_requirements(package: Package) -> None:
    requirements = REQUIREMENTS.read_text(encoding="utf-8")
    assert f"{package.name}=={package.version} \\\n" in requirements


@pytest.mark.slow
@pytest.mark.skipif(not REFRESHER.exists(), reason="needs `make .venv/refresh/installed`")
def test_the_committed_files_are_what_the_builder_makes(tmp_path: Path) -> None:
    command = [REFRESHER, "-m", "policy_pack.refresh", "--output", tmp_path]
    subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, timeout=600)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.json")}
    kept = {path.relative_to(ROOT): path.read_bytes() for path in CATALOGS if path.stem not in BY_HAND}
    assert made.keys() == kept.keys()
    assert [path.as_posix() for path in made if made[path] != kept[path]] == []


def test_the_requirements_name_no_host() -> None:
    assert "://" not in REQUIREMENTS.read_text(encoding="utf-8")


def test_engine_versions_leave_out_bare_majors() -> None:
    records = json.loads((ROOT / "versions/rds.json").read_text(encoding="utf-8"))["records"]
    bare = {
        "aurora-postgresql 15",
        "aurora-postgresql 9",
        "aurora-mysql 8.0",
        "postgres 18",
        "sqlserver-* 15.00",
    }
    assert bare.isdisjoint(records)
    assert records["aurora-postgresql 15.3"] == {"aws-cdk-lib": "withdrawn", "cfn-lint": "withdrawn"}


def test_names_kept_by_hand_each_have_a_source() -> None:
    records = json.loads((ROOT / "reserved_usernames.json").read_text(encoding="utf-8"))["records"]
    assert all(record["url"].startswith("https://") and record["source"] for record in records.values())
