"""The stack in prod: Preflight, the program alone under mocks, and `pulumi preview` when it is there."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import cli
from .places import PREFLIGHT, ROOT, STACK
from .timing import PEAKS, interleaved, ratio, run, table

# The stack as its own unit tests run it, without what they record: nothing of ours takes part.
MOCKED = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/stack"]
from pulumi.runtime import mocks
from tests.stack import harness
harness.run_under(mocks.MockMonitor(harness.Aws()), "prod", harness.stack_config("prod"))
"""


def measure(rounds: int) -> None:
    """The stack in prod: Preflight, the program alone under mocks, and `pulumi preview` when it is there."""
    check = [str(PREFLIGHT), "check", str(STACK), "--stack", "prod", "--output-format", "concise"]
    cases: dict[str, Callable[[], None]] = {
        "preflight check stack (prod)": lambda: run(check),
        "the program under Pulumi's mocks": lambda: run([sys.executable, "-c", MOCKED, str(ROOT)]),
    }
    with tempfile.TemporaryDirectory() as scratch:
        preview = preview_case(Path(scratch))
        if preview is not None:
            cases["pulumi preview (stand-in provider)"] = preview
        times = interleaved(cases, rounds).wall
    table(times, "the program under Pulumi's mocks")
    if preview is not None:
        ratio("preflight / pulumi preview", times, *list(times)[::2])
    else:
        print("pulumi is not on PATH: no comparison with `pulumi preview`")
    peaks = ", ".join(f"{name} {peak:.0f} MB" for name, peak in PEAKS.items())
    print(f"peak memory of the largest process: {peaks}\n")


def preview_case(scratch: Path) -> Callable[[], None] | None:
    """A preview of a copy of the stack with the tests' stand-in provider, None without the CLI."""
    if not cli.is_there():
        return None
    program = scratch / "stack"
    shutil.copytree(STACK, program)
    manifest = (program / "Pulumi.yaml").read_text().replace("../.venv", sys.prefix)
    plugin = f"plugins:\n  providers:\n    - name: aws\n      path: {cli.PROVIDER}\n"
    (program / "Pulumi.yaml").write_text(manifest + plugin)
    environment = cli.environment(scratch)
    common = ["--stack", "prod", "--cwd", str(program), "--non-interactive"]
    run(["pulumi", "stack", "init", *common], environment)
    return lambda: run(["pulumi", "preview", *common], environment)
