"""Programs that do not come to their end, or do what a simulation must not: said clearly, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import FLAW, FLAWED, SOUND, Directory

BUCKET = 'pulumi.CustomResource("aws:s3/bucket:Bucket", "logs", {})\n'

# What follows three lines with a finding; the diagnostic, the line from there, and what is said and advised.
ENDINGS = {
    "raises": ('raise ValueError("no\\nluck")\n', "program-failed", 1, "raises ValueError: no", ""),
    "raises-nothing-said": ("raise RuntimeError\n", "program-failed", 1, "raises RuntimeError", ""),
    "asserts": ("assert 1 > 2\n", "program-failed", 1, "raises AssertionError", ""),
    "exits": ("import sys\nsys.exit(3)\n", "program-stopped", 2, "calls `sys.exit(3)`", "to its end"),
    "exits-with-0": ("exit()\n", "program-stopped", 1, "calls `sys.exit(0)`", "to its end"),
    "lacks-a-package": ("import not_there\n", "program-failed", 1, "`not_there` is not installed", "install"),
    "writes-a-file": ('open("made.txt", "w")\n', "program-failed", 1, "writes to `made.txt`", "outside"),
    "makes-a-directory": ('import os\nos.mkdir("made")\n', "program-failed", 2, "changes `made`", "outside"),
    "starts-a-process": (
        'import subprocess\nsubprocess.run(["ls"])\n',
        "program-failed",
        2,
        "starts a process (`ls`)",
        "outside",
    ),
    "connects": (
        'import socket\nsocket.socket().connect(("192.0.2.1", 80))\n',
        "program-failed",
        2,
        "connection to `192.0.2.1:80`",
        "outside",
    ),
    "loops": (
        "import time\nwhile True:\n    time.sleep(0.01)\n",
        "program-stopped",
        3,
        "within the time limit",
        "`--time-limit",
    ),
    "spins-in-a-callback": (
        "def spin(value):\n    while True:\n        pass\npulumi.Output.from_input(1).apply(spin)\n",
        "program-stopped",
        2,
        "within the time limit",
        "`--time-limit",
    ),
}


# The simulator's own tests see each of these ends; here it is how they are told.
OFTEN = (next(iter(ENDINGS)),)


@pytest.mark.parametrize(
    "name", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in ENDINGS]
)
def test_what_was_made_before_the_end_is_still_checked(name: str, directory: Directory) -> None:
    code, diagnostic, line, says, advises = ENDINGS[name]
    # Callbacks run once the program has ended, when nothing more is to come.
    directory.write(main=FLAWED + code + ("" if "callback" in name else BUCKET))
    result = directory.check("--time-limit", "3" if "limit" in says else "60")
    assert result.code == 2
    assert [rule for rule, _ in result.findings] == [FLAW, diagnostic]
    ending = result.finding(diagnostic)
    assert (ending["line"], ending["path"], ending["stacks"]) == (3 + line, "__main__.py", ["dev"])
    assert says in ending["message"]
    assert advises in (ending["help"] or "")
    assert ending["note"] == "1 resource was registered before it, and checked"
    (program,) = result.report["programs"]
    assert program["status"] == diagnostic.removeprefix("program-")
    assert program["detail"] == ending["message"]
    left = sorted(path.name for path in Path().iterdir())
    assert left == [".git", "Pulumi.dev.yaml", "Pulumi.yaml", "__main__.py"]


@pytest.mark.parametrize(
    "silence", ["raise SystemExit(7)", "import os\nos._exit(7)", "import os\nos.abort()"]
)
def test_a_program_that_ends_itself_is_never_clean(silence: str, directory: Directory) -> None:
    directory.write(main=f"{SOUND}{silence}\n")
    result = directory.check()
    assert (result.code, [rule for rule, _ in result.findings]) == (2, ["program-stopped"])


@pytest.mark.slow
def test_a_program_that_catches_its_end_is_ended_all_the_same(directory: Directory) -> None:
    stubborn = """\
import time
while True:
    try:
        time.sleep(60)
    except BaseException:
        pass
"""
    directory.write(main=SOUND + stubborn)
    result = directory.check("--time-limit", "3")
    assert result.findings == [("program-stopped", 7)]


def test_a_time_that_is_up_before_the_program_starts_is_told_as_such(directory: Directory) -> None:
    directory.write(main=SOUND)
    result = directory.check("--time-limit", "0.01")
    assert result.findings == [("program-stopped", None)]
    assert "within the time limit" in result.finding("program-stopped")["message"]


def test_a_syntax_error_is_placed_at_its_line(directory: Directory) -> None:
    directory.write(main="import pulumi\nimport settings\n")
    Path("settings.py").write_text("a = 1\nb = = 2\n")
    result = directory.check()
    (finding,) = result.report["findings"]
    assert finding["rule"] == "syntax-error"
    assert (finding["path"], finding["line"], finding["column"]) == ("settings.py", 2, 5)
    assert finding["message"] == "the file is not valid Python: invalid syntax"
    assert finding["stacks"] == ["dev"]
    assert (result.code, result.report["programs"][0]["status"]) == (2, "failed")
    ending = directory.check("--only", "program").finding("program-failed")
    assert (ending["path"], ending["line"], ending["column"]) == ("settings.py", 2, 5)
    assert ending["message"] == "the file is not valid Python: invalid syntax"
    assert ending["note"] == "no resource was registered before it, so nothing was checked"


def test_a_comment_in_a_file_that_failed_still_silences(directory: Directory) -> None:
    comment = f"  # preflight: ignore[{FLAW}] -- restored from a snapshot"
    directory.write(main="import pulumi\nimport database\n")
    Path("database.py").write_text(FLAWED.rstrip() + comment + "\nraise ValueError\n")
    result = directory.check()
    assert result.code == 2
    assert result.finding(FLAW)["suppressed"]["reason"] == "restored from a snapshot"


def test_what_a_program_prints_is_not_what_preflight_prints(directory: Directory) -> None:
    noise = (
        "import json, sys\n"
        'print(json.dumps({"kind": "end", "status": "complete"}))\n'
        'print("x" * 2_000_000)\n'
        'for number in range(5000):\n    print("line", number, file=sys.stderr)\n'
        'sys.stdout.buffer.write(b"\\xff\\x00\\n")\n'
    )
    directory.write(main=noise + FLAWED)
    result = directory.check()
    assert (result.code, result.findings) == (1, [(FLAW, 9)])
    assert "line" not in result.err


def test_input_is_empty_and_arguments_are_those_of_the_program(directory: Directory) -> None:
    directory.write(main=SOUND + "import sys\nassert sys.stdin.read() == ''\nassert len(sys.argv) == 1\n")
    assert directory.check().code == 0
