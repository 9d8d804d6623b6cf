"""The simulator, both passes, beside the same program under Pulumi's mocks and under `pulumi preview`.

Seconds of CPU say what it costs, seconds that pass what the user waits for: the passes run side by side.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import cli
from .timing import interleaved, ratio, run, table

SMALL, MIDDLE, LARGE = 100, 2_000, 10_000
# A round of the largest takes minutes, and mocks take longer yet: they have none of it.
FEW = 3
OURS, MOCKS, PREVIEW = "Preflight's simulator", "Pulumi's mocks", "pulumi preview (stand-in provider)"
PROGRAM = Path(__file__).with_name("program.py")

# The program as its author would test it: no part of ours takes part.
MOCKED = """
import asyncio, runpy, sys
import pulumi
from pulumi.runtime import mocks, stack

class Aws(mocks.Mocks):
    def new_resource(self, args):
        made = {"arn": f"arn:aws:bench:::{args.name}", "name": args.name}
        return f"{args.name}-id", {**args.inputs, **made}

    def call(self, args):
        return {}

pulumi.runtime.set_all_config({"bench:size": sys.argv[2], "aws:region": "eu-west-1"})
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
mocks.set_mocks(Aws(), "bench", "dev", preview=False)
loop.run_until_complete(stack.run_pulumi_func(lambda: runpy.run_path(sys.argv[1], run_name="__main__")))
"""

# What `preflight check` does before it judges; says how much memory it took itself, and a child at most.
SIMULATED = """
import json, os, resource, sys
from pathlib import Path
from policy_pack.simulator import SimulationOptions, Simulator, default_cache, find_project

options = SimulationOptions(900, environment=dict(os.environ), cache=default_cache(os.environ))
simulation = Simulator(find_project(Path(sys.argv[1])), "dev", options).finish(".")
if simulation.run.status != "complete" or simulation.run.resources < int(sys.argv[2]):
    sys.exit(f"{simulation.run}")
who = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
peaks = [resource.getrusage(each).ru_maxrss / 1024 for each in who]
Path(sys.argv[3]).write_text(json.dumps(peaks))
"""


def measure(rounds: int) -> None:
    """Two sizes beside their peers, then how time and memory grow up to the largest."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for size in (SMALL, MIDDLE):
            compare(scratch, size, rounds)
        grow(scratch, min(rounds, FEW))


def compare(scratch: Path, size: int, rounds: int) -> None:
    """One size beside its peers; a preview of the larger takes about 45 s and is left out."""
    program = write_program(scratch, size)
    cases = {OURS: simulated(program, size), MOCKS: mocked(program, size)}
    if size == SMALL and cli.is_there():
        cases[PREVIEW] = previewed(scratch, program)
    print(f"a program of {size} resources, both passes")
    times = interleaved(cases, rounds)
    table(times.wall, MOCKS)
    table(times.cpu, MOCKS, " of CPU")
    print(f"{peaks(program)}\n")


def grow(scratch: Path, rounds: int) -> None:
    """The largest beside the one before: five times the resources."""
    programs = {f"{size} resources": (write_program(scratch, size), size) for size in (MIDDLE, LARGE)}
    print("the simulator alone")
    times = interleaved({name: simulated(*given) for name, given in programs.items()}, rounds)
    for seconds, of in ((times.wall, ""), (times.cpu, " of CPU")):
        table(seconds, next(iter(programs)), of)
    ratio(" / ".join(reversed(programs)), times.cpu, *reversed(programs))
    print(f"{peaks(programs[f'{LARGE} resources'][0])}\n")


def write_program(scratch: Path, size: int) -> Path:
    """A project of that many resources; the provider plugin is for the CLI alone."""
    program = scratch / f"bench-{size}"
    program.mkdir(exist_ok=True)
    runtime = f"{{name: python, options: {{toolchain: pip, virtualenv: {sys.prefix}}}}}"
    plugin = f"plugins: {{providers: [{{name: aws, path: {cli.PROVIDER}}}]}}\n"
    (program / "Pulumi.yaml").write_text(f"name: bench\nruntime: {runtime}\n{plugin}")
    (program / "Pulumi.dev.yaml").write_text(f'config: {{aws:region: eu-west-1, "bench:size": "{size}"}}\n')
    (program / "__main__.py").write_text(PROGRAM.read_text())
    return program


def simulated(program: Path, size: int) -> Callable[[], None]:
    """Both passes, in a process of their own; its memory is kept beside the program."""
    found = str(program / "peaks.json")
    return lambda: run([sys.executable, "-c", SIMULATED, str(program), str(size), found])


def mocked(program: Path, size: int) -> Callable[[], None]:
    """The program alone."""
    return lambda: run([sys.executable, "-c", MOCKED, str(program / "__main__.py"), str(size)])


def previewed(scratch: Path, program: Path) -> Callable[[], None]:
    """A preview, with a backend of files."""
    environment = cli.environment(scratch)
    common = ["--stack", "dev", "--cwd", str(program), "--non-interactive"]
    run(["pulumi", "stack", "init", *common], environment)
    return lambda: run(["pulumi", "preview", *common], environment)


def peaks(program: Path) -> str:
    """The memory of the last run."""
    own, child = json.loads((program / "peaks.json").read_text())
    return f"peak memory: {own:.0f} MB our own process, {child:.0f} MB a child"
