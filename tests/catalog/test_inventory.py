"""Which catalogs there are, where refreshed ones lie, and which facts are in force."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

import pytest

from policy_pack.catalog import CatalogError, Catalogs, Change, Overlay, kinds
from policy_pack.catalog.files import header, read
from policy_pack.catalog.inventory import Holding, inventory
from policy_pack.catalog.places import refreshed_facts
from policy_pack.catalog.store import ROOT
from policy_pack.refresh.live.publishing import facts_directory

SHIPPED = datetime.date(2026, 10, 20)
TODAY = datetime.date(2026, 11, 22)


def answered(root: Path, **regions: str) -> Path:
    """The header of a refresh of RDS's versions, with the day of each region."""
    texts = dict.fromkeys(("about", "source", "command", "scope"), "x")
    path = root / "versions" / "rds.json"
    path.parent.mkdir(parents=True)
    days = {region.replace("_", "-"): day for region, day in regions.items()}
    path.write_text(json.dumps({**texts, "fetched": min(days.values()), "regions": days, "records": {}}))
    return root


def test_every_shipped_catalog_has_its_form() -> None:
    for name in kinds.names(ROOT):
        path = ROOT / f"{name}.json"
        file, found = read(path, kinds.form(name)), header(path)
        said = (file.source, file.fetched, file.max_age_days)
        assert (found.source, found.fetched, found.max_age_days) == said, name


def test_a_header_that_is_cut_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "zones.json"
    path.write_text('{\n  "about": "a",\n  "records": {"a": 3}\n}\n')
    with pytest.raises(CatalogError, match=r"zones\.json.*source"):
        header(path)


def test_what_is_shipped_is_one_line_a_catalog() -> None:
    found = inventory(Catalogs())
    names = [each.catalog for each in found]
    assert names == sorted({"iam_actions" if "iam_actions" in name else name for name in kinds.names(ROOT)})
    assert {each.origin for each in found} == {"shipped"}
    assert Holding("versions/rds", "shipped", "us-east-1 only", SHIPPED, 60) in found
    assert Holding("instances/ec2", "shipped", "38 regions", SHIPPED, 90) in found


def test_refreshed_facts_show_where_and_since_when_they_hold(tmp_path: Path) -> None:
    user = answered(tmp_path / "user", eu_west_1="2026-11-01", eu_west_2="2026-10-19", eu_west_3="2026-11-01")
    project = answered(tmp_path / "project", eu_west_1="2026-11-20")
    changes = {"versions/rds": {"mysql 8.0.1": Change("available", "ours")}, "iam_actions/s3": {}}
    catalogs = Catalogs(refreshed=[user, project], overlay=Overlay(Path("facts.toml"), changes))
    assert [each for each in inventory(catalogs) if each.catalog == "versions/rds"] == [
        Holding("versions/rds", "shipped", "us-east-1 only", SHIPPED, 60),
        Holding("versions/rds", "refreshed", "eu-west-3", datetime.date(2026, 11, 1), 60),
        Holding("versions/rds", "refreshed", "eu-west-1", datetime.date(2026, 11, 20), 60),
        Holding("versions/rds", "overlay", "mysql 8.0.1: ours"),
    ]


@pytest.mark.parametrize(("days", "past"), [(0, False), (60, False), (61, True)])
def test_facts_are_past_their_limit_on_the_day_after_it(days: int, past: bool) -> None:
    today = SHIPPED + datetime.timedelta(days)
    holding = Holding("versions/rds", "shipped", "all", SHIPPED, 60)
    assert (holding.age(today), holding.is_past(today)) == (days, past)
    assert not Holding("regions", "shipped", "all", SHIPPED, None).is_past(datetime.date(2036, 1, 1))
    assert Holding("zones", "overlay", "eu-west-1d: ours").age(today) is None


def test_the_projects_facts_come_after_the_users(tmp_path: Path) -> None:
    environment = {"XDG_DATA_HOME": str(tmp_path / "data")}
    program = tmp_path / "repository" / "stack"
    program.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    assert refreshed_facts(program, environment) == ()
    user, project = tmp_path / "data/preflight/facts", tmp_path / "repository/.preflight/facts"
    for place in (user, project):
        # Where a refresh would write next is the place that is read last.
        place.mkdir(parents=True)
        assert refreshed_facts(program, environment)[-1] == place == facts_directory(program, environment)
    assert refreshed_facts(program, environment) == (user, project)
    assert refreshed_facts(None, environment) == (user,)


def test_facts_beyond_the_repository_are_not_the_projects(tmp_path: Path) -> None:
    (tmp_path / ".preflight" / "facts").mkdir(parents=True)
    program = tmp_path / "repository"
    (program / ".git").mkdir(parents=True)
    assert refreshed_facts(program, {"XDG_DATA_HOME": str(tmp_path)}) == ()


def test_a_home_that_may_not_be_entered_holds_no_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", refuse)
    assert refreshed_facts(None, {"XDG_DATA_HOME": str(tmp_path)}) == ()
