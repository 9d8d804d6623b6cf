"""Which files are the program, which its tests, and what becomes of files that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policy_pack.source.discovery import read_program
from policy_pack.source.environment import Environment
from policy_pack.source.files import Sources
from policy_pack.source.program import Role, SourceProgram


def read(**files: str) -> SourceProgram:
    """A program of texts; `__` in a name stands for `/`, `main` for the entry."""
    names = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    texts = {f"/p/{name}": text for name, text in names.items()} | {"/p/__main__.py": files.get("main", "")}
    return read_program("/p", "/p", Sources(texts), Environment())


def found(program: SourceProgram, role: Role) -> list[str]:
    return [file.module for file in program.of_role(role)]


def test_the_program_is_its_entry_and_what_that_imports() -> None:
    checking = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import b\n"
    program = read(main="import lib.a", lib__a=checking, lib__b="import lib.a", lib__c="", stray="")
    assert found(program, Role.PROGRAM) == ["__main__", "lib.a", "lib.b"]
    assert found(program, Role.TEST) == []


def test_tests_are_found_by_name_with_their_helpers() -> None:
    program = read(
        main="import a", a="", tests__test_a="import a\nfrom helper import x", tests__helper="", tool=""
    )
    assert found(program, Role.PROGRAM) == ["__main__", "a"]
    assert found(program, Role.TEST) == ["test_a", "helper"]


def test_what_only_a_test_imports_is_neither() -> None:
    program = read(tests__test_a="import drift_detector", drift_detector="")
    assert found(program, Role.OTHER) == ["drift_detector"]


def test_tests_elsewhere_count_when_they_import_the_project(tmp_path: Path) -> None:
    for name, text in {
        "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
        "infra/__main__.py": "import network\n",
        "infra/network.py": "",
        "tests/test_network.py": "import network\n",
        "tests/test_other.py": "import json\n",
        "tests/node_modules/test_network.py": "import network\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    infra = str(tmp_path / "infra")
    assert found(read_program(infra, infra, Sources(), Environment()), Role.TEST) == ["test_network"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("x = 1\n".encode("utf-16"), "encoding"),
        (b"# coding: hex\n", "encoding"),
        (b"x = 1\0\n", "syntax"),
        (b"x = " + b"(" * 10_000 + b")" * 10_000, "syntax"),
        (b"a" + b".b" * 100_000, "depth"),
        (b"x = 1\n" * 20_000, None),
    ],
)
def test_a_strange_file_has_a_clear_answer(content: bytes, kind: str | None, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_bytes(content)
    (file,) = read_program(str(tmp_path), str(tmp_path), Sources(), Environment()).files
    assert (file.fault.kind if file.fault else None) == kind


def test_links_and_directories_that_look_like_files_are_no_crash(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import x\n")
    (tmp_path / "x.py").mkdir()
    (tmp_path / "test_gone.py").symlink_to(tmp_path / "absent.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "test_pipe.py")
    program = read_program(str(tmp_path), str(tmp_path), Sources(), Environment())
    faults = {file.module: file.fault.message for file in program.files if file.fault}
    assert faults == {"test_gone": "No such file or directory", "test_pipe": "it is no regular file"}
