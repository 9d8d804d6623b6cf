"""`preflight check`: what it is given, what it answers, and with which exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from policy_pack.catalog import store
from policy_pack.linter import registry

from .harness import FLAW, FLAWED, PROJECT, SETTINGS, SOUND, Directory

# The contract of the JSON report, version 1: every key is there, even where it is null.
REPORT = {"version", "findings", "not_evaluated", "programs", "summary"}
FINDING = {
    "rule",
    "severity",
    "confidence",
    "message",
    "note",
    "help",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "urn",
    "resource_type",
    "resource_name",
    "property",
    "stacks",
    "evidence",
    "fix",
    "fingerprint",
    "suppressed",
}
EVIDENCE = {"source", "fetched", "scope", "url"}
SUPPRESSED = {"kind", "reason", "until"}
NOT_EVALUATED = {"rule", "urn", "property", "reason"}
PROGRAM = {
    "path",
    "project",
    "stack",
    "region",
    "resources",
    "applies",
    "applies_run",
    "unknown_inputs",
    "status",
    "detail",
}
SUMMARY = {"errors", "warnings", "notes", "ignored", "baselined", "files", "resources", "data_of"}

EVERYTHING = f"""\
import pulumi

pulumi.CustomResource("aws:rds/cluster:Cluster", "a", {{"engine": "postgres", "engineVersion": "15.3"}})
# preflight: ignore[{FLAW}] -- restored from a snapshot
pulumi.CustomResource("aws:rds/cluster:Cluster", "b", {{"engine": "postgres", "engineVersion": "15.3"}})
pulumi.CustomResource("aws:rds/cluster:Cluster", "c", {{"engine": "futuristic", "engineVersion": "1.0"}})
raise ValueError
"""


def test_the_json_report_keeps_its_contract(directory: Directory) -> None:
    directory.write(main=EVERYTHING)
    result = directory.check()
    report = result.report
    assert report.keys() == REPORT
    assert report["version"] == 1
    assert [finding.keys() for finding in report["findings"]] == [FINDING] * 3
    assert [evidence.keys() for evidence in result.report["findings"][0]["evidence"]] == [EVIDENCE]
    assert [finding["suppressed"] and finding["suppressed"].keys() for finding in report["findings"]] == [
        None,
        SUPPRESSED,
        None,
    ]
    assert [missed.keys() for missed in report["not_evaluated"]] == [NOT_EVALUATED]
    assert [program.keys() for program in report["programs"]] == [PROGRAM]
    assert report["summary"].keys() == SUMMARY
    assert (report["summary"]["errors"], report["summary"]["ignored"]) == (2, 1)
    assert (report["summary"]["resources"], report["summary"]["files"]) == (3, 1)
    assert all(isinstance(value, int) for key, value in report["summary"].items() if key != "data_of")
    assert result.err.startswith("2 errors in 3 resources of small/dev · 1 ignored · 1 not evaluated")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((".",), 3, "no Pulumi.yaml at or below ."),
        (("absent",), 2, "`absent` does not exist"),
        (("file.txt",), 2, "`file.txt` is no JSON; give a Python file, the directory"),
        ((".", "--output-format", "yaml"), 2, "invalid choice: 'yaml'"),
        ((".", "--fail-on", "info"), 2, "invalid choice: 'info'"),
        ((".", "--time-limit", "long"), 2, "invalid float value: 'long'"),
    ],
)
def test_a_command_line_that_cannot_be_met(
    arguments: tuple[str, ...], code: int, says: str, directory: Directory
) -> None:
    Path("file.py").touch()
    Path("file.txt").touch()
    result = directory.run("check", *arguments)
    assert (result.code, result.out) == (code, "")
    assert says in result.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--select", "engine-version-unavailible"), f"similar one is `{FLAW}`"),
        (("--ignore", "reserved-master-usernam"), "similar one is `reserved-master-username`"),
        (("--ignore", "supression-unused"), "similar one is `suppression-unused`"),
        (("--ignore", "zzz"), "no rule named `zzz`\n"),
        (("--ignore", "program-failed"), "`program-failed` is always reported"),
        (("--config", "size"), "`--config size` is not of the form KEY=VALUE"),
        (("--config", "=3"), "is not of the form KEY=VALUE"),
        (("--time-limit", "0"), "`time-limit` is 0; it must be more than 0"),
        (("--time-limit", "nan"), "`time-limit` is nan"),
        (("--memory-limit", "1"), "`memory-limit` is 1; it must be at least 2"),
        (("--time-limit", "inf"), "`time-limit` is inf"),
    ],
)
def test_an_option_that_means_nothing_is_refused(
    arguments: tuple[str, ...], says: str, directory: Directory
) -> None:
    directory.write(main=FLAWED)
    result = directory.check(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert says in result.err


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"project": "name: small\nruntime: go\n"}, "`go`; only `python`"),
        ({"project": "name: small\n"}, "names no `runtime`"),
        ({"project": "runtime: python\n"}, "has no `name`"),
        ({"project": "- name\n"}, "is not a mapping"),
        ({"project": "name: small\nruntime: [\n"}, "Pulumi.yaml`, line 3"),
        ({"project": PROJECT + "main: absent\n"}, "`main: absent`"),
        ({"dev": "config: {a: [}\n"}, "Pulumi.dev.yaml`, line 1"),
        ({"toml": "time-limit = 0\n"}, "`time-limit` is 0"),
        ({"toml": 'fail-on = "info"\n'}, "must be one of error, warning, note, never"),
        ({"toml": 'selekt = ["a"]\n'}, "no key named `selekt`; a similar one is `select`"),
        ({"toml": 'select = "a"\n'}, "Expected `array"),
        ({"toml": 'ignore = ["reserved-master-usernam"]\n'}, "one is `reserved-master-username`"),
        ({"toml": "[rules.reserved-master-usernam]\n"}, "a similar one is `reserved-master-username`"),
        ({"toml": "[rules.program-failed]\nlevel = 'off'\n"}, "`program-failed` is always reported"),
        ({"toml": f"[rules.{FLAW}]\nlevel = 'fatal'\n"}, "must be one of error, warning, note, off"),
        ({"toml": f"[rules.{FLAW}]\nlevle = 'off'\n"}, "named `levle`; a similar one is `level`"),
        ({"toml": "[rules.global-table-without-replicas]\nrequired = 3\n"}, "without-replicas.required"),
        ({"toml": "[[[\n"}, "preflight.toml` cannot be read"),
        (
            {"toml": "[simulate]\nconfg = {}\n"},
            "no key in `simulate` named `confg`; a similar one is `config`",
        ),
        ({"toml": "[simulate]\nstubs = {helper = 1}\n"}, "`helper` is not of the form `module.function`"),
        ({"toml": "[simulate]\nconfig = {a = 2026-01-01}\n"}, "a date or time must be given as a text"),
        ({"toml": "[simulate]\nenv = {A = 1}\n"}, "Expected `str`"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(
    files: dict[str, str], says: str, directory: Directory
) -> None:
    directory.write(main=FLAWED, **files)
    result = directory.check()
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: `")
    assert says in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("table", ['tool = "x"', "[tool]\npreflight = 3"])
def test_a_pyproject_file_of_another_shape_is_no_crash(table: str, directory: Directory) -> None:
    Path("pyproject.toml").write_text(table)
    result = directory.run("config", "select")
    assert result.code == (2 if "preflight" in table else 0)


def test_several_stacks_and_none_chosen(directory: Directory) -> None:
    directory.write(main=FLAWED, prod=SETTINGS, staging=SETTINGS)
    Path("Pulumi.dev.yaml").unlink()
    result = directory.check()
    assert result.code == 2
    assert "`prod`, `staging`: choose with `--stack NAME`" in result.err


def test_a_finding_that_several_stacks_show_is_one_finding(directory: Directory) -> None:
    program = FLAWED.replace('"15.3"', 'pulumi.Config().require("version")')
    version = '  small:version: "15.3"\n'
    directory.write(main=program, dev=SETTINGS + version, prod=SETTINGS + version)
    result = directory.check("--select", FLAW, "--stack", "dev", "--stack", "prod", "--stack", "dev")
    dev, prod = result.report["findings"]
    assert (dev["path"], dev["stacks"]) == ("Pulumi.dev.yaml", ["dev"])
    assert (prod["path"], prod["stacks"]) == ("Pulumi.prod.yaml", ["prod"])
    assert dev["fingerprint"] == prod["fingerprint"]
    assert [program["stack"] for program in result.report["programs"]] == ["dev", "prod"]
    directory.write(main=FLAWED)
    (finding,) = directory.check("--select", FLAW, "--stack", "dev", "--stack", "prod").report["findings"]
    assert finding["stacks"] == ["dev", "prod"]
    assert finding["fingerprint"] == dev["fingerprint"]


def test_configuration_from_the_command_line_counts_most(directory: Directory) -> None:
    program = FLAWED.replace('"15.3"', 'pulumi.Config().require("version")')
    directory.write(main=program, dev=SETTINGS + '  small:version: "15.19"\n')
    result = directory.check("--config", "version=15.3", "--config", "aws:region=eu-west-3")
    assert result.findings == [(FLAW, 3)]
    assert result.report["programs"][0]["region"] == "eu-west-3"


def test_projects_below_a_directory_are_all_checked(directory: Directory) -> None:
    directory.write(main=FLAWED)
    for name in ("one", "two/three", ".venv/lib", "node_modules/x"):
        Path(name).mkdir(parents=True)
        for file in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"):
            shutil.copy(file, name)
    Path("Pulumi.yaml").unlink()
    result = directory.run("check", ".", "./one", "--output-format", "json")
    assert [program["path"] for program in result.report["programs"]] == ["one", "two/three"]
    assert [finding["path"] for finding in result.report["findings"]] == [
        "one/__main__.py",
        "two/three/__main__.py",
    ]


def test_a_program_without_resources_is_not_called_clean(directory: Directory) -> None:
    directory.write(main="import pulumi\n")
    result = directory.run("check", ".")
    assert result.code == 3
    assert result.out == "nothing to check in 0 resources of small/dev\n"


@pytest.mark.parametrize(
    ("level", "fail_on", "code"),
    [
        ("error", "never", 0),
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("note", "note", 1),
        ("off", "note", 0),
    ],
)
def test_levels_and_limits_decide_the_exit_code(
    level: str, fail_on: str, code: int, directory: Directory
) -> None:
    directory.write(main=FLAWED, toml=f"[rules.{FLAW}]\nlevel = '{level}'\n")
    result = directory.check("--fail-on", fail_on)
    assert result.code == code
    assert [finding["severity"] for finding in result.report["findings"]] == [level] * (level != "off")


def test_rules_are_chosen_by_name(directory: Directory) -> None:
    program = FLAWED.replace('"15.3"', '"15.3", "masterUsername": "admin"')
    comment = "# preflight: ignore[stringified-output] -- not needed\n"
    directory.write(main=program + comment + 'pulumi.export("done", 1)\n')
    both = [(FLAW, 3), ("reserved-master-username", 3)]
    assert directory.check().findings == [*both, ("suppression-unused", 4)]
    assert directory.check("--select", FLAW).findings == [(FLAW, 3)]
    assert directory.check("--ignore", FLAW, "--ignore", "suppression-unused").findings == both[1:]
    directory.write(main=program, toml=f'ignore = ["{FLAW}"]\n')
    assert directory.check().findings == both[1:]
    assert directory.check("--ignore", "reserved-master-username").findings == both[:1]


def test_a_level_for_comments_without_effect(directory: Directory) -> None:
    comment = f"# preflight: ignore[{FLAW}] -- not needed\n"
    directory.write(main=SOUND + comment + "x = 1\n", toml="[rules.suppression-unused]\nlevel = 'error'\n")
    result = directory.check()
    assert (result.code, result.finding("suppression-unused")["severity"]) == (1, "error")
    directory.write(main=SOUND + comment + "x = 1\n", toml="[rules.suppression-unused]\nlevel = 'off'\n")
    assert directory.check().findings == []


def test_formats_and_files(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.write(main=FLAWED)
    line = f"__main__.py:3:96: error[{FLAW}] AWS has withdrawn postgres version `15.3` (dev)\n"
    monkeypatch.setenv("PREFLIGHT_OUTPUT_FORMAT", "concise")
    result = directory.run("check", ".")
    assert result.out.startswith(line + "1 error in 1 resource of small/dev")
    result = directory.run("check", ".", "--output-file", "report.txt", "--color", "always")
    assert Path("report.txt").read_text() == line
    assert result.out.startswith("1 error in 1 resource")
    result = directory.run("check", ".", "--output-format", "json", "--output-file", "report.json")
    assert json.loads(Path("report.json").read_text())["summary"]["errors"] == 1
    assert (result.code, result.err) == (1, "")
    result = directory.run("check", ".", "--output-file", "absent/report.txt")
    assert (result.code, result.err) == (
        2,
        "error: `absent/report.txt` cannot be written: No such file or directory\n",
    )
    also = ("--also", "sarif=a=b.sarif", "--also", "json=report.json", "--also", "junit=absent/x.xml")
    result = directory.run("check", ".", *also)
    assert result.out.startswith(line)
    assert json.loads(Path("a=b.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == FLAW
    assert (result.code, "`absent/x.xml` cannot be written" in result.err) == (2, True)
    for wrong in ("xml=report.xml", "json", "json="):
        result = directory.run("check", ".", "--also", wrong)
        assert (result.code, f"`{wrong}` is no FORMAT=FILE; formats are full" in result.err) == (2, True)
    monkeypatch.setenv("PREFLIGHT_OUTPUT_FORMAT", "xml")
    result = directory.run("check", ".")
    assert result.code == 2
    assert "PREFLIGHT_OUTPUT_FORMAT: `output-format` is `xml`; it must be one of full" in result.err


@pytest.mark.parametrize("damage", ["truncated", "misshapen", "missing"])
def test_a_damaged_catalog_is_named_and_the_other_rules_still_run(
    damage: str, directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(store.ROOT, tmp_path / "catalogs"))
    file = root / "versions" / "rds.json"
    lines = file.read_text().splitlines(keepends=True)
    if damage == "truncated":
        file.write_text("".join(lines[:20]))
    elif damage == "misshapen":
        file.write_text("".join([*lines[:19], '    "mysql 5": 3,\n', *lines[20:]]))
    else:
        file.unlink()
    monkeypatch.setattr(store, "ROOT", root)
    directory.write(main=FLAWED.replace('"15.3"', '"15.3", "masterUsername": "admin"'))
    result = directory.check()
    broken = [finding for finding in result.report["findings"] if finding["rule"] == "internal-error"]
    place = {"truncated": f"{file}:2", "misshapen": f"{file}:20: ", "missing": f"{file}: No such file"}
    assert result.code == 2
    assert f"`{FLAW}`" in broken[0]["message"]
    assert place[damage] in broken[0]["message"]
    assert ("reserved-master-username", 3) in result.findings


REFRESHED = """\
{
  "about": "x", "source": "AWS, live",
  "fetched": "2027-01-01", "command": "x", "scope": "eu-west-1", "max_age_days": 60,
  "regions": {"eu-west-1": "2027-01-01"}, "unknown": {},
  "records": {
    "mysql 5.7": [{"state": "withdrawn", "regions": "all"}],
    "mysql 8.4": [{"state": "available", "regions": "all"}]
  }
}
"""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (REFRESHED[: REFRESHED.index("8.4")], ":7: is no JSON: "),
        (REFRESHED.replace('"available"', '"a"'), ":7: record `mysql 8.4`: "),
        (REFRESHED.replace('"mysql 5.7"', "<<<<<<< HEAD"), ":6: is no JSON: "),
        (REFRESHED.replace('"mysql 8.4"', '"mysql"'), ":7: record `mysql` is not named like the others"),
        pytest.param(REFRESHED.replace('"2027-01-01"', '"lately"'), ":3: ", marks=pytest.mark.slow),
        pytest.param("", ":1: is no JSON: ", marks=pytest.mark.slow),
        pytest.param(None, ": Is a directory", marks=pytest.mark.slow),
    ],
)
def test_damaged_refreshed_facts_are_named_and_stop_the_check(
    content: str | None, says: str, directory: Directory
) -> None:
    file = Path(".preflight/facts/versions/rds.json").resolve()
    file.parent.mkdir(parents=True)
    directory.write(main=FLAWED)
    file.mkdir() if content is None else file.write_text(content)
    result = directory.run("check", ".")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {file}{says}")
    assert result.err.endswith("(remove the file, and `preflight refresh versions/rds` writes it anew)\n")


def test_refreshed_facts_serve_and_are_not_read_where_no_rule_asks(directory: Directory) -> None:
    file = Path(".preflight/facts/versions/rds.json").resolve()
    file.parent.mkdir(parents=True)
    directory.write(main=FLAWED)
    file.write_text(REFRESHED)
    assert directory.run("check", ".").code == 1
    file.write_text("")
    assert directory.run("check", ".", "--ignore", FLAW).code == 0


def test_a_rule_that_raises_costs_only_its_own_findings(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(type(registry.load("reserved-master-username")), "check", fail)
    directory.write(main=FLAWED)
    result = directory.check()
    assert result.code == 2
    assert result.findings == [(FLAW, 3), ("internal-error", None)]
    assert (
        "`reserved-master-username` raised ZeroDivisionError: oh"
        in result.finding("internal-error")["message"]
    )
    assert "Traceback" not in result.err
    assert "Traceback" in directory.check("-v").err
    assert directory.check("--ignore", "reserved-master-username").code == 1


def test_in_github_actions_annotations_follow_where_no_format_is_chosen(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.write(main=FLAWED)
    plain = directory.run("check", ".", "--only", "program")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    annotated = directory.run("check", ".", "--only", "program")
    assert annotated.code == 1
    assert annotated.out.startswith(plain.out)
    (command,) = annotated.out.removeprefix(plain.out).splitlines()
    assert command.startswith("::error file=__main__.py,line=3,endLine=3,col=")
    chosen = directory.run("check", ".", "--only", "program", "--output-format", "full")
    assert chosen.out == plain.out
    alone = directory.run("check", ".", "--only", "program", "--output-format", "github")
    assert alone.out.splitlines() == [command]
    assert alone.err.startswith("1 error in 1 resource")


def test_configuration_that_is_missing_or_not_read_is_noted(directory: Directory) -> None:
    program = 'import pulumi\n\nsize = pulumi.Config().require("size")\npulumi.export("size", size)\n'
    directory.write(main=program + SOUND, dev="config:\n  small:siez: 3\n")
    result = directory.check()
    assert result.code == 0
    keys = ("rule", "path", "line", "severity")
    assert [tuple(map(item.get, keys)) for item in result.report["findings"]] == [
        ("config-value-not-read", "Pulumi.dev.yaml", 2, "note"),
        ("config-value-not-set", "__main__.py", 3, "note"),
    ]
