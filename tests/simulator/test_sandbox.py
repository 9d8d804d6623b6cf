"""Hostile and boundless programs, simulated: the world stays as it was, and the report is right."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from policy_pack.cli import main
from policy_pack.simulator.sandbox.launching import GIGABYTE, LAYERS

from .harness import named, simulate, write_project
from .sandbox import hostile
from .sandbox.test_layers import HELD, OF_THE_SYSTEM, landlock_version
from .sandbox.victims import SEEN_FROM_OUTSIDE, victims

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")

HEAD = "import os, pulumi, sys\npulumi.CustomResource('demo:index:Thing', 'thing', {})\n"
# Records go over this: the one pipe that is open for writing beside the streams.
PIPE = """
import fcntl, stat
def is_pipe(number):
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode) and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_WRONLY
    except OSError:
        return False
channel = [number for number in range(3, 50) if is_pipe(number)][0]
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "layers", [(), *((layer,) for layer in LAYERS), LAYERS], ids=lambda value: "+".join(value)
)
def test_a_hostile_program_and_a_right_report(layers: tuple[str, ...], tmp_path: Path) -> None:
    program = {
        "__main__.py": "import json, pulumi, hostile\n"
        "victims = json.loads(pulumi.Config().require('victims'))\n"
        "pulumi.CustomResource('demo:index:Report', 'report', {'through': hostile.run(victims)})\n"
        "raise ValueError(hostile.CONTROL)\n",
        "hostile.py": Path(hostile.__file__).read_text(),
    }
    with victims(tmp_path / "victims") as made:
        options: dict[str, Any] = {
            "layers": layers,
            "environment": {"HOME": str(made.home)},
            "config": {"demo:victims": json.dumps(made.description())},
        }
        simulation = simulate(tmp_path / "project", program, **options)
        harmed = made.harmed()
    if simulation.run.missing_layers:
        pytest.skip(f"not on this machine: {simulation.run.missing_layers}")
    # What it prints is taken for nothing else.
    assert [item.name for item in simulation.plan.resources] == ["report"]
    (fault,) = simulation.plan.faults
    assert (fault.kind, fault.span.line if fault.span else None) == ("failed", 4)
    through = set(named(simulation, "report").inputs["through"])
    held = set().union(*(HELD[layer] for layer in layers)) if layers else set()
    if landlock_version() >= 6 or "landlock" not in layers:
        assert ((through - SEEN_FROM_OUTSIDE) | harmed) & held == set()
        assert (through - SEEN_FROM_OUTSIDE) | harmed | held | OF_THE_SYSTEM == set(hostile.acts({}))


@pytest.mark.parametrize("output_format", ["full", pytest.param("concise", marks=pytest.mark.slow)])
def test_no_terminal_obeys_what_a_program_says(
    output_format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = repr(hostile.CONTROL)
    saying = f"text = {said}\nprint(text)\npulumi.CustomResource('demo:index:Thing', text, {{}})\n"
    write_project(tmp_path, HEAD + saying + "raise ValueError(text)\n")
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with redirect_stdout(printed):
        main(["check", ".", "--output-format", output_format, "--color", "never", "-v"])
    text = printed.getvalue()
    assert "ValueError" in text
    assert not [character for character in text if not character.isprintable() and character != "\n"]


def bounded(directory: Path, act: str, **options: Any) -> tuple[str, str]:
    """The kind and the message of the only fault; what was made before is there."""
    simulation = simulate(directory, HEAD + "import asyncio\n" + act, **options)
    if simulation.run.missing_layers:
        pytest.skip(f"not on this machine: {simulation.run.missing_layers}")
    assert named(simulation, "thing").name == "thing"
    (fault,) = simulation.plan.faults
    return fault.kind, fault.message


SENT = "pulumi.runtime.sync_await._sync_await(asyncio.sleep(0.05))\n"


@pytest.mark.slow
def test_a_text_of_ten_gigabytes(tmp_path: Path) -> None:
    assert bounded(tmp_path, "text = 'x' * (10 << 30)\n") == (
        "failed",
        "the program takes more memory than it is given",
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "kind", "says"),
    [
        ("while True: os.fork()\n", "failed", "starts a process"),
        (
            "import subprocess\nwhile True: subprocess.Popen(['true'])\n",
            "failed",
            "starts a process (`true`)",
        ),
        ("def again(): again()\nagain()\n", "failed", "RecursionError"),
        (SENT + "while True: print('x' * 1000)\n", "stopped", "printed more than 100 MB"),
        (
            SENT
            + "import mmap\nshared = mmap.mmap(-1, 2 << 30)\nwhile True: shared.write(b'x' * (1 << 20))\n",
            "stopped",
            "more memory than it is given",
        ),
        (
            # By the resource limit or by who watches, whichever is first.
            SENT + "kept = []\nwhile True: kept.append('x' * (1 << 20))\n",
            None,
            "more memory than it is given",
        ),
        (
            SENT + PIPE + 'line = b\'{"kind": "blocked", "act": "x", "frames": []}\\n\' * 100\n'
            "while True: os.write(channel, line)\n",
            "stopped",
            "more than a simulation can hold",
        ),
        (
            SENT + PIPE + "while True: os.write(channel, b'x' * 4096)\n",
            "stopped",
            "more than a simulation can hold",
        ),
        (PIPE + "os.write(channel, b'\\n\\x1b[2J{}\\n')\n", "stopped", "no record"),
    ],
    ids=[
        "forks",
        "commands",
        "recursion",
        "printing",
        "shared memory",
        "memory",
        "records",
        "junk",
        "forged",
    ],
)
def test_nothing_is_without_end(act: str, kind: str | None, says: str, tmp_path: Path) -> None:
    found = bounded(tmp_path, act, memory=GIGABYTE // 2)
    assert kind is None or found[0] == kind
    assert says in found[1]


@pytest.mark.slow
def test_resources_without_end(tmp_path: Path) -> None:
    act = "import itertools\nfor n in itertools.count(): pulumi.CustomResource('demo:index:T', str(n), {})\n"
    _, message = bounded(tmp_path, SENT + act, memory=GIGABYTE // 5)
    assert "memory" in message or "can hold" in message or "time limit" in message


SIZE = """\
import os, re
from policy_pack.cli import main
code = main(["check", ".", "--output-format", "json", "--output-file", os.devnull])
# The peak that `getrusage` tells is at least that of the process which started this one.
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024, code)
"""
# Values of what a component puts out, by how much memory they take for their length.
FLOODS = {
    "objects": "b'[' + b'{\"a\":1},' * 1000 + b'1]'",
    "texts": "b'[' + b'\"ab\",' * 9000 + b'1]'",
    "wide": "b'\"\\\\ud83d\\\\ude00' + b'x' * 1_000_000 + b'\"'",
}
OUTPUTS = """b'{"kind": "outputs", "urn": "u", "outputs": {"a": ' + %s + b'}}\\n'"""


@pytest.mark.slow
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_our_own_process_stays_small(flood: str, tmp_path: Path) -> None:
    act = f"import asyncio\n{SENT}{PIPE}\nline = {OUTPUTS % flood}\nwhile True:\n    rest = line\n"
    write_project(tmp_path, HEAD + act + "    while rest: rest = rest[os.write(channel, rest):]\n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", SIZE]
    text = subprocess.run(
        run, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout
    megabytes, code = map(int, text.split()[-2:])
    assert code == 2
    assert megabytes <= 150
