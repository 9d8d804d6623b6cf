"""How much a problem weighs: the configured level, else the rule's own, less where it is not certain."""

from __future__ import annotations

from policy_pack.linter.diagnostics import Diagnostic
from policy_pack.model import Confidence, Problem, Severity
from policy_pack.rules.rule import Rule


def weighed(rule: Rule | Diagnostic, problem: Problem, level: str | None) -> Severity:
    """The severity of a problem: only what is certain is an error, unless a level was configured."""
    if level is not None:
        return Severity(level)
    severity = problem.severity or rule.severity
    if severity is Severity.ERROR and problem.confidence is not Confidence.CERTAIN:
        return Severity.WARNING
    return severity
