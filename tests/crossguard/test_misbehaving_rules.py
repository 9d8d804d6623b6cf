"""A rule that raises, loops or yields rubbish is named; every other rule is heard."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from policy_pack.catalog.facts import Facts
from policy_pack.crossguard import watchdog
from policy_pack.crossguard.analyzer import Analyzer
from policy_pack.crossguard.caller import Caller
from policy_pack.linter import registry, running
from policy_pack.model import Problem
from policy_pack.rules.rule import PlanRule, PlanView, ResourceRule, View

from .analyzer import CLUSTER, resource_request, running_pack
from .test_preview import preview

STACK = analyzer_pb2.AnalyzeStackRequest()
INPUTS = {"engine": "aurora-postgresql", "engineVersion": "15.3", "masterPassword": "hunter2"}


def loops(resource: View) -> Iterable[Problem]:
    yield Problem("found before")
    while True:
        pass


def raises(resource: View) -> Iterable[Problem]:
    yield Problem("found before")
    raise ValueError(f"cannot read {resource.text('masterPassword')}")


def leaves(resource: View) -> Iterable[Problem]:
    yield Problem("found before")
    raise SystemExit(3)


def recurses(resource: View) -> Iterable[Problem]:
    yield Problem("found before")
    yield from list(recurses(resource))


def never_ends(resource: View) -> Iterable[Problem]:
    while True:
        yield Problem("found before")


def yields_text(resource: View) -> Iterable[Any]:
    yield from (Problem("found before"), "rubbish")


def yields_strange_problems(resource: View) -> Iterable[Any]:
    yield from (Problem("found before"), Problem(None, property_path=7))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (loops, "RuleTimeoutError"),
        (raises, "ValueError: cannot read [secret]"),
        (leaves, "SystemExit: 3"),
        (recurses, "RecursionError"),
        (never_ends, "OverflowError: more than 5 problems"),
        (yields_text, "TypeError: a rule yields problems, not str"),
        (yields_strange_problems, "TypeError: the texts, the path"),
        (lambda resource: None, "TypeError: 'NoneType' object is not iterable"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, behaviour: Any, reason: str
) -> None:
    class Broken(ResourceRule):
        """A rule that misbehaves.

        ## What to do instead
        Mend it.
        """

        name = "reserved-master-username"
        resource_types = (CLUSTER,)
        flagged = ()

        def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
            return behaviour(resource)  # type: ignore[no-any-return]

    monkeypatch.setattr(watchdog, "LIMIT", 0.2 if behaviour is loops else 60)
    monkeypatch.setattr(running, "MOST", 5 if behaviour is never_ends else running.MOST)
    rules = [Broken(), registry.load("engine-version-unavailable")]
    pack = Analyzer(Caller(executable=True, parent=0), rules, preview=preview(default_region="us-east-1"))
    found = list(pack.Analyze(resource_request(INPUTS)).diagnostics)
    [crash] = [item for item in found if item.policyName == "internal-error"]
    begin = "the rule `reserved-master-username` raised an exception, so it has judged nothing more here: "
    assert crash.message.startswith(begin)
    assert reason in crash.message.splitlines()[0]
    assert crash.enforcementLevel == 0
    assert "engine-version-unavailable" in [item.policyName for item in found]
    before = {item.message for item in found if item.policyName == "reserved-master-username"}
    assert before == ({"found before"} if "NoneType" not in reason else set())


class BrokenPlanRule(PlanRule):
    """A rule over the whole plan that raises.

    ## What to do instead
    Mend it.
    """

    name = "global-table-without-replicas"
    flagged = ()

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        raise KeyError("plan")


def test_a_rule_over_the_stack_may_raise_too(tmp_path: Path) -> None:
    pack = Analyzer(Caller(executable=True, parent=0), [BrokenPlanRule()], preview=preview())
    [found] = pack.AnalyzeStack(STACK).diagnostics
    assert (found.policyName, "KeyError: 'plan'" in found.message) == ("internal-error", True)


def test_a_fault_of_the_pack_itself_stops_no_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = Analyzer(
        Caller(executable=True, parent=0), registry.load_all(["duplicate-urn"]), preview=preview()
    )
    monkeypatch.setattr(pack, "_judged", lambda *_: 1 / 0)
    [found] = pack.Analyze(resource_request(INPUTS)).diagnostics or pack.AnalyzeStack(STACK).diagnostics
    assert found.policyName == "internal-error"
    assert found.message.startswith("Preflight raised ZeroDivisionError")


OWN_RULES = """
import sys
from policy_pack.rules.rule import ResourceRule
from policy_pack.model import Problem


def rule_of(name, behaviour):
    def check(self, resource, facts):
        yield Problem("found before")
        yield from behaviour(resource)

    documentation = "A rule that misbehaves.\\n\\n## What to do instead\\nMend it."
    members = {"__doc__": documentation, "name": name, "check": check, "flagged": (), "allowed": ()}
    return type(name, (ResourceRule,), members | {"resource_types": ("aws:rds/cluster:Cluster",)})


def loops(resource):
    while True:
        pass


First = rule_of("own-raising", lambda resource: [].pop())
Second = rule_of("own-leaving", lambda resource: sys.exit(3))
Third = rule_of("own-rubbish", lambda resource: [7])
"""
LOOPING = 'Fourth = rule_of("own-looping", loops)\n'


@pytest.mark.parametrize("looping", ["", pytest.param(LOOPING, marks=pytest.mark.slow)])
def test_the_server_goes_on_whatever_the_rules_of_a_project_do(program: Path, looping: str) -> None:
    (program / "broken_rules.py").write_text(OWN_RULES + looping)
    (program / "preflight.toml").write_text('rules-from = ["broken_rules"]\nsimulate = false\n')
    expected = ["own-leaving", "own-raising", "own-rubbish", *(["own-looping"] if looping else [])]
    with running_pack(program, AWS_REGION="us-east-1") as running:
        running.configure_stack()
        for _ in range(1 if looping else 2):
            found = running.analyze(INPUTS)
            crashes = [item.message for item in found if item.policyName == "internal-error"]
            assert sorted(message.split("`")[1] for message in crashes) == sorted(expected)
            others = [item.policyName for item in found if item.message.startswith("found before")]
            assert sorted(others) == sorted(expected)
            assert "engine-version-unavailable" in {item.policyName for item in found}
        assert running.interrupt() == (b"", b"", 0)
