"""Rules that a project brings along are rules like ours; what is wrong with them is said before a check."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy_pack.linter import offered_rules
from policy_pack.testing import ContractError, check_rules, rule_params

from .harness import Directory

PAGE = (Path(__file__).parents[2] / "docs" / "own-rules.md").read_text(encoding="utf-8")
RULES, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
TOML, ENTRY_POINT = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
OWN = "bucket-name-unprefixed"
MAIN = """\
import pulumi

pulumi.CustomResource("aws:s3/bucket:Bucket", "reports", {"bucket": "reports"})
"""


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a test has imported is not there for the next one."""
    path = list(sys.path)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in ("mypkg", "its_rules")]:
        del sys.modules[name]
    sys.path[:] = path


@pytest.fixture
def project(directory: Directory) -> Directory:
    """A program with a finding of the rule that the page shows."""
    directory.write(main=MAIN, toml=TOML)
    (directory.path / "mypkg").mkdir()
    (directory.path / "mypkg" / "rules.py").write_text(RULES)
    return directory


def broken(project: Directory, old: str, new: str) -> str:
    """What is said of the page's rules after a change."""
    assert old in RULES
    (project.path / "mypkg" / "rules.py").write_text(RULES.replace(old, new))
    result = project.check()
    assert (result.code, result.out) == (2, "")
    return result.err


def test_it_is_listed_and_explained(project: Directory) -> None:
    listed = project.run("rules")
    assert f"{OWN} " in listed.out
    assert "warning  A bucket's name does not start with the prefix of the company." in listed.out
    page = project.run("explain", OWN).out
    assert "- `prefix`: What names start with." in page
    assert '- `{"bucket": "reports"}`: …`reports`…' in page
    assert 'rules-from = ["mypkg.rules"]' in project.run("config").out
    assert "a similar one is `bucket-name-unprefixed`" in project.run("explain", "bucket-name-unprefixd").err


def test_its_page_goes_along_with_what_code_scanning_reads(project: Directory) -> None:
    log = json.loads(project.run("check", ".", "--output-format", "sarif").out)
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert rule["id"] == OWN
    assert rule["shortDescription"]["text"].startswith("A bucket's name does not start")
    assert rule["help"]["markdown"] == project.run("explain", OWN).out
    assert "helpUri" not in rule
    own = RULES.replace("    severity =", '    url = "https://example.com/names"\n    severity =')
    (project.path / "mypkg" / "rules.py").write_text(own)
    for name in ("mypkg", "mypkg.rules"):
        del sys.modules[name]
    log = json.loads(project.run("check", ".", "--output-format", "sarif").out)
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"] == "https://example.com/names"


def test_it_judges_with_the_level_and_parameters_of_the_configuration(project: Directory) -> None:
    result = project.check()
    assert result.code == 1
    finding = result.finding(OWN)
    assert (finding["severity"], finding["line"], finding["property"]) == ("error", 3, "bucket")
    project.write(main=MAIN, toml=TOML.replace('level = "error"', 'prefix = "rep"'))
    assert project.check().findings == []
    project.write(main=MAIN, toml=TOML.replace('level = "error"', 'level = "off"'))
    assert project.check().findings == []


@pytest.mark.slow
def test_it_is_selected_and_ignored(project: Directory) -> None:
    assert project.check("--select", OWN).findings == [(OWN, 3)]
    assert project.check("--ignore", OWN).findings == []
    assert project.check("--select", "apply-raises").findings == []
    assert project.check("--only", "source").findings == []
    assert f"a similar one is `{OWN}`" in project.check("--select", OWN[:-1]).err


@pytest.mark.slow
def test_a_comment_silences_it(project: Directory) -> None:
    project.write(main=MAIN.replace(")\n", f")  # preflight: ignore[{OWN}] -- it is ours\n", 1), toml=TOML)
    result = project.check()
    assert (result.code, result.finding(OWN)["suppressed"]["reason"]) == (0, "it is ours")
    project.write(main=MAIN.replace("reports", "acme-reports") + f"# preflight: ignore[{OWN}] -- x\nx = 1\n")
    assert project.check().findings == [("suppression-unused", 4)]


def test_a_list_under_rules_means_the_same(project: Directory) -> None:
    project.write(main=MAIN, toml='rules = ["mypkg.rules"]\n')
    assert project.check().finding(OWN)["severity"] == "warning"
    project.write(main=MAIN, toml='rules = ["mypkg.rules"]\nrules-from = ["mypkg.rules"]\n')
    assert "give one of them" in project.check().err


