"""The files of `rules_data/` are in the one form that the builder writes."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from policy_pack.catalog.store import ROOT
from policy_pack.refresh.__main__ import BUILDERS
from policy_pack.refresh.packages import AWS_CDK_LIB, BOTOCORE, CFN_LINT, SQLFLUFF
from policy_pack.refresh.writing import Document, canonical

CATALOGS = sorted(ROOT.glob("*.json"))
BY_HAND = {"reserved_usernames.json"}
REQUIREMENTS = Path(__file__).parents[2] / ".ci" / "refresh-requirements.txt"


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_writing_a_catalog_again_changes_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert canonical(Document(**json.loads(text))) == text


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_a_catalog_has_one_record_a_line_under_a_complete_header(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    header = {key: value for key, value in document.items() if key != "records"}
    assert list(header) == ["about", "source", "fetched", "command", "scope"]
    assert all(isinstance(value, str) and value for value in header.values())
    assert datetime.date.fromisoformat(document["fetched"]) <= datetime.date(2026, 11, 22)
    assert document["records"]
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(header) + len(document["records"]) + 4


def test_every_catalog_is_built_or_kept_by_hand_and_described() -> None:
    built = {f"{name.replace('-', '_')}.json" for name in BUILDERS}
    assert {path.name for path in CATALOGS} == built | BY_HAND
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in readme for path in CATALOGS)


def test_a_built_catalog_names_the_command_that_builds_it() -> None:
    for name in BUILDERS:
        document = json.loads((ROOT / f"{name.replace('-', '_')}.json").read_text(encoding="utf-8"))
        assert document["command"] == f"python -m policy_pack.refresh {name}"


@pytest.mark.parametrize(
    "package", [AWS_CDK_LIB, BOTOCORE, CFN_LINT, SQLFLUFF], ids=lambda package: package.name
)
def test_the_packages_are_pinned_alike_in_the_builder_and_in_the_requirements(package: object) -> None:
    name, version, _ = str(package).split()
    requirements = REQUIREMENTS.read_text(encoding="utf-8")
    assert f"\n{name}=={version} \\\n" in requirements


def test_the_requirements_name_no_host() -> None:
    assert "://" not in REQUIREMENTS.read_text(encoding="utf-8")


def test_engine_versions_leave_out_bare_majors() -> None:
    records = json.loads((ROOT / "rds_engine_versions.json").read_text(encoding="utf-8"))["records"]
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
