"""`[facts]` of the configuration: what it may say, and over what it stands."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest

from policy_pack.catalog import Catalogs, Change, State, Verdict
from policy_pack.linter.config import ConfigError, find_config
from policy_pack.linter.facts import catalogs_for
from policy_pack.linter.overlay import overlay
from policy_pack.rules.rds.engine_version_unavailable import EngineVersionUnavailable

from .harness import plan, report, resource

ENGINE = "aurora-postgresql"
OVERRIDE = f"""\
[[facts.override]]
catalog = "versions/rds"
record = "{ENGINE} 15.3"
state = "available"
reason = "extended support contract"
"""
WITHDRAW = OVERRIDE.replace("override", "withdraw").replace('state = "available"\n', "")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def changes(directory: Path, text: str, file: str = "preflight.toml") -> dict[str, dict[str, Change]]:
    (directory / file).write_text(text)
    found = overlay(find_config(directory))
    return {name: dict(each) for name, each in found.changes.items()} if found else {}


def refreshed(root: Path, version: str, day: str) -> None:
    """The answer of AWS for eu-west-1, that there is one version."""
    header = dict.fromkeys(("about", "source", "command", "scope"), "AWS")
    records = {f"{ENGINE} {version}": [{"regions": "all"}]}
    path = root / "versions" / "rds.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**header, "fetched": day, "regions": {"eu-west-1": day}, "records": records}))


def test_facts_are_read_from_the_configuration(directory: Path) -> None:
    text = f"""{OVERRIDE}
[[facts.add]]
catalog = "instances/ec2"
record = "m99.large"
regions = ["eu-west-1", "eu-west-2"]
reason = "private beta"

[[facts.add]]
catalog = "zones"
record = "eu-west-1d"
regions = "all but us-east-1"
reason = "our account sees it"

[[facts.withdraw]]
catalog = "lambda_runtimes"
record = "python3.14"
reason = "not approved"

[[facts.withdraw]]
catalog = "versions/rds"
record = "mysql 8.4.3"
reason = "corrupts our tables"

