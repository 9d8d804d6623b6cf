"""Measures Preflight beside its peers in one run: medians of interleaved rounds. Run by `make bench`.

Prints a table; asserts nothing, because a figure from one machine says nothing of another. Ratios do.
"""

from __future__ import annotations

import argparse
import datetime
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.linter import registry
from policy_pack.linter.running import run_rules
from policy_pack.model import Plan, Resource
from policy_pack.simulator import SimulationOptions, Simulator, default_cache, find_project

ROOT = Path(__file__).parent.parent
STACK = ROOT / "stack"
PREFLIGHT = Path(sys.executable).parent / "preflight"
PEAKS: dict[str, float] = {}

# The stack as its own unit tests run it, without what they record: nothing of ours takes part.
MOCKED = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/stack"]
from pulumi.runtime import mocks
from tests.stack import harness
harness.run_under(mocks.MockMonitor(harness.Aws()), "prod", harness.stack_config("prod"))
"""


# CPU seconds of all rules over a plan. Without facts, every question for one ends the rule that asks.
RULES = """
import datetime, pickle, sys, time
from pathlib import Path
from policy_pack.catalog import Catalogs
from policy_pack.catalog.errors import RefreshedError
from policy_pack.catalog.facts import Facts
from policy_pack.linter import registry
from policy_pack.linter.running import run_rules

class Nothing:
    def __getattr__(self, name):
        raise RefreshedError(Path(name), None, "there are no facts")

plan, rules = pickle.loads(Path(sys.argv[1]).read_bytes()), registry.load_all()
catalogs = Catalogs() if sys.argv[2] == "facts" else Nothing()

def facts_for(rule):
    parameters = {key: getattr(item, "default", None) for key, item in rule.parameters.items()}
    return Facts(catalogs, datetime.date(2026, 11, 22), region="eu-west-1", parameters=parameters)

start = time.process_time()
run_rules(plan, rules, facts_for)
print(time.process_time() - start)
"""


def main() -> None:
    """Run every benchmark and print one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument(
        "--no-refresh",
        action="store_true",
        help="leave out `preflight refresh` of 30 regions, which takes some two minutes",
    )
    given = options.parse_args()
    rounds = given.rounds
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {rounds} interleaved rounds, medians\n")
    whole_runs(rounds)
    start_up(rounds)
    source_runs(rounds)
    facts_cost(rounds)
    rule_runs(rounds)
    if not given.no_refresh:
        refresh_runs()


def whole_runs(rounds: int) -> None:
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
        times = interleaved(cases, rounds)
    table(times, "the program under Pulumi's mocks")
    if preview is not None:
        ratio("preflight / pulumi preview", times, *list(times)[::2])
    else:
        print("pulumi is not on PATH: no comparison with `pulumi preview`")
    peaks = ", ".join(f"{name} {peak:.0f} MB" for name, peak in PEAKS.items())
    print(f"peak memory of the largest process: {peaks}\n")


def preview_case(scratch: Path) -> Callable[[], None] | None:
    """A preview of a copy of the stack with the tests' stand-in provider, None without the CLI."""
    provider = ROOT / "tests" / "engine" / "provider"
    if shutil.which("pulumi") is None or not provider.is_dir():
        return None
    program = scratch / "stack"
    shutil.copytree(STACK, program)
    manifest = (
        (program / "Pulumi.yaml").read_text().replace("../.venv", str(Path(sys.executable).parent.parent))
    )
    plugin = f"plugins:\n  providers:\n    - name: aws\n      path: {provider}\n"
    (program / "Pulumi.yaml").write_text(manifest + plugin)
    (scratch / "state").mkdir()
    environment = os.environ | {
        # The stand-in provider is a script for whichever python3 comes first.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_HOME": str(scratch / "home"),
        "PULUMI_BACKEND_URL": f"file://{scratch / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
    }
    common = ["--stack", "prod", "--cwd", str(program), "--non-interactive"]
    run(["pulumi", "stack", "init", *common], environment)
    return lambda: run(["pulumi", "preview", *common], environment)


def start_up(rounds: int) -> None:
    """What a process costs before it does anything, beside the interpreter's own start."""
    cases: dict[str, Callable[[], None]] = {
        "python -c pass": lambda: run([sys.executable, "-c", "pass"]),
        "preflight --help": lambda: run([str(PREFLIGHT), "--help"]),
        "preflight rules": lambda: run([str(PREFLIGHT), "rules"]),
    }
    table(interleaved(cases, rounds), "python -c pass")
    print()