@pytest.mark.slow
def test_a_project_is_judged_by_its_own_rules_only(project: Directory) -> None:
    project.write(main=MAIN, toml=TOML)
    for name, toml in (("one", TOML.replace("mypkg.rules", "its_rules")), ("two", "")):
        (project.path / name).mkdir()
        for file in ("Pulumi.yaml", "Pulumi.dev.yaml"):
            (project.path / name / file).write_text((project.path / file).read_text())
        (project.path / name / "__main__.py").write_text(MAIN)
        (project.path / name / "preflight.toml").write_text(toml)
    (project.path / "one" / "its_rules.py").write_text(RULES)
    for order in (("one", "two"), ("two", "one")):
        result = project.run("check", *order, "--output-format", "json")
        assert [(item["rule"], item["path"]) for item in result.report["findings"]] == [
            (OWN, "one/__main__.py")
        ]


def test_a_package_stands_for_its_modules_but_those_with_an_underscore(project: Directory) -> None:
    package = project.path / "mypkg" / "rules"
    package.mkdir()
    (project.path / "mypkg" / "rules.py").unlink()
    (package / "__init__.py").write_text("from mypkg.rules.buckets import BucketNameUnprefixed\n")
    (package / "buckets.py").write_text(RULES)
    (package / "_draft.py").write_text("raise ValueError\n")
    assert project.check().findings == [(OWN, 3)]


def test_a_rule_over_source_reads_files_given_alone(project: Directory) -> None:
    (project.path / "mypkg" / "rules.py").write_text(
        "import ast\n"
        "from policy_pack.model import Problem\n"
        "from policy_pack.rules.source_rule import SourceRule\n\n"
        "class AssertInProgram(SourceRule):\n"
        '    name = "assert-in-program"\n'
        "    nodes = (ast.Assert,)\n\n"
        "    def check(self, node, source, facts):\n"
        '        yield Problem("an `assert`", help="raise", span=source.span(node))\n'
    )
    (project.path / "preflight.toml").write_text('rules-from = ["mypkg.rules"]\n')
    (project.path / "alone.py").write_text("x = 1\nassert x\n")
    result = project.run("check", "alone.py", "--output-format", "json", "--select", "assert-in-program")
    assert result.findings == [("assert-in-program", 2)]