[[facts.override]]
catalog = "fargate_sizes"
record = "256"
fact = [{{lowest = 512, highest = 1024, step = 512}}]
reason = "quota"
"""
    assert changes(directory, text) == {
        "versions/rds": {
            f"{ENGINE} 15.3": Change("available", "extended support contract"),
            "mysql 8.4.3": Change("withdrawn", "corrupts our tables"),
        },
        "instances/ec2": {"m99.large": Change("eu-west-1, eu-west-2", "private beta")},
        "zones": {"eu-west-1d": Change("all but us-east-1", "our account sees it")},
        "lambda_runtimes": {"python3.14": Change(None, "not approved")},
        "fargate_sizes": {"256": Change([{"lowest": 512, "highest": 1024, "step": 512}], "quota")},
    }


def test_facts_may_stand_in_a_pyproject_or_a_file_of_their_own(directory: Path) -> None:
    expected = {"versions/rds": {f"{ENGINE} 15.3": Change("available", "extended support contract")}}
    assert changes(directory, OVERRIDE.replace("facts", "tool.preflight.facts"), "pyproject.toml") == expected
    (directory / "own.toml").write_text(OVERRIDE.replace("facts.", ""))
    assert changes(directory, '[facts]\nfile = "own.toml"\n') == expected
    found = overlay(find_config(directory))
    assert found
    assert found.path == directory / "own.toml"
    assert changes(directory, "") == {}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("versions/rds", "version/rds", "no catalog named `version/rds`; a similar one is `versions/rds`"),
        ("override", "overide", "no key of facts named `overide`; a similar one is `override`"),
        ("state =", "stat =", "`facts.override[0]`: Object contains unknown field `stat`"),
        ('reason = "extended support contract"\n', "", "missing required field `reason`"),
        ("extended support contract", " ", "`aurora-postgresql 15.3` of versions/rds has no reason"),
        ('"available"', '"gone"', "`aurora-postgresql 15.3` of versions/rds: Invalid enum value 'gone'"),
        ('"available"', "3", "`facts.override[0]`: Expected `str | null`, got `int` - at `$.state`"),
        ("sql 15.3", "sql-15.3", "`aurora-postgresql-15.3` is not named like the records of versions/rds"),
        ("state", "regions", "`facts.override[0]`: a fact of versions/rds has `state` or `fact`"),
        ('state = "available"\n', "", "a fact of versions/rds has `state` or `fact`"),
        ("override", "withdraw", "what is withdrawn has no `state`"),
        ("[[facts.override]]", "[facts.override]", "`facts.override` is no list"),
        ("[[facts.override]]", '[facts]\nfile = "gone.toml"\n[[facts.add]]', "no key beside `facts.file`"),
    ],
)
def test_what_is_wrong_is_named(directory: Path, old: str, new: str, says: str) -> None:
    assert OVERRIDE.replace(old, new) != OVERRIDE
    with pytest.raises(ConfigError) as caught:
        changes(directory, OVERRIDE.replace(old, new))
    assert str(caught.value).startswith(f"`{directory}/preflight.toml`: ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (OVERRIDE + OVERRIDE, "`facts.override[1]`: `aurora-postgresql 15.3` of versions/rds is given twice"),
        ('[facts]\nfile = "gone.toml"\n', "gone.toml` cannot be read"),
        ("[facts]\nfile = 3\n", "`facts.file` is no text"),
        (
            '[[facts.add]]\ncatalog = "zones"\nrecord = "eu-west-1d"\nregions = "eu-west1"\nreason = "x"\n',
            "`eu-west1` is no region; a similar one is `eu-west-1`",
        ),
    ],
)
def test_what_cannot_be_meant_is_named(directory: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        changes(directory, text)
    assert says in str(caught.value)


def judged(directory: Path, version: str) -> Verdict:
    environment = {"XDG_DATA_HOME": str(directory / "data")}
    catalogs = catalogs_for(find_config(directory), directory, environment)
    return catalogs.versions("rds").judge(ENGINE, version, region="eu-west-1")


def test_the_project_stands_above_the_user_and_the_overlay_above_both(directory: Path) -> None:
    assert judged(directory, "15.3").state is State.WITHDRAWN
    assert judged(directory, "15.98").state is State.NEWER
    refreshed(directory / "data" / "preflight" / "facts", "15.99", "2026-11-20")
    assert judged(directory, "15.98").state is State.NOT_LISTED
    assert judged(directory, "15.99").state is State.AVAILABLE
    refreshed(directory / ".preflight" / "facts", "15.98", "2026-11-20")
    assert judged(directory, "15.98").state is State.AVAILABLE
    assert judged(directory, "15.99").state is State.NEWER
    (directory / "preflight.toml").write_text(WITHDRAW.replace("15.3", "15.98"))
    assert judged(directory, "15.98").state is State.WITHDRAWN


def test_programs_under_the_same_facts_share_their_catalogs(directory: Path) -> None:
    (directory / "preflight.toml").write_text(OVERRIDE)
    config = find_config(directory)
    first = catalogs_for(config, directory, {})
    assert catalogs_for(config, directory, {}, [Catalogs(), first]) is first
    (directory / "preflight.toml").write_text(WITHDRAW)
    assert catalogs_for(find_config(directory), directory, {}, [first]) is not first


@pytest.mark.parametrize(("days", "names"), [(60, []), (61, ["versions/rds"])])
def test_a_report_names_the_catalogs_that_were_used_and_are_too_old(
    directory: Path, days: int, names: list[str]
) -> None:
    (directory / "main.py").write_text("Cluster()\n")
    database = resource(directory / "main.py", 1, engine=ENGINE, engineVersion="15.3")
    today = datetime.date(2026, 10, 20) + datetime.timedelta(days)
    checked = report(plan(directory, database), rules=[EngineVersionUnavailable()], today=today)
    assert [each.catalog for each in checked.outdated] == names


def test_the_manual_shows_what_is_understood(directory: Path) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(\[\[facts.*?)```", manual, re.DOTALL)
    assert changes(directory, shown).keys() == {"versions/rds", "instances/ec2", "lambda_runtimes"}
