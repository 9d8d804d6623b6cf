"""What a project's interpreter imports from, read from the files of its virtual environment."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from policy_pack.source.environment import Environment, own_environment, own_interpreter, project_environment

OURS = (sys.version_info[0], sys.version_info[1])


def virtual(prefix: Path, *installed: str, settings: str = "version = 3.11.4\n", python: bool = True) -> Path:
    """A virtual environment with some packages; its directory of packages."""
    libraries = prefix / "lib" / "python3.11" / "site-packages"
    for name in installed:
        (libraries / name).mkdir(parents=True)
    libraries.mkdir(parents=True, exist_ok=True)
    (prefix / "pyvenv.cfg").write_text(settings)
    (prefix / "bin").mkdir()
    if python:
        (prefix / "bin" / "python").touch()
    return libraries


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's directory, three levels below the temporary one; no parent of that is looked at."""
    directory = tmp_path / "repository" / "infra" / "program"
    directory.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    return directory


def environment_of(
    project: Path, named: str | None = None, variables: Mapping[str, str] | None = None
) -> Environment:
    return project_environment(project, named, variables or {})


def test_a_module_is_there_if_python_or_a_directory_has_the_first_part_of_its_name(tmp_path: Path) -> None:
    for name in ("package", "data-files", "package-1.0.dist-info"):
        (tmp_path / name).mkdir()
    for name in ("plain.py", "old.pyc", "fast.cpython-311-x86_64-linux-gnu.so", "wide.pyd", "notes.txt"):
        (tmp_path / name).touch()
    environment = Environment((str(tmp_path), str(tmp_path / "gone")))
    assert environment.top_level == {"package", "plain", "old", "fast", "wide"}
    known = ("package.whatever", "plain", "json.decoder", "sys", "tomllib", "annotationlib")
    assert [name for name in (*known, "notes", "other.package") if not environment.has(name)] == [
        "notes",
        "other.package",
    ]


@pytest.mark.parametrize(("minor", "newer"), [(OURS[1] - 1, False), (OURS[1], False), (OURS[1] + 1, True)])
def test_only_a_newer_python_may_understand_what_ours_does_not(minor: int, newer: bool) -> None:
    assert Environment(version=(3, minor)).is_newer is newer


@pytest.mark.parametrize("python", ["bin/python", "Scripts/python.exe"])
def test_the_interpreter_is_the_named_one_then_the_nearest_then_the_active_one(
    python: str, project: Path, tmp_path: Path
) -> None:
    def interpreter(named: str | None = None, active: str = "") -> str | None:
        return own_interpreter(project, named, {"VIRTUAL_ENV": active})

    def made(prefix: Path) -> Path:
        (prefix / python).parent.mkdir(parents=True)
        (prefix / python).touch()
        return prefix / python

    assert interpreter() is None
    active = made(tmp_path / "active")
    assert interpreter(active=str(tmp_path / "active")) == str(active)
    made(tmp_path / ".venv")
    assert interpreter() is None, "a folder three levels above belongs to something else"
    farther = (project.parents[1] / "venv", project.parent / ".venv")
    for prefix in (*farther, project / "venv", project / ".venv"):
        nearer = made(prefix)
        assert interpreter(active=str(tmp_path / "active")) == str(nearer)
    assert interpreter(named="own") == str(nearer), "nothing is there under the name"
    named = made(project.parents[1] / "named")
    assert interpreter(named="../../named") == str(named)


def test_a_link_to_python_stays_in_its_environment(project: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.touch()
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to(base)
    assert own_interpreter(project, None, {}) == str(project / ".venv" / "bin" / "python")


@pytest.mark.parametrize(
    ("settings", "version"),
    [
        ("version = 3.9.18\n", (3, 9)),
        ("home = /x\nversion_info = 3.13.0.final.0\n", (3, 13)),
        ("home = /x\n", OURS),
    ],
)
def test_the_projects_environment_has_its_version(
    settings: str, version: tuple[int, int], project: Path
) -> None:
    libraries = virtual(project / ".venv", "pulumi", settings=settings)
    environment = environment_of(project)
    assert environment == Environment((str(libraries),), version, certain=True)
    assert environment.has("pulumi")


def test_what_an_environment_lacks_is_certain_only_if_the_program_can_run_in_it(project: Path) -> None:
    virtual(project / "whole", "pulumi")
    virtual(project / "empty", "requests")
    virtual(project / "open", "pulumi", settings="include-system-site-packages = true\n")
    (project / "broken" / "bin").mkdir(parents=True)
    (project / "broken" / "bin" / "python").touch()
    (project / "broken" / "lib" / "python3.11" / "site-packages" / "pulumi").mkdir(parents=True)
    certain = {name: environment_of(project, name).certain for name in ("whole", "empty", "open", "broken")}
    assert certain == {"whole": True, "empty": False, "open": False, "broken": False}


@pytest.mark.parametrize(
    ("name", "lines", "certain"),
    [
        ("linked.pth", "# a comment\n\n../../../src\nmissing\n", True),
        ("distutils-precedence.pth", "import os; os.environ\n../../../src\n", True),
        ("__editable___own_finder.pth", "import __editable___own_finder\n../../../src\n", False),
    ],
)
def test_directories_that_pth_files_name_are_imported_from(
    name: str, lines: str, certain: bool, project: Path
) -> None:
    libraries = virtual(project / ".venv", "pulumi")
    (project / ".venv" / "src" / "linked").mkdir(parents=True)
    (libraries / name).write_text(lines)
    environment = environment_of(project)
    assert environment.search_path == (str(libraries), str(project / ".venv" / "src"))
    assert environment.has("linked")
    assert environment.certain is certain


def test_an_unreadable_pth_file_may_name_anything(project: Path) -> None:
    libraries = virtual(project / ".venv", "pulumi")
    (libraries / "odd.pth").mkdir()
    assert not environment_of(project).certain


def test_the_active_environment_may_not_be_the_projects(project: Path, tmp_path: Path) -> None:
    libraries = virtual(tmp_path / "active", "pulumi")
    environment = environment_of(project, variables={"VIRTUAL_ENV": str(tmp_path / "active")})
    assert environment == Environment((str(libraries),), (3, 11), certain=False)
    assert environment_of(project) == own_environment()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('[project]\nrequires-python = ">=3.77"\n', (3, 77)),
        ("[project]\nrequires-python = '<4,>=3.76'\n", (3, 76)),
        ("[project]\nname = 'a'\n", OURS),
        ("[project]\nrequires-python = '>=3.1'\n", OURS),
    ],
)
def test_without_an_environment_a_project_says_what_it_runs_on(
    text: str, version: tuple[int, int], project: Path
) -> None:
    (project.parents[2] / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.99"\n')
    assert environment_of(project).version == OURS, "what stands above the repository is of something else"
    (project.parents[1] / "pyproject.toml").write_text(text)
    assert environment_of(project).version == version


def test_the_python_path_comes_first(project: Path) -> None:
    libraries = virtual(project / ".venv", "pulumi")
    environment = environment_of(project, variables={"PYTHONPATH": f"/first::{project}"})
    assert environment.search_path == ("/first", str(project), str(libraries))
