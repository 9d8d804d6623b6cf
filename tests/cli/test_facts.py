"""Whose facts `preflight check` judges by, and how `preflight config` shows them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from policy_pack.catalog.inventory import Holding
from policy_pack.cli.facts_table import facts_line, facts_table

from .harness import FLAW, FLAWED, SOUND, Directory

OVERRIDE = """\
[[facts.override]]
catalog = "versions/rds"
record = "postgres 15.3"
state = "available"
reason = "extended support contract"
"""
WITHDRAW = """\
[[facts.withdraw]]
catalog = "versions/rds"
record = "postgres 15.19"
reason = "it corrupts our indexes"
"""
HOLDINGS = (
    Holding("versions/rds", "shipped", "us-east-1 only", datetime.date(2026, 9, 1), 60),
    Holding("versions/rds", "refreshed", "eu-west-1", datetime.date(2026, 11, 20), 60),
    Holding("versions/rds", "overlay", "postgres 15.3: extended \x1b support"),
    Holding("regions", "shipped", "all partitions", datetime.date(2020, 1, 1)),
)
TODAY = datetime.date(2026, 11, 22)


@pytest.mark.slow
def test_a_version_that_the_user_vouches_for_is_clean(directory: Directory) -> None:
    directory.write(main=FLAWED)
    assert directory.check().code == 1
    directory.write(main=FLAWED, toml=OVERRIDE)
    result = directory.check()
    assert (result.code, result.findings) == (0, [])


@pytest.mark.slow
def test_a_finding_shows_why_the_user_has_withdrawn_a_version(directory: Directory) -> None:
    directory.write(main=SOUND)
    assert directory.check().code == 0
    directory.write(main=SOUND, toml=WITHDRAW)
    result = directory.check()
    (evidence,) = result.finding(FLAW)["evidence"]
    assert result.code == 1
    assert evidence["source"] == "your overlay `preflight.toml`: it corrupts our indexes"
    shown = directory.run("check", ".").out
    assert "evidence: your overlay `preflight.toml`: it corrupts our indexes" in shown


def test_every_program_is_judged_by_its_own_facts(directory: Directory) -> None:
    for name, toml in (("one", OVERRIDE), ("two", "")):
        (directory.path / name).mkdir()
        Directory(directory.path / name, directory.capsys).write(main=FLAWED, toml=toml)
    paths = {item["path"] for item in directory.check().report["findings"]}
    assert paths == {"two/__main__.py"}


def test_what_was_refreshed_in_the_project_holds(directory: Directory) -> None:
    directory.write(main=SOUND)
    refreshed(directory.path / ".preflight" / "facts")
    finding = directory.check().finding(FLAW)
    assert finding["evidence"][0]["fetched"] == "2099-01-01"
    rows = directory.run("config", "facts").out.splitlines()
    assert [row.split()[:3] for row in rows if "refreshed" in row] == [
        ["versions/rds", "refreshed", "2099-01-01"]
    ]


def refreshed(root: Path) -> None:
    """What AWS answered for eu-west-1: there is one version below and one above that of the program."""
    header: dict[str, Any] = dict.fromkeys(("about", "source", "command", "scope"), "AWS, live")
    header |= {"fetched": "2099-01-01", "regions": {"eu-west-1": "2099-01-01"}}
    records = {f"postgres {version}": [{"regions": "all"}] for version in ("15.18", "15.99")}
    (root / "versions").mkdir(parents=True)
    (root / "versions" / "rds.json").write_text(json.dumps({**header, "records": records}))


@pytest.mark.parametrize("command", ["check", "config"])
def test_facts_that_are_not_understood_stop_every_command(command: str, directory: Directory) -> None:
    directory.write(main=FLAWED, toml=OVERRIDE.replace("versions/rds", "versions/rsd"))
    result = directory.run(command)
    assert (result.code, result.out) == (2, "")
    assert "there is no catalog named `versions/rsd`; a similar one is `versions/rds`" in result.err


def test_the_facts_in_force_are_listed(directory: Directory) -> None:
    directory.write(toml=OVERRIDE)
    heading, *rows = directory.run("config", "facts").out.splitlines()
    assert heading.split() == ["catalog", "source", "date", "days", "old", "limit", "for"]
    (own,) = [row for row in rows if " overlay " in row]
    assert own.split(maxsplit=2) == ["versions/rds", "overlay", "postgres 15.3: extended support contract"]
    (line,) = [line for line in directory.run("config").out.splitlines() if line.startswith("facts = ")]
    shipped = len({row.split()[0] for row in rows})
    assert line.startswith(f'facts = "{shipped} catalogs shipped, 0 refreshed, 1 of your own, ')


def test_ages_are_those_of_the_given_day() -> None:
    assert list(facts_table(HOLDINGS, TODAY)) == [
        "catalog       source     date        days old  limit     for",
        "versions/rds  shipped    2026-09-01  82        60, past  us-east-1 only",
        "versions/rds  refreshed  2026-11-20  2         60        eu-west-1",
        "versions/rds  overlay                                    postgres 15.3: extended \\x1b support",
        "regions       shipped    2020-01-01  2517                all partitions",
    ]
    assert facts_line(HOLDINGS, TODAY) == (
        "2 catalogs shipped, 1 refreshed, 1 of your own, 1 past their limit"
    )
    assert facts_line(HOLDINGS, datetime.date(2026, 10, 31)).endswith("0 past their limit")
