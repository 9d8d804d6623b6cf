"""Which places are hidden from a program, and which never are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.simulator.sandbox.hidden import hidden_places
from policy_pack.simulator.sandbox.landlock import readable


@pytest.fixture
def home(tmp_path: Path) -> Path:
    files = [
        ".aws/credentials",
        ".ssh/id_rsa",
        ".ssh/id_rsa.pub",
        ".netrc",
        ".config/gcloud/db",
        ".config/a/b",
    ]
    for name in [*files, "work/infra/__main__.py", ".pulumi/credentials.json", ".pulumi/bin/tool"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def hidden(home: Path, *needed: Path, **variables: str) -> list[str]:
    """What is hidden below a home directory."""
    found = hidden_places({"HOME": str(home), **variables}, map(str, needed))
    return sorted(str(Path(path).relative_to(home)) for path in found if path.startswith(str(home)))


def test_secret_places_that_are_there_are_hidden_but_public_keys_are_not(home: Path) -> None:
    assert hidden(home) == [".aws", ".config/gcloud", ".netrc", ".pulumi/credentials.json", ".ssh/id_rsa"]


def test_the_project_and_its_interpreter_are_never_hidden(home: Path) -> None:
    needed = home / ".aws" / "infra"
    needed.mkdir()
    assert ".aws" not in hidden(home, needed)
    assert ".aws/credentials" in hidden(home, needed)
    assert not [path for path in hidden(home, home / ".aws") if path.startswith(".aws")]
    assert not [path for path in hidden(home, home / ".aws") if path.startswith("..")]


def test_what_a_variable_names_is_hidden_too(home: Path) -> None:
    (home / "keys").mkdir()
    (home / "keys" / "cluster").write_text("x")
    assert "keys/cluster" in hidden(home, KUBECONFIG=f"{home}/keys/cluster:{home}/none")
    assert "." not in hidden(home, KUBECONFIG="/dev/null:relative")


def test_a_link_hides_what_it_leads_to(home: Path) -> None:
    (home / "elsewhere").mkdir()
    (home / ".kube").symlink_to(home / "elsewhere")
    assert "elsewhere" in hidden(home)


def test_without_a_home_directory_the_users_own_counts() -> None:
    hidden_places({}, ())
    hidden_places({"HOME": "relative"}, ())
    assert "/" not in hidden_places({"HOME": "/"}, ())


@given(st.sets(st.sampled_from(["a/1", "a/2", "a/b/1", "c/1", "c/d/1", "e"]), max_size=5))
def test_what_is_readable_is_all_but_what_is_hidden(
    tmp_path_factory: pytest.TempPathFactory, names: set[str]
) -> None:
    top = tmp_path_factory.mktemp("tree")
    every = {top / name for name in ("a/1", "a/2", "a/b/1", "a/b/2", "c/1", "c/d/1", "e", "f/1")}
    for path in every:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    secret = {top / name for name in names}
    allowed = {Path(path) for path in readable(str(top), frozenset(map(str, secret)))}
    seen = {path for path in every if any(path == each or each in path.parents for each in allowed)}
    assert seen == every - secret


def test_a_link_that_leads_to_what_is_needed_stays(home: Path) -> None:
    (home / ".kube").mkdir()
    (home / ".kube" / "system").symlink_to(home / "work")
    (home / ".kube" / "config").write_text("x")
    found = hidden(home, home / ".kube" / "system" / "infra")
    assert [path for path in found if path.startswith(".kube")] == [".kube/config"]
