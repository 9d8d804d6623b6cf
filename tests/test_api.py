"""The library answers as the command does, and the pages about it show code that runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import policy_pack
from policy_pack import (
    CheckError,
    Finding,
    Plan,
    Severity,
    check_exports,
    check_files,
    check_plan,
    check_program,
)
from policy_pack.rules.rule import made

DOCS = Path(__file__).parent.parent / "docs"
FLAWED = """\
import pulumi

pulumi.CustomResource("aws:rds/cluster:Cluster", "db", {"engine": "postgres", "engineVersion": "15.3"})
"""
SOUND = FLAWED.replace("15.3", "15.19")
FLAW = "engine-version-unavailable"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a program in `infrastructure`, wrong in dev and sound in prod."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "pytest.ini").touch()
    program = tmp_path / "infrastructure"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    for stack, version in (("dev", "15.3"), ("prod", "15.19")):
        settings = f"config:\n  aws:region: eu-west-1\n  small:version: '{version}'\n"
        (program / f"Pulumi.{stack}.yaml").write_text(settings)
    text = FLAWED.replace('"15.3"', 'pulumi.Config().require("version")')
    (program / "__main__.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def run_pytest(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Whether this interpreter has the plug-in installed must not matter.
    environment = os.environ | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "pytest", "-p", "policy_pack.pytest_plugin", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "-q", *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, json, policy_pack, policy_pack.pytest_plugin as p; print(json.dumps([*sys.modules]))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))
    ours = {name for name in loaded if name.startswith("policy_pack")}
    assert ours == {"policy_pack", "policy_pack.pytest_plugin"}


def test_every_name_that_the_package_offers_is_there() -> None:
    for name in policy_pack.__all__:
        assert getattr(policy_pack, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'check_everything'"):
        policy_pack.check_everything  # noqa: B018


@pytest.mark.parametrize("text", blocks("api.md", "python")[:3], ids=["program", "plan", "report"])
def test_what_the_page_shows_runs(root: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "infrastructure" / "Pulumi.prod.yaml").unlink()
    exec(compile(text, "api.md", "exec"), {})  # noqa: S102
    if "finding.span" in text:
        assert "error engine-version-unavailable: AWS has withdrawn" in capsys.readouterr().out


@pytest.mark.slow
def test_the_plug_in_shows_findings_as_the_command_does(root: Path) -> None:
    (root / "test_stack.py").write_text(blocks("api.md", "python")[3])
    done = run_pytest(root)
    assert done.returncode == 0, done.stdout + done.stderr
    (root / "test_stack.py").write_text(
        'def test_dev(preflight):\n    preflight.assert_clean("infrastructure", "dev")\n'
    )
    done = run_pytest(root)
    command = [sys.executable, "-m", "policy_pack.cli", "check", "infrastructure", "--stack", "dev"]
    wanted = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, wanted.returncode) == (1, 1)
    assert wanted.stdout.strip() in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.slow
def test_the_plug_in_never_takes_a_program_that_stopped_for_clean(root: Path) -> None:
    main = root / "infrastructure" / "__main__.py"
    main.write_text(main.read_text().replace("15.3", "15.19") + "raise ValueError('too early')\n")
    (root / "test_stack.py").write_text(
        "def test_clean(preflight):\n    preflight.assert_clean('infrastructure', 'prod')\n"
        "def test_findings(preflight):\n    preflight.findings('infrastructure', 'prod')\n"
    )
    done = run_pytest(root)
    assert done.returncode == 1
    assert "2 failed" in done.stdout
    assert done.stdout.count("\nerror[program-failed]") == 2


@pytest.mark.slow
def test_a_program_is_judged_by_its_options(root: Path) -> None:
    assert rules(check_program("infrastructure", stack="dev").active()) == [FLAW]
    both = check_program("infrastructure", stack=["dev", "prod"], select=[FLAW])
    assert [(finding.rule, finding.stacks) for finding in both.active()] == [(FLAW, ("dev",))]
    assert check_program("infrastructure", stack="dev", config={"version": "15.19"}).active() == []
    assert check_program("infrastructure", stack="dev", ignore=[FLAW]).active() == []
    read = check_program("infrastructure", only="source")
    assert (read.programs, read.source_files) == ((), 1)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"stack": "staging"}, "`infrastructure` has no `Pulumi.staging.yaml`"),
        ({"only": "tests"}, "`only` is `tests`"),
        ({"select": ["engine-version-unavailabel"]}, f"a similar one is `{FLAW}`"),
        ({"state": "missing.json"}, "`missing.json` cannot be read"),
        ({"time_limit": -1}, "`time-limit` is -1"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_checked_is_no_report(root: Path, arguments: dict[str, object], wrong: str) -> None:
    with pytest.raises(CheckError) as raised:
        check_program("infrastructure", **({"stack": "dev"} | arguments))  # type: ignore[arg-type]
    assert wrong in str(raised.value)


def test_nothing_to_check_is_no_report(root: Path) -> None:
    (root / "empty").mkdir()
    with pytest.raises(CheckError, match="nothing to check"):
        check_program("empty")
    with pytest.raises(CheckError, match="nothing to check"):
        check_files("empty")
    with pytest.raises(CheckError, match="does not exist"):
        check_files("missing.py")


def test_files_are_read_and_not_run(root: Path) -> None:
    flawed = root / "alone.py"
    flawed.write_text(
        'open("ran", "w")\nimport json\nimport pulumi\n\ndef f(o: pulumi.Output):\n    json.dumps(o)\n'
    )
    assert rules(check_files(flawed).active()) == ["output-in-json"]
    assert check_files(flawed, ignore=["output-in-json"]).active() == []
    assert not (root / "ran").exists()


def test_a_plan_made_by_hand_is_judged_by_the_configuration_of_its_directory(root: Path) -> None:
    cluster = made("aws:rds/cluster:Cluster", engine="postgres", engineVersion="15.3")
    plan = Plan("small", "dev", str(root), (cluster,), "eu-west-1")
    (finding,) = check_plan(plan).active()
    assert (finding.rule, finding.severity, finding.resource_name) == (FLAW, Severity.ERROR, "example")
    assert check_plan(plan, ignore=[FLAW]).active() == []
    (root / "preflight.toml").write_text(f'[rules.{FLAW}]\nlevel = "note"\n')
    assert [finding.severity for finding in check_plan(plan).active()] == [Severity.NOTE]
    (root / "preflight.toml").write_text(f'ignore = ["{FLAW}"]\n')
    assert check_plan(plan).active() == []


def test_a_plan_is_compared_with_what_is_deployed(root: Path) -> None:
    new, old = (
        Plan(
            "small",
            "dev",
            str(root),
            (made("aws:rds/cluster:Cluster", engine="postgres", engineVersion=each),),
        )
        for each in ("15.18", "15.19")
    )
    assert rules(check_plan(new, deployed=old).active()) == ["engine-version-downgrade"]
    assert check_plan(new).active() == []


def test_what_pulumi_has_written_is_judged_too(root: Path) -> None:
    urn = "urn:pulumi:test::small::aws:rds/cluster:Cluster::db"
    entry = {"urn": urn, "type": "aws:rds/cluster:Cluster", "custom": True}
    entry["inputs"] = {"engine": "postgres", "engineVersion": "15.3"}
    (root / "state.json").write_text(json.dumps({"version": 3, "deployment": {"resources": [entry]}}))
    report = check_exports("state.json")
    assert [(finding.rule, finding.urn) for finding in report.active()] == [(FLAW, urn)]
    (root / "state.json").write_text("{}")
    with pytest.raises(CheckError, match="is output neither of"):
        check_exports("state.json")
