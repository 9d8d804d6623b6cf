"""What answers make of findings, where it takes no program to see it."""

from __future__ import annotations

import datetime

import pytest

from policy_pack.linter.running import Hit, Outcome
from policy_pack.live.questions import Answer, Kind, Question, State, Use
from policy_pack.live.reviewing import _grouped
from policy_pack.live.verdicts import Witness, judged
from policy_pack.model import Confidence, Problem, Resource

RULE, SISTER, PATH = "some-unavailable", "some-mismatch", "engineVersion"
CACHE = Resource("urn", "aws:elasticache/cluster:Cluster", "c")
QUESTION = Question(Kind.VERSION, "6.0", "eu-west-1", "redis", "elasticache")
USE = Use(QUESTION, CACHE, PATH, RULE, (SISTER,), "choose another")
WITNESS = Witness("123456781234", datetime.date(2026, 11, 22))


def after(state: State, *hits: Hit) -> list[tuple[str, Confidence, str]]:
    found = judged(Outcome(list(hits)), [USE], {QUESTION: Answer(state)}, WITNESS).hits
    return [(hit.rule, hit.problem.confidence, hit.problem.message) for hit in found]


def hit(confidence: Confidence, rule: str = RULE, path: str = PATH) -> Hit:
    return Hit(rule, Problem("it is old", property_path=path, confidence=confidence), CACHE)


@pytest.mark.parametrize("rule", [RULE, SISTER])
def test_what_is_listed_beside_the_withdrawn_contradicts_no_certain_finding(rule: str) -> None:
    kept = (rule, Confidence.CERTAIN, "it is old")
    assert after(State.LISTED, hit(Confidence.CERTAIN, rule)) == [kept]
    assert after(State.LISTED, hit(Confidence.LIKELY, rule)) == []
    assert after(State.THERE, hit(Confidence.CERTAIN, rule)) == []
    assert after(State.MISSING, hit(Confidence.LIKELY, rule)) == [kept]


def test_the_summary_has_each_reason_once_with_all_actions() -> None:
    denied = "not allowed (AccessDenied); it takes "
    reasons = [f"{denied}rds:A", "it cannot be reached", f"{denied}ec2:B", f"{denied}rds:A"]
    assert list(_grouped(reasons)) == [f"{denied}rds:A, ec2:B", "it cannot be reached"]


def test_findings_about_something_else_stay() -> None:
    others = [hit(Confidence.LIKELY, "other"), hit(Confidence.LIKELY, path="engine")]
    assert len(after(State.THERE, *others)) == 2
    assert after(State.MISSING, *others)[2] == (
        RULE,
        Confidence.CERTAIN,
        "AWS does not offer redis version `6.0`",
    )
