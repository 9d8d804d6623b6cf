"""All rules over synthetic plans made of the stack's own resources, with facts and without."""

from __future__ import annotations

import datetime
import pickle
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.linter import registry
from policy_pack.linter.running import run_rules
from policy_pack.model import Plan
from policy_pack.rules.rule import Parameter

from .plans import repeated, stack_plan
from .timing import interleaved, table

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


def measure(rounds: int) -> None:
    """What the rules cost, and what facts add to it."""
    facts_cost(rounds)
    rule_runs(rounds)


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

    def defaults(parameters: Mapping[str, Parameter]) -> dict[str, object]:
        return {key: getattr(item, "default", None) for key, item in parameters.items()}

    check(plan)
    times = interleaved(
        {f"{len(rules)} rules, {size} resources": case(size) for size in (500, 5000)}, rounds
    ).wall
    table(times, next(iter(times)))
