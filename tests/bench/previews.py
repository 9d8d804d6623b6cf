"""A preview of 500 resources: without a policy, with a do-nothing analyzer, with ours, with 200 policies.

With the Pulumi CLI when it is on PATH. What the packs' processes cost is measured by playing the engine too,
because a driver tells their CPU from the preview's.
"""

from __future__ import annotations

import datetime
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

from policy_pack.crossguard.analyzer import Analyzer
from policy_pack.crossguard.caller import Caller
from policy_pack.crossguard.preview import Preview, Stack
from policy_pack.linter import registry

from . import cli, synthetic
from .driver import ENGINE, Conversation, converse
from .places import PREFLIGHT
from .timing import interleaved, ratio, run, table

SIZE = 500
PACKS = Path(__file__).parent / "packs"
PACK = str(PREFLIGHT.with_name("preflight-pack"))
NONE, NOTHING, OURS, MANY = "no policy", "a do-nothing analyzer", "preflight-pack", "200 policies"
ALONE = "preflight-pack, simulate: false"


def measure(rounds: int) -> None:
    """The whole preview, then the packs' processes, then our handlers alone."""
    made = synthetic.resources(SIZE)
    print(f"a preview of {SIZE} resources")
    with tempfile.TemporaryDirectory() as scratch:
        if cli.is_there():
            whole_previews(Path(scratch), made, rounds)
        else:
            print("pulumi is not on PATH: no whole previews")
        conversations(Path(scratch), made, rounds)
    handlers(made, rounds)
    print()


def whole_previews(scratch: Path, made: list[Any], rounds: int) -> None:
    """`pulumi preview` with each pack."""
    program = scratch / "program"
    program.mkdir()
    synthetic.write_program(program, made, cli.PROVIDER)
    environment = cli.environment(scratch)
    common = ["--stack", "dev", "--cwd", str(program), "--non-interactive"]
    run(["pulumi", "stack", "init", *common], environment)

    def case(*options: str) -> Callable[[], None]:
        return lambda: run(["pulumi", "preview", *common, *options], environment)

    cases = {
        NONE: case(),
        NOTHING: case("--policy-pack", do_nothing(scratch)),
        OURS: case("--policy-pack", PACK),
        MANY: case("--policy-pack", two_hundred(scratch)),
    }
    times = interleaved(cases, rounds)
    table(times.wall, NONE)
    ratio(f"{OURS} / {NOTHING}", times.wall, OURS, NOTHING)
    table(times.cpu, NONE, " of CPU")


def do_nothing(scratch: Path) -> str:
    """An executable pack."""
    found = scratch / "do-nothing"
    if not found.exists():
        found.write_text(f"#!{sys.executable}\n{(PACKS / 'do_nothing.py').read_text()}")
        found.chmod(0o755)
    return str(found)


def two_hundred(scratch: Path) -> str:
    """A directory pack."""
    found = scratch / "two-hundred"
    if not found.exists():
        found.mkdir()
        (found / "__main__.py").write_text((PACKS / "two_hundred.py").read_text())
        runtime = f"{{name: python, options: {{toolchain: pip, virtualenv: {sys.prefix}}}}}"
        (found / "PulumiPolicy.yaml").write_text(f"runtime: {runtime}\nversion: 0.1.0\n")
    return str(found)


def conversations(scratch: Path, made: list[Any], rounds: int) -> None:
    """The packs' own processes, asked the same by a driver: nothing else counts."""
    directory = scratch / "previewed"
    directory.mkdir()
    synthetic.write_program(directory, made)
    asked = synthetic.requests(made), synthetic.stack_request(made)
    pack = two_hundred(scratch)
    commands = {
        NOTHING: [do_nothing(scratch), ENGINE],
        ALONE: [PACK, ENGINE],
        OURS: [PACK, ENGINE],
        MANY: [sys.executable, "-u", "-m", "pulumi.policy", ENGINE, pack],
    }
    found: dict[str, list[Conversation]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(converse(command, directory, *asked, simulate=name != ALONE))
    print(f"{'asked by a driver, medians':<38} {'port':>10} {'CPU':>8} {'a resource':>14} {'children':>10}")
    for name, taken in found.items():
        port, own, each, children = (
            statistics.median(getattr(item, key) for item in taken)
            for key in ("port", "own", "asked", "children")
        )
        print(f"{name:<38} {port:8.3f} s {own:6.2f} s {each / SIZE * 1000:11.2f} ms {children:8.2f} s")


def handlers(made: list[Any], rounds: int) -> None:
    """Our answers without any transport, from the bytes of a question to the bytes of its answer."""
    asked = [(item.type, item.SerializeToString()) for item in synthetic.requests(made)]
    times = [dict(enumerate(spent(asked))) for _ in range(rounds)]
    each = statistics.median(sum(taken.values()) / len(taken) for taken in times)
    slowest = max(range(len(asked)), key=lambda number: min(taken[number] for taken in times))
    longest = min(taken[slowest] for taken in times)
    print(f"{'our handlers alone':<38} {each * 1000:8.2f} ms of CPU a resource", end="")
    print(f"; the slowest is {asked[slowest][0]}: {longest * 1000:.1f} ms")


def spent(asked: list[tuple[str, bytes]]) -> Iterator[float]:
    """Seconds of CPU of each question, facts not loaded yet."""
    stack = Stack("bench", "dev", config={"aws:region": synthetic.REGION})
    preview = Preview(datetime.datetime.now(datetime.timezone.utc).date(), stack)
    pack = Analyzer(Caller(executable=True, parent=os.getpid()), registry.load_all(), preview=preview)
    for _, data in asked:
        start = time.process_time()
        pack.Remediate(analyzer_pb2.AnalyzeRequest.FromString(data)).SerializeToString()
        pack.Analyze(analyzer_pb2.AnalyzeRequest.FromString(data)).SerializeToString()
        yield time.process_time() - start
