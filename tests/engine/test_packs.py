"""Packs as teams have them: given twice, from another checkout, on paths with spaces, with own words."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, Project
from .test_simulation import BROKEN, FAULT, LINE, executable, secretive, told

pytestmark = [pytest.mark.engine, pytest.mark.slow]

__all__ = ["secretive"]
SAYS = "the master user name"
WRONG = BROKEN.replace('master_username="dbadmin"', 'master_username="admin"')


def checkout(home: Path) -> Path:
    """Another checkout of the pack, with a rule that says something else, on a path with spaces."""
    pack = home / "our policies" / "preflight"
    pack.mkdir(parents=True)
    for name in ("policy_pack", "rules_data"):
        shutil.copytree(ROOT / name, pack / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "__main__.py", pack)
    settings = (
        (ROOT / "PulumiPolicy.yaml").read_text().replace("virtualenv: .venv", f"virtualenv: {sys.prefix}")
    )
    (pack / "PulumiPolicy.yaml").write_text(settings)
    rule = pack / "policy_pack" / "rules" / "rds" / "reserved_master_username.py"
    text = rule.read_text()
    assert SAYS in text
    rule.write_text(text.replace(SAYS, "elsewhere the name"))
    return pack


def preview(project: Project, program: str, *options: str) -> subprocess.CompletedProcess[str]:
    (project.directory / "__main__.py").write_text(program)
    return project.run("preview", "--stack", "dev", *options)


def test_a_pack_from_another_checkout_is_itself(secretive: Project, tmp_path: Path) -> None:
    pack = checkout(tmp_path)
    for other in (secretive.directory, tmp_path / "site"):
        (other / "policy_pack").mkdir(parents=True)
        (other / "policy_pack" / "__init__.py").write_text("raise RuntimeError('another policy_pack')\n")
    secretive.environment["PYTHONPATH"] = str(tmp_path / "site")
    result = preview(secretive, WRONG, "--policy-pack", str(pack))
    assert result.returncode == 1, told(result)
    assert "elsewhere the name `admin` is reserved" in told(result)
    assert SAYS not in told(result)
    assert f"{FAULT}\n          at __main__.py:{LINE}:" in told(result), "it simulates with what is its own"
    assert "another policy_pack" not in told(result)


def reported(result: subprocess.CompletedProcess[str], policy: str) -> list[str]:
    """The levels at which a policy has reported, in order."""
    return sorted(re.findall(rf"\[(advisory|mandatory)\] \[severity: high\]  {policy}  ", told(result)))


def test_a_pack_in_both_its_forms_answers_in_both(secretive: Project, tmp_path: Path) -> None:
    options = ["--policy-pack", str(ROOT), "--policy-pack", str(executable(tmp_path))]
    for name, said in (("first", {"all": "advisory"}), ("second", {})):
        (tmp_path / f"{name}.json").write_text(json.dumps(said))
        options += ["--policy-pack-config", str(tmp_path / f"{name}.json")]
    result = preview(secretive, WRONG, *options)
    assert result.returncode == 1, told(result)
    assert reported(result, "reserved-master-username") == ["advisory", "mandatory"], told(result)
    assert reported(result, "output-in-json") == ["advisory", "mandatory"], told(result)
    assert told(result).count(FAULT) == 2
    assert "internal-error" not in told(result)
    assert "not-simulated" not in told(result)


def test_the_same_pack_given_twice_answers_twice(secretive: Project) -> None:
    twice = ["--policy-pack", str(ROOT)] * 2
    result = preview(secretive, WRONG, *twice)
    assert result.returncode == 1, told(result)
    for policy in ("reserved-master-username", "output-in-json"):
        assert reported(result, policy) == ["mandatory"] * 2, told(result)
    result = secretive.run("up", "--yes", "--skip-preview", "--stack", "dev", *twice)
    assert result.returncode != 0, told(result)
    assert reported(result, "output-in-json") == ["mandatory"] * 2, told(result)


def test_a_pack_has_words_of_its_own_and_the_command_line_the_last(
    secretive: Project, tmp_path: Path
) -> None:
    pack = checkout(tmp_path)
    settings = (pack / "PulumiPolicy.yaml").read_text()
    own = (
        "config:\n  all: disabled\n  reserved-master-username: advisory\n  not-simulated: {simulate: false}\n"
    )
    (pack / "PulumiPolicy.yaml").write_text(settings + own)
    result = preview(secretive, WRONG, "--policy-pack", str(pack))
    assert result.returncode == 0, told(result)
    assert "[advisory] [severity: high]  reserved-master-username" in told(result)
    assert FAULT not in told(result)
    config = tmp_path / "policies.json"
    config.write_text(json.dumps({"reserved-master-username": "mandatory"}))
    result = preview(secretive, WRONG, "--policy-pack", str(pack), "--policy-pack-config", str(config))
    assert result.returncode == 1, told(result)
    config.write_text(json.dumps({"reserved-master-usrname": {"failOn": "note"}}))
    result = preview(secretive, WRONG, "--policy-pack", str(pack), "--policy-pack-config", "../policies.json")
    assert result.returncode != 0
    assert "a similar one is `reserved-master-username`" in told(result)
    (pack / "PulumiPolicy.yaml").write_text(settings + "config: {al: disabled}\n")
    result = preview(secretive, WRONG, "--policy-pack", str(pack))
    assert result.returncode != 0
    assert "`config`: there is no policy named `al`; a similar one is `all`" in told(result)
