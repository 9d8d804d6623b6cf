"""However a program ends, what it registered is kept and the reason is said."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from policy_pack.simulator import Simulation

from .harness import named, simulate, started, write_project

HEAD = "import json, os, sys, pulumi\npulumi.CustomResource('demo:index:Thing', 'thing', {})\n"
# The SDK sends when its loop turns, as in a data source; until then a process that vanishes has told nobody.
SENT = HEAD + "import asyncio; pulumi.runtime.sync_await._sync_await(asyncio.sleep(0.05))\n"


def ended(simulation: Simulation) -> tuple[str, str, int | None]:
    """Status, message and line; the resource before the end is there in any case."""
    assert named(simulation, "thing").name == "thing"
    (fault,) = simulation.plan.faults
    assert simulation.run.status == fault.kind
    assert simulation.run.detail == fault.message
    assert not simulation.plan.complete
    return fault.kind, fault.message, fault.span.line if fault.span else None


@pytest.mark.parametrize(
    ("ending", "kind", "says", "line"),
    [
        ("raise ValueError('no such\\nsetting')", "failed", "ValueError: no such", 3),
        ("sys.exit(3)", "stopped", "sys.exit(3)", 3),
        ("sys.exit()", "stopped", "sys.exit(0)", 3),
        ("import no_such_module", "failed", "`no_such_module` is not installed", 3),
        ("int(pulumi.Config().require('name'))", "failed", "program raises ValueError", 3),
        ("def again(): again()\nagain()", "failed", "RecursionError", 3),
        ("exec('x = (')", "failed", "not valid Python", 3),
        ("raise KeyboardInterrupt", "failed", "KeyboardInterrupt", 3),
    ],
)
def test_an_ending_by_the_programs_own_hand(
    ending: str, kind: str, says: str, line: int, tmp_path: Path
) -> None:
    found = ended(simulate(tmp_path, HEAD + ending + "\n"))
    assert found[0] == kind
    assert says in found[1]
    assert found[2] == line


@pytest.mark.parametrize(
    ("ending", "says"),
    [
        ("os._exit(7)", "exit code 7"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("os.abort()", "SIGABRT"),
    ],
)
def test_an_ending_of_the_process(ending: str, says: str, tmp_path: Path) -> None:
    kind, message, _ = ended(simulate(tmp_path, SENT + ending + "\n"))
    assert kind == "stopped"
    assert says in message


def test_the_last_line_that_was_printed_helps(tmp_path: Path) -> None:
    simulation = simulate(tmp_path, HEAD + "print('giving up')\nos._exit(1)\n")
    assert simulation.plan.faults[0].help == "the last line it printed: giving up"


@pytest.mark.slow
def test_an_endless_loop_is_ended_where_it_stands(tmp_path: Path) -> None:
    program = HEAD + "def wait():\n    while True:\n        pass\nwait()\n"
    simulation = simulate(tmp_path, program, time_limit=4)
    kind, message, line = ended(simulation)
    assert kind == "stopped"
    assert line in (4, 5)
    assert "time limit" in message


@pytest.mark.slow
def test_a_wait_that_never_ends_says_so_too(tmp_path: Path) -> None:
    program = HEAD + "import asyncio\npulumi.Output.from_input(asyncio.Future()).apply(print)\n"
    kind, message, _ = ended(simulate(tmp_path, program, time_limit=4))
    assert kind == "stopped"
    assert "time limit" in message


@pytest.mark.slow
def test_a_child_that_cannot_answer_is_killed(tmp_path: Path) -> None:
    program = SENT + "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(600)\n"
    kind, message, _ = ended(simulate(tmp_path, program, time_limit=4))
    assert kind == "stopped"
    assert "time limit" in message


def test_a_child_killed_from_outside_leaves_what_it_had(tmp_path: Path) -> None:
    directory = write_project(tmp_path, SENT + "import time; time.sleep(600)\n")
    simulator = started(directory)

    def kill_when_registered() -> None:
        for child in simulator.children:
            while not child.result.of("resource") and child.process.poll() is None:
                threading.Event().wait(0.02)
            os.killpg(child.process.pid, signal.SIGKILL)

    thread = threading.Thread(target=kill_when_registered)
    thread.start()
    kind, message, _ = ended(simulator.finish("demo"))
    thread.join()
    assert (kind, message) == ("stopped", "the program was killed by SIGKILL")


def test_cancelling_leaves_no_process(tmp_path: Path) -> None:
    simulator = started(write_project(tmp_path, HEAD + "import time; time.sleep(600)\n"))
    simulator.cancel()
    assert all(child.process.poll() is not None for child in simulator.children)


def test_megabytes_and_binary_junk_on_the_output_do_no_harm(tmp_path: Path) -> None:
    junk = "sys.stdout.buffer.write(os.urandom(2_000_000))\nprint('x' * 3_000_000)\nprint(sys.stdin.read())\n"
    simulation = simulate(tmp_path, HEAD + junk + "os.write(2, b'\\xff\\x00' * 9)\n")
    assert simulation.run.status == "complete"
    assert named(simulation, "thing").name == "thing"


def test_a_missing_pulumi_is_said_to_be_missing(tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").write_text(
        f'#!/bin/sh\nexec {os.path.realpath("/usr/bin/env")} -i python3 -S "$@"\n'
    )
    (environment / "bin" / "python").chmod(0o755)
    simulation = simulate(tmp_path, HEAD)
    assert simulation.run.status == "failed"
    assert "`pulumi` is not installed" in str(simulation.run.detail)


@pytest.mark.slow
def test_a_program_that_catches_everything_is_ended_all_the_same(tmp_path: Path) -> None:
    program = SENT + "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n"
    kind, message, line = ended(simulate(tmp_path, program, time_limit=4))
    assert (kind, line) == ("stopped", 6)
    assert "time limit" in message
