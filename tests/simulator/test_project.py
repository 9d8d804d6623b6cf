"""A project as its files describe it: entry, interpreter, stacks, configuration."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from policy_pack.simulator import ProjectError, choose_stacks, find_project, project_directories

PYTHON = "name: demo\nruntime: python\n"


def project_in(directory: Path, text: str = PYTHON, **files: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "Pulumi.yaml").write_text(text)
    (directory / "__main__.py").write_text("")
    for stack, content in files.items():
        (directory / f"Pulumi.{stack}.yaml").write_text(content)
    return directory


def config_of(directory: Path, **overrides: str) -> dict[str, str]:
    return dict(find_project(directory).stack_config("dev", overrides).values)


def test_the_stack_comes_over_the_projects_defaults_and_the_command_line_over_both(tmp_path: Path) -> None:
    text = (
        PYTHON
        + "config:\n  a: project\n  b: {default: 1}\n  c: {type: string}\n  aws:region: {value: eu-west-1}\n"
    )
    project = find_project(project_in(tmp_path, text, dev="config: {demo:a: stack, demo:d: {x: [1]}}"))
    values = project.stack_config("dev", {"d": "shell", "aws:region": "us-east-2"}).values
    assert values == {"demo:a": "stack", "demo:b": "1", "demo:d": "shell", "aws:region": "us-east-2"}


def test_objects_are_json_and_texts_are_texts(tmp_path: Path) -> None:
    config = (
        "config:\n  demo:list: [1, {a: true}]\n  demo:on: on\n  demo:date: 2026-01-02\n  demo:yes: true\n"
    )
    values = config_of(project_in(tmp_path, dev=config))
    assert values == {
        "demo:list": '[1, {"a": true}]',
        "demo:on": "on",
        "demo:date": "2026-01-02",
        "demo:yes": "true",
    }


def test_legacy_keys_are_read(tmp_path: Path) -> None:
    values = config_of(
        project_in(tmp_path, dev="config: {demo:config:size: 3, aws:config:region: eu-west-1}")
    )
    assert values == {"demo:size": "3", "aws:region": "eu-west-1"}


def test_encrypted_values_are_secret_placeholders_however_deep(tmp_path: Path) -> None:
    config = "config:\n  demo:a: {secure: AAAA}\n  demo:b: {list: [{secure: BBBB}, open]}\n  demo:c: open\n"
    found = find_project(project_in(tmp_path, dev=config)).stack_config("dev", {})
    assert found.secret_keys == {"demo:a", "demo:b"}
    assert found.encrypted
    assert "AAAA" not in str(found.values)
    assert "BBBB" not in str(found.values)


def test_an_override_opens_an_encrypted_value_but_keeps_it_secret(tmp_path: Path) -> None:
    directory = project_in(tmp_path, dev="config:\n  demo:a: {secure: AAAA}\n")
    found = find_project(directory).stack_config("dev", {"a": "given"})
    assert found.values == {"demo:a": "given"}
    assert found.secret_keys == {"demo:a"}
    assert not found.encrypted


@pytest.mark.parametrize("text", ["- 1", "a", "config: {a: [}", "\t"])
def test_a_broken_stack_file_is_said_to_be_broken(text: str, tmp_path: Path) -> None:
    project = find_project(project_in(tmp_path, dev=text))
    with pytest.raises(ProjectError, match=r"Pulumi\.dev\.yaml"):
        project.stack_config("dev", {})


@pytest.mark.parametrize("text", ["config: [1]", "config: text"])
def test_a_configuration_that_is_no_mapping_is_said_to_be_broken(text: str, tmp_path: Path) -> None:
    project = find_project(project_in(tmp_path, dev=text))
    with pytest.raises(ProjectError, match=r"`config` in .*Pulumi\.dev\.yaml"):
        project.stack_config("dev", {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("runtime: python\n", "no `name`"),
        ("name: demo\n", "`runtime`"),
        ("name: demo\nruntime: go\n", "only `python`"),
        ("name: demo\nruntime: python\nmain: nowhere\n", "does not exist"),
        ("name: demo\nruntime: {name: [\n", "line"),
        ("[]", "not a mapping"),
    ],
)
def test_a_broken_project_says_what_is_broken(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=says):
        find_project(project_in(tmp_path, text))


def test_no_project_and_no_program(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no Pulumi\.yaml"):
        find_project(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text(PYTHON)
    with pytest.raises(ProjectError, match=r"__main__\.py"):
        find_project(tmp_path)


def test_main_names_a_directory_or_a_file(tmp_path: Path) -> None:
    directory = project_in(tmp_path, PYTHON + "main: infra\n")
    (directory / "infra").mkdir()
    (directory / "infra" / "__main__.py").write_text("")
    assert find_project(directory).entry == directory / "infra"
    (directory / "Pulumi.yaml").write_text(PYTHON + "main: infra/app.py\n")
    (directory / "infra" / "app.py").write_text("")
    assert find_project(directory).entry == directory / "infra" / "app.py"


def test_the_projects_own_interpreter_comes_first(tmp_path: Path) -> None:
    def environment(name: str) -> str:
        python = tmp_path / name / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text("")
        return str(python)

    options = "name: demo\nruntime:\n  name: python\n  options: {virtualenv: ../env}\n"
    plain, named = project_in(tmp_path / "plain"), project_in(tmp_path / "named", options)
    active = environment("active")
    given = {"VIRTUAL_ENV": str(tmp_path / "active")}
    assert find_project(plain).interpreter({}) == sys.executable
    assert find_project(plain).interpreter(given) == active
    environment("env")
    assert Path(find_project(named).interpreter(given)).resolve() == tmp_path / "env" / "bin" / "python"
    above = environment(".venv")
    assert find_project(plain).interpreter(given) == above
    own = environment("plain/.venv")
    assert find_project(plain).interpreter(given) == own


def test_stacks_are_chosen_as_the_user_expects(tmp_path: Path) -> None:
    project = find_project(project_in(tmp_path))
    assert choose_stacks(project, []) == ["dev"]
    assert choose_stacks(project, ["x", "y", "x"]) == ["x", "y"]
    (tmp_path / "Pulumi.prod.yaml").write_text("")
    assert choose_stacks(project, []) == ["prod"]
    (tmp_path / "Pulumi.a.b.yaml").write_text("")
    with pytest.raises(ProjectError, match=r"`a\.b`, `prod`.*--stack"):
        choose_stacks(project, [])
    (tmp_path / "Pulumi.dev.yaml").write_text("")
    assert choose_stacks(project, []) == ["dev"]
    assert choose_stacks(project, ["prod", "a.b", "prod"]) == ["prod", "a.b"]
    with pytest.raises(ProjectError, match=r"no `Pulumi\.prd\.yaml`; its stacks are `a\.b`, `dev`, `prod`"):
        choose_stacks(project, ["prd"])


def test_projects_are_found_below_a_directory_but_not_in_what_is_installed(tmp_path: Path) -> None:
    for name in ("b", "a/c", "node_modules/d", ".hidden/e", "venv/f"):
        project_in(tmp_path / name)
    assert project_directories(tmp_path) == [tmp_path / "a" / "c", tmp_path / "b"] or project_directories(
        tmp_path
    ) == [tmp_path / "b", tmp_path / "a" / "c"]
