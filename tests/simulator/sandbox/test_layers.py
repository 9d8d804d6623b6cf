"""What each layer holds back of a program that goes around the guard: the table of docs/sandbox.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from policy_pack.simulator.sandbox.launching import LAYERS, Sandbox, launch

from . import hostile
from .victims import SEEN_FROM_OUTSIDE, victims

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")

HELD = {
    "limits": {"take memory"},
    "files": {"read secrets", "read another process", "write a file", "delete a file", "change a mode"},
    "network": {"connect by TCP", "send by UDP"},
    "landlock": {
        "read secrets",
        "read another process",
        "write a file",
        "delete a file",
        "connect by TCP",
        "signal a process",
    },
    "seccomp": {
        "change a mode",
        "connect by TCP",
        "send by UDP",
        "connect to a Unix socket",
        "start a process",
        "signal a process",
        "limit a process",
    },
}
ACTS = set(hostile.acts({}))
# Where no layer says so, the system decides whether one process may look into another.
OF_THE_SYSTEM = {"read another process"}
# What the table says of the newest Landlock; older ones have neither.
LATER = {"connect by TCP": 4, "signal a process": 6}


def landlock_version() -> int:
    """The kernel's, 0 where it has none."""
    from policy_pack.simulator.sandbox import landlock

    try:
        return landlock.version()
    except OSError:
        return 0


def got_through(tmp_path: Path, layers: tuple[str, ...]) -> set[str]:
    """Run the hostile program with some layers; skips where the machine does not have one of them."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with victims(tmp_path / "victims") as made:
        environment = {"PATH": os.environ["PATH"], "HOME": str(made.home), "TMPDIR": str(scratch)}
        command = [sys.executable, "-I", "-S", hostile.__file__, json.dumps(made.description())]
        sandbox = Sandbox(str(scratch), layers=layers)
        started = launch(command, environment, sandbox, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = started.process.communicate()[0].decode()
        if started.missing():
            pytest.skip(f"not on this machine: {'; '.join(started.missing())}")
        assert started.process.returncode == 0, text
        claimed = set(json.loads(text.splitlines()[-1])["through"])
        return (claimed - SEEN_FROM_OUTSIDE) | made.harmed()


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_alone_holds_back_what_the_table_says_and_no_more(layer: str, tmp_path: Path) -> None:
    held = HELD[layer]
    if layer == "landlock":
        held = {act for act in held if LATER.get(act, 0) <= landlock_version()}
    through = got_through(tmp_path, (layer,))
    assert not through & held
    assert through | OF_THE_SYSTEM == (ACTS - held) | OF_THE_SYSTEM


def test_without_any_layer_native_code_does_what_it_likes(tmp_path: Path) -> None:
    assert got_through(tmp_path, ()) | OF_THE_SYSTEM == ACTS


def test_all_layers_together_hold_back_everything(tmp_path: Path) -> None:
    assert got_through(tmp_path, LAYERS) == set()


def test_where_namespaces_are_denied_the_others_hold_back_nearly_everything(tmp_path: Path) -> None:
    if landlock_version() < max(LATER.values()):
        pytest.skip("an older Landlock")
    assert got_through(tmp_path, ("limits", "landlock", "seccomp")) == set()


def test_the_documentation_has_the_same_table() -> None:
    rows = {
        cells[0].strip(): [cell.strip() for cell in cells[1:]]
        for line in (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text().splitlines()
        if (cells := line.strip().strip("|").split("|"))[0].strip() in ACTS
    }
    assert rows == {act: ["held" if act in HELD[layer] else "" for layer in LAYERS] for act in ACTS}
