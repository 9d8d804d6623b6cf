"""What a Node.js program needs, and what is said when it is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_pack.source.nodejs import NodeError, node_installation
from policy_pack.source.project import ProjectError, find_project


def executable(directory: Path, name: str) -> dict[str, str]:
    """Variables whose PATH holds an executable of a name."""
    directory.mkdir()
    (directory / name).write_text("#!/bin/sh\n", encoding="utf-8")
    (directory / name).chmod(0o755)
    return {"PATH": str(directory)}


def manifest(directory: Path, **sections: object) -> None:
    """Write a package.json, by default one that names the SDK."""
    text = json.dumps(sections or {"dependencies": {"@pulumi/pulumi": "^3"}})
    (directory / "package.json").write_text(text, encoding="utf-8")


def installed_sdk(folder: Path) -> Path:
    """Make the part of the SDK that runs programs below a folder for packages."""
    run = folder / "@pulumi" / "pulumi" / "cmd" / "run"
    run.mkdir(parents=True)
    return run


def test_modules_are_looked_for_upwards_and_then_in_node_path(tmp_path: Path) -> None:
    program, shared = tmp_path / "infra", tmp_path / "shared"
    program.mkdir()
    manifest(program)
    run = installed_sdk(tmp_path / "node_modules")
    installed_sdk(shared)
    variables = executable(tmp_path / "bin", "node") | {"NODE_PATH": f"{shared}:{tmp_path / 'absent'}"}
    found = node_installation(program, {}, variables)
    assert found.run == run
    assert found.folders[0] == tmp_path / "node_modules"
    assert found.folders[-1] == shared
    assert found.node == str(tmp_path / "bin" / "node")


@pytest.mark.parametrize(
    ("lock", "options", "command"),
    [
        (None, {}, "npm install"),
        ("yarn.lock", {}, "yarn install"),
        ("pnpm-lock.yaml", {}, "pnpm install"),
        ("yarn.lock", {"packagemanager": "bun"}, "bun install"),
    ],
)
def test_missing_modules_are_said_with_the_projects_own_command(
    tmp_path: Path, lock: str | None, options: dict[str, str], command: str
) -> None:
    manifest(tmp_path)
    if lock:
        (tmp_path / lock).touch()
    with pytest.raises(NodeError) as raised:
        node_installation(tmp_path, options, executable(tmp_path / "bin", "node"))
    assert f"there is no `node_modules` for the program in `{tmp_path}`" in str(raised.value)
    assert f"run `{command}` in `{tmp_path}`" in str(raised.value)


def test_an_sdk_that_is_not_installed_is_said(tmp_path: Path) -> None:
    manifest(tmp_path)
    (tmp_path / "node_modules").mkdir()
    with pytest.raises(NodeError, match="`@pulumi/pulumi` is not installed"):
        node_installation(tmp_path, {}, executable(tmp_path / "bin", "node"))


def test_an_sdk_that_is_not_named_is_said(tmp_path: Path) -> None:
    manifest(tmp_path, dependencies={"left-pad": "1"})
    with pytest.raises(NodeError, match=r"does not name `@pulumi/pulumi`: add it and run `npm install`"):
        node_installation(tmp_path, {}, executable(tmp_path / "bin", "node"))


def test_a_program_without_a_manifest_is_told_to_have_one(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match=r"has no `package\.json`"):
        node_installation(tmp_path, {}, executable(tmp_path / "bin", "node"))


def test_node_itself_is_needed(tmp_path: Path) -> None:
    manifest(tmp_path)
    installed_sdk(tmp_path / "node_modules")
    (tmp_path / "bin").mkdir()
    with pytest.raises(NodeError, match="there is no `node` on the PATH"):
        node_installation(tmp_path, {}, {"PATH": str(tmp_path / "bin")})


@pytest.mark.parametrize(
    ("main", "directory", "entry"),
    [(None, ".", "."), ("src", "src", "src"), ("src/index.ts", "src", "src/index.ts")],
)
def test_the_entry_of_a_node_project(tmp_path: Path, main: str | None, directory: str, entry: str) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "index.ts").touch()
    text = "name: demo\nruntime: nodejs\n" + (f"main: {main}\n" if main else "")
    (tmp_path / "Pulumi.yaml").write_text(text, encoding="utf-8")
    project = find_project(tmp_path)
    assert project.runtime == "nodejs"
    assert project.working_directory == (tmp_path / directory).resolve()
    assert project.entry == (tmp_path / entry).resolve()


def test_other_languages_are_still_refused(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: go\n", encoding="utf-8")
    with pytest.raises(ProjectError, match="only `python` and `nodejs` programs"):
        find_project(tmp_path)
