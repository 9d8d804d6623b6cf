"""Several stacks and programs in one run: each by its own settings, all in one report."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policy_pack.simulator import SimulationOptions, choose_stacks, find_project
from policy_pack.simulator.several import Job, Simulations

from .harness import FLAW, FLAWED, SETTINGS, Directory

OWN = {
    "one": f'time-limit = 50\n[rules.{FLAW}]\nlevel = "note"\n',
    "two": 'ignore = ["config-value-not-set"]\n[simulate]\nconfig = {version = "15.3"}\n',
}


def write_programs(directory: Directory) -> None:
    """Two programs below the directory: one by the levels of its own, one with values of its own."""
    directory.write(main=FLAWED, dev=SETTINGS)
    for name, settings in OWN.items():
        Path(name).mkdir()
        for file in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"):
            shutil.copy(file, name)
        Path(name, "preflight.toml").write_text(settings)
    Path("Pulumi.yaml").unlink()
    asked = FLAWED.replace('"15.3"', 'pulumi.Config().require("version")')
    Path("two/__main__.py").write_text(asked + 'pulumi.Config().require("absent")\n')


def test_each_program_is_judged_by_its_own_settings(directory: Directory) -> None:
    write_programs(directory)
    result = directory.check()
    assert [(each["rule"], each["path"], each["severity"]) for each in result.report["findings"]] == [
        (FLAW, "two/__main__.py", "error"),
        (FLAW, "one/__main__.py", "note"),
    ]
    assert [each["path"] for each in result.report["programs"]] == ["one", "two"]


@pytest.mark.slow
def test_all_stacks_are_one_report(directory: Directory) -> None:
    asked = FLAWED.replace('"15.3"', 'pulumi.Config().require("version")')
    directory.write(
        main=asked, dev="config:\n  aws:region: eu-west-1\n", test="config:\n  aws:region: us-east-1\n"
    )
    report = directory.check("--stack", "all").report
    assert [each["stack"] for each in report["programs"]] == ["dev", "test"]
    assert [(each["rule"], each["stacks"]) for each in report["findings"]] == [
        ("config-value-not-set", ["dev", "test"])
    ]


@pytest.mark.slow
def test_as_many_run_at_once_as_is_wanted_and_none_is_left(directory: Directory) -> None:
    directory.write(main="import time\ntime.sleep(600)\n")
    project = find_project(directory.path)
    jobs = [Job(name, project, name, SimulationOptions()) for name in ("a", "b", "c")]
    with Simulations(jobs, ".", at_once=2) as running:
        started = [child.process for _, run in running._running for child in run.simulator.children]
        assert [process.poll() for process in started] == [None] * 4
    assert all(process.poll() is not None for process in started)


def test_all_is_every_stack_there_is(directory: Directory) -> None:
    directory.write(main="", test="", prod="")
    project = find_project(directory.path)
    assert choose_stacks(project, ["all"]) == ["dev", "prod", "test"]
    for name in ("dev", "prod", "test"):
        Path(f"Pulumi.{name}.yaml").unlink()
    assert choose_stacks(project, ["all", "x"]) == ["dev"]