def source_runs(rounds: int) -> None:
    """What reading costs: one file and a thousand, beside how long other linters take for one."""
    one = str(STACK / "fraud_detection" / "compute.py")
    checked: dict[str, Callable[[], None]] = {
        "python -c pass": lambda: run([sys.executable, "-c", "pass"]),
        "preflight check FILE": lambda: run([str(PREFLIGHT), "check", one]),
        "ruff check FILE": lambda: run([str(PREFLIGHT.parent / "ruff"), "check", "--no-cache", one]),
    }
    zizmor = shutil.which("zizmor")
    if zizmor is not None:
        checked["zizmor --version"] = lambda: run([zizmor, "--version"])
    table(interleaved(checked, rounds), "python -c pass")
    with tempfile.TemporaryDirectory() as scratch:
        texts = [path.read_text() for path in sorted((STACK / "fraud_detection").glob("*.py"))]
        for number in range(1000):
            (Path(scratch) / f"module_{number}.py").write_text(texts[number % len(texts)])
        command = [str(PREFLIGHT), "check", scratch, "--only", "source", "--fail-on", "never"]
        before = os.times()
        run(command)
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        print(f"{'preflight check of 1,000 files':<38} {used:8.3f} s of CPU on one core\n")


def facts_cost(rounds: int) -> None:
    """CPU of all rules over the stack's plan, each in a process of its own: with facts, and without any."""
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch) / "plan"
        plan.write_bytes(pickle.dumps(stack_plan()))
        cases = {"rules with facts": "facts", "rules without any": "none"}
        times: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(rounds):
            for name, which in cases.items():
                command = [sys.executable, "-c", RULES, str(plan), which]
                times[name].append(float(subprocess.check_output(command)))
    table(times, "rules without any")
    more = [one - other for one, other in zip(*times.values(), strict=True)]
    print(f"{'facts cost':<38} {statistics.median(more) * 1000:8.1f} ms of CPU\n")


def rule_runs(rounds: int) -> None:
    """All rules over synthetic plans made of the stack's own resources."""
    plan = stack_plan()
    rules = registry.load_all()
    facts = Facts(Catalogs(), datetime.date(2026, 11, 22), region="eu-west-1")

    def case(size: int) -> Callable[[], None]:
        enlarged = repeated(plan, size)
        return lambda: check(enlarged)

    def check(enlarged: Plan) -> None:
        run_rules(enlarged, rules, lambda rule: replace(facts, parameters=defaults(rule.parameters)))

    def defaults(parameters: dict[str, object]) -> dict[str, object]:
        return {key: getattr(item, "default", None) for key, item in parameters.items()}

    check(plan)
    times = interleaved({f"{len(rules)} rules, {size} resources": case(size) for size in (500, 5000)}, rounds)
    table(times, next(iter(times)))


def refresh_runs() -> None:
    """`preflight refresh` of 30 regions against a local AWS, in a process of its own, on two cores."""
    print(flush=True)
    subprocess.run([sys.executable, ROOT / "tests" / "refresh" / "live" / "bench.py"], check=True)


def stack_plan() -> Plan:
    """The stack's prod plan, simulated once."""
    options = SimulationOptions(environment=dict(os.environ), cache=default_cache(os.environ))
    return Simulator(find_project(STACK), "prod", options).finish("stack").plan


def repeated(plan: Plan, size: int) -> Plan:
    """A plan of `size` resources: copies of the plan's own, each copy referring to itself."""
    made: list[Resource] = []
    for copy in range(size // len(plan.resources) + 1):
        made += [renamed(item, copy) for item in plan.resources]
    return replace(plan, resources=tuple(made[:size]))


def renamed(item: Resource, copy: int) -> Resource:
    """One resource of a copy."""
    links = {key: tuple(f"{urn}-{copy}" for urn in urns) for key, urns in item.property_dependencies.items()}
    return replace(item, urn=f"{item.urn}-{copy}", name=f"{item.name}-{copy}", property_dependencies=links)


def interleaved(cases: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each case in each round, the cases in turn; one round before is not counted."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, case in cases.items():
            start = time.perf_counter()
            case()
            if number:
                times[name].append(time.perf_counter() - start)
    return times


def table(times: dict[str, list[float]], base: str) -> None:
    """Median, range and the median of the paired ratios to one case."""
    for name, taken in times.items():
        paired = statistics.median(one / other for one, other in zip(taken, times[base], strict=True))
        low, high = min(taken), max(taken)
        print(f"{name:<38} {statistics.median(taken):8.3f} s  ({low:.3f}-{high:.3f})  {paired:5.2f} x")


def ratio(label: str, times: dict[str, list[float]], first: str, second: str) -> None:
    """The median of the paired ratios of two cases."""
    paired = [one / other for one, other in zip(times[first], times[second], strict=True)]
    print(f"{label:<38} {statistics.median(paired):5.2f} x")


def run(command: Iterable[str], environment: dict[str, str] | None = None) -> None:
    """Run a command to its end, and keep its peak memory; its output is shown only when it fails."""
    words = list(command)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(words, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        name = f"{Path(words[0]).name} {words[1]}"
        PEAKS[name] = max(PEAKS.get(name, 0), usage.ru_maxrss / 1024)
        if process.returncode != 0:
            output.seek(0)
            sys.exit(f"{' '.join(words)} failed:\n{output.read().decode()[-4000:]}")


if __name__ == "__main__":
    main()