@pytest.mark.parametrize("command", [("check", "."), ("rules",), ("explain", OWN), ("config",)], ids=" ".join)
def test_a_module_that_cannot_be_imported_is_named(project: Directory, command: tuple[str, ...]) -> None:
    (project.path / "mypkg" / "rules.py").write_text("import nowhere_to_be_found\n")
    result = project.run(*command)
    assert (result.code, result.out) == (2, "")
    assert (
        "preflight.toml`: `rules-from`: `mypkg.rules` cannot be imported: ModuleNotFoundError" in result.err
    )


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (RULES, "", "`mypkg.rules` defines no rule"),
        (RULES, "import sys; sys.exit(0)", "`mypkg.rules` cannot be imported: SystemExit: 0"),
        (f'"{OWN}"', '"reserved-name"', "`reserved-name` is the name of a rule of Preflight"),
        (f'"{OWN}"', '"program-failed"', "`program-failed` is the name of a rule of Preflight"),
        (f'"{OWN}"', '"Bucket Name"', "its name is 'Bucket Name'"),
        ('("aws:s3/bucket:Bucket",)', '"aws:s3/bucket:Bucket"', "its `resource_types` must be a tuple"),
        ("Severity.WARNING", '"warning"', "its `severity` must be a `Severity`"),
        ("    def check(", "    def __init__(self, x): ...\n    def check(", "cannot be made: TypeError"),
        ("class BucketName", f"class Other(ResourceRule):\n    name = '{OWN}'\n"
         "    resource_types = ('*',)\n\nclass BucketName", "is the name of `mypkg.rules.Other` too"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_said(project: Directory, old: str, new: str, wrong: str) -> None:
    assert wrong in broken(project, old, new)


def test_a_rule_that_raises_is_a_finding_and_the_others_run(project: Directory) -> None:
    changed = RULES.replace('resource.text("bucket"), facts', "1 / 0, facts")
    (project.path / "mypkg" / "rules.py").write_text(changed)
    result = project.check()
    assert result.code == 2
    assert f"the rule `{OWN}` raised ZeroDivisionError" in result.finding("internal-error")["message"]


def test_two_modules_of_one_name_are_not_mixed_up(project: Directory) -> None:
    assert project.check().code == 1
    (project.path / "another").mkdir()
    for file in ("Pulumi.yaml", "__main__.py", "preflight.toml"):
        (project.path / "another" / file).write_text((project.path / file).read_text())
    (project.path / "another" / "mypkg").mkdir()
    (project.path / "another" / "mypkg" / "rules.py").write_text(RULES)
    result = project.run("check", "another")
    assert result.code == 2
    assert "`mypkg.rules` is `" in result.err


@pytest.mark.slow
def test_installed_packages_offer_rules(
    project: Directory, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path_factory.mktemp("installed")
    (project.path / "preflight.toml").unlink()
    (project.path / "mypkg").rename(installed / "mypkg")
    assert project.check().findings == []
    (group, entry) = re.findall(
        r'^\[project\.entry-points\."(.*)"\]\n(\w+ = ".*")$', ENTRY_POINT, re.MULTILINE
    )[0]
    assert group == offered_rules.GROUP
    (installed / "mypkg-1.0.dist-info").mkdir()
    (installed / "mypkg-1.0.dist-info" / "METADATA").write_text("Name: mypkg\nVersion: 1.0\n")
    points = f"[{group}]\n{entry.replace(chr(34), '')}\n"
    (installed / "mypkg-1.0.dist-info" / "entry_points.txt").write_text(points)
    monkeypatch.setattr(sys, "path", [*sys.path, str(installed)])
    assert project.check().findings == [(OWN, 3)]
    (installed / "mypkg" / "rules.py").write_text("raise OSError('broken')\n")
    for name in ("mypkg", "mypkg.rules"):
        del sys.modules[name]
    result = project.check()
    assert (result.code, result.out) == (2, "")
    assert "installed packages: `mypkg.rules` cannot be imported: OSError: broken" in result.err


def test_the_page_shows_how_to_test_it(project: Directory, pytestconfig: pytest.Config) -> None:
    sys.path.append(str(project.path))
    namespace: dict[str, object] = {}
    exec(compile(TEST, "own-rules.md", "exec"), namespace)  # noqa: S102
    (mark,) = namespace["test_our_rules"].pytestmark  # type: ignore[attr-defined]
    names = [param.id for param in mark.args[1]]
    assert names[:3] == [f"{OWN}-page", f"{OWN}-flagged-0", f"{OWN}-flagged-1"]
    assert len(names) == check_rules("mypkg.rules") == len(rule_params("mypkg.rules")) == 10
    for param in mark.args[1]:
        namespace["test_our_rules"](*param.values)  # type: ignore[operator]


# What a policy sees is not all that the linter does.
HERE = "if name and resource.resource.provider is None"
REMEDY = """\
    def remedy(self, resource, facts):
        return {{"bucket": "{}"}}

    def check("""


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ('says="`reports`"', 'says="`statistics`"', "flagged-0: the message is"),
        ('at="bucket"', 'at="name"', "flagged-0: the problem is at 'bucket', not at 'name'"),
        ("{prefix}`\",\n                help=f\"use `{prefix}{name}`\",", "{prefix}`\",", "has no `help`"),
        ('Allowed({"bucket": "acme-reports"}', 'Allowed({"bucket": "reports"}', "expected nothing; found"),
        ('Allowed({"bucket": UNKNOWN}', 'Allowed({"bucket": "acme-x"}', "has an unknown value"),
        ('        Allowed({}, because="Pulumi makes one up"),\n', "", "lacks a property"),
        ("    ## Why this fails\n", "", "no text under `## Why this fails`"),
        ('resource.text("bucket"), facts', 'resource.known("bucket"), facts', "strange-values: the rule"),
        ("if name is not None and not name.", "if name is None or not name.", "allowed-decided-at-"),
        ("if name is not None and", f"{HERE} and", "policy-engine: of"),
        ("if name is not None and", f"{HERE} and", "policy-pulumi-policy: of"),
        ("    def check(", REMEDY.format("acme-x"), "shows None by `remedied`"),
        ("    def check(", REMEDY.format("x"), "what the remedy gives is flagged again"),
    ],
)  # fmt: skip
def test_the_contract_says_what_is_not_kept(project: Directory, old: str, new: str, wrong: str) -> None:
    assert old in RULES
    (project.path / "mypkg" / "rules.py").write_text(RULES.replace(old, new))
    sys.path.append(os.fspath(project.path))
    with pytest.raises(ContractError) as raised:
        check_rules("mypkg.rules")
    assert wrong in str(raised.value)
