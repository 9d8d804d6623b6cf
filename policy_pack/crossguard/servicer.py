"""Answers the engine. The SDK's own servicer would do, but for three things that matter to a linter.

It gives every violation of a policy the same level, so that a doubt would block like a certainty. It takes
the secret markers off the properties before a policy sees them. And it decodes every resource anew for
every policy, which costs seconds once there are hundreds of resources.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pulumi.runtime import proto
from pulumi_policy import policy as sdk

from policy_pack import __version__
from policy_pack.crossguard.adapter import from_request, plan_of, plan_of_request, properties
from policy_pack.crossguard.judging import Violation, judge
from policy_pack.crossguard.preview import Preview
from policy_pack.model import Severity
from policy_pack.rules.rule import ANY_TYPE, PlanRule, ResourceRule, Rule

SEVERITIES = {
    Severity.ERROR: proto.POLICY_SEVERITY_HIGH,
    Severity.WARNING: proto.POLICY_SEVERITY_MEDIUM,
    Severity.NOTE: proto.POLICY_SEVERITY_LOW,
}


class Servicer(sdk._PolicyAnalyzerServicer):  # type: ignore[misc] # noqa: SLF001 - the SDK has no other hook
    """The SDK's servicer, with what a rule finds at the level that it deserves."""

    def __init__(
        self,
        rules: Sequence[Rule],
        preview: Preview,
        name: str,
        version: str,
        policies: list[Any],
        *rest: Any,
    ) -> None:
        super().__init__(name, __version__, policies, *rest)
        self._name = name
        self._preview = preview
        self._rules_for = _by_type(rules)
        self._plan_rules = [rule for rule in rules if isinstance(rule, PlanRule)]
        self._descriptions = {rule.name: rule.summary() for rule in rules}
        self._levels = {item.name: self._map_enforcement_level(item.enforcement_level) for item in policies}
        self._given: dict[str, Mapping[str, Any]] = {}
        self._inputs: dict[str, Any] = {}

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        """Take the levels and settings of policies."""
        for name, item in request.policyConfig.items():
            self._levels[name] = item.enforcementLevel
            self._given[name] = properties(item.properties)
        return super().Configure(request, context)

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Learn which stack is previewed."""
        self._preview.configure(request)
        return super().ConfigureStack(request, context)

    def Remediate(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """No policy of ours changes a resource."""
        return proto.RemediateResponse()

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Judge one resource by the rules for its type."""
        if self._plan_rules:
            self._inputs[request.urn] = request.properties
        rules = self._enabled(self._rules_for.get(request.type, self._rules_for[ANY_TYPE]))
        if not rules:
            return proto.AnalyzeResponse()
        resource = from_request(request, self._preview)
        return self._answer(judge(rules, plan_of([resource], self._preview, {}), self._preview, self._given))

    def AnalyzeStack(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Judge the whole stack, once every resource is there."""
        rules = self._enabled(self._plan_rules)
        if not rules:
            return proto.AnalyzeResponse()
        plan = plan_of_request(request, self._preview, self._inputs)
        return self._answer(judge(rules, plan, self._preview, self._given))

    def _enabled(self, rules: Iterable[Rule]) -> list[Rule]:
        return [rule for rule in rules if self._levels[rule.name] != proto.DISABLED]

    def _answer(self, violations: Iterable[Violation]) -> Any:
        return proto.AnalyzeResponse(diagnostics=[self._diagnostic(item) for item in violations])

    def _diagnostic(self, violation: Violation) -> Any:
        # There is nothing to remediate with, and what is still wrong after a remediation blocks.
        advisory = not violation.blocks or self._levels[violation.rule] == proto.ADVISORY
        return proto.AnalyzeDiagnostic(
            policyName=violation.rule,
            policyPackName=self._name,
            policyPackVersion=__version__,
            description=self._descriptions[violation.rule],
            message=violation.text,
            urn=violation.urn or "",
            enforcementLevel=proto.ADVISORY if advisory else proto.MANDATORY,
            severity=SEVERITIES[violation.severity],
        )


def _by_type(rules: Iterable[Rule]) -> Mapping[str, list[Rule]]:
    """Resource rules by type; each type's list holds the rules for all types too."""
    groups: dict[str, list[Rule]] = defaultdict(list)
    resource_rules = [rule for rule in rules if isinstance(rule, ResourceRule)]
    for token in {ANY_TYPE}.union(*(rule.resource_types for rule in resource_rules)):
        groups[token] = [
            rule for rule in resource_rules if not {ANY_TYPE, token}.isdisjoint(rule.resource_types)
        ]
    return dict(groups)
