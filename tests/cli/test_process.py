"""`preflight` as a process: pipes that close, signals, and terminals that cannot show everything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .harness import FLAWED, SOUND, Directory

CANARY = "canary"
COMMAND = [sys.executable, "-m", "policy_pack.cli"]


def start(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | environment,
        start_new_session=True,
    )


def test_a_reader_that_leaves_gets_no_traceback(directory: Directory) -> None:
    process = start("explain", "engine-version-unavailable", PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert errors == b""
    assert process.returncode == 128 + signal.SIGPIPE


def test_an_interrupt_ends_the_program_too(directory: Directory) -> None:
    directory.write(main="import pulumi\nimport time\n\ntime.sleep(30)\n")
    process = start("check", ".")
    children = wait_for_children(process.pid)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors) == (130, b"", b"interrupted\n")
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def wait_for_children(parent: int) -> list[int]:
    """The two passes of the program, once both run."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if len(found) == 2:
            # Both are past their start: they have been told what to do and sleep in the program.
            time.sleep(0.5)
            return [int(child) for child in found]
        time.sleep(0.05)
    raise AssertionError("the program was not started")


@pytest.mark.slow
@pytest.mark.parametrize("output_format", ["full", "json"])
def test_a_terminal_without_unicode_is_no_crash(output_format: str, directory: Directory) -> None:
    directory.write(main=FLAWED.rstrip() + "  # café 🚀\n")
    process = start("check", ".", "--output-format", output_format, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"Traceback" not in errors
    if output_format == "json":
        assert json.loads(out.decode("utf-8"))["summary"]["errors"] == 1
    else:
        assert b"# caf\\xe9 \\U0001f680" in out


def test_credentials_do_not_reach_the_program(directory: Directory) -> None:
    directory.write(main=SOUND + "import os\nassert not [key for key in os.environ if 'TOKEN' in key]\n")
    process = start("check", ".", AWS_SESSION_TOKEN=CANARY, SOME_TOKEN=CANARY)
    out, _ = process.communicate(timeout=60)
    assert out.startswith(b"clean: ")
    assert process.returncode == 0
