"""What only the simulation sees: the engine's word holds for everything it knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from policy_pack.crossguard.judging import Verdict, Violation
from policy_pack.linter.diagnostics import INTERNAL_ERROR
from policy_pack.model import ABSENT, Finding, Resource
from policy_pack.model.values import holds_unknown


@dataclass
class Told:
    """What the engine has been told, and the resources it has asked about.

    `ahead` is what it was told before it had asked about it; `whole` says whether it has asked about the
    whole stack too.
    """

    resources: dict[str, Resource] = field(default_factory=dict)
    keys: set[tuple[str, str, str]] = field(default_factory=set)
    ahead: set[tuple[str, str, str]] = field(default_factory=set)
    crashed: set[str] = field(default_factory=set)
    missed: set[tuple[str, str]] = field(default_factory=set)
    whole: bool = False

    def add(self, verdict: Verdict) -> None:
        """Remember what is being told."""
        self.missed |= verdict.missed
        for violation in verdict.violations:
            self.keys.add(violation.key)
            if violation.policy == INTERNAL_ERROR.name:
                self.crashed.add(_rule_of(violation.text))

    def new(self, violations: Iterable[Violation]) -> Iterator[Violation]:
        """The violations that have not been told."""
        return (item for item in violations if item.key not in self.keys)

    def unknown_to_it(
        self, findings: Iterable[Finding], about_stack: Mapping[str, bool]
    ) -> Iterator[Finding]:
        """The findings of a simulation that the engine could not have shown.

        `about_stack` says of each rule whether it needs the whole stack.
        """
        for finding in findings:
            if finding.rule == INTERNAL_ERROR.name:
                if _rule_of(finding.message) not in self.crashed:
                    yield finding
            elif not self._has_judged(finding, about_stack.get(finding.rule, True)):
                yield finding

    def _has_judged(self, finding: Finding, about_stack: bool) -> bool:
        resource = self.resources.get(finding.urn or "")
        if resource is None or (about_stack and not self.whole):
            return False
        if (finding.rule, resource.urn) in self.missed:
            return False
        value = resource.at(finding.property_path) if finding.property_path else ABSENT
        return value is ABSENT or not holds_unknown(value)  # type: ignore[arg-type]


def _rule_of(text: str) -> str:
    """The rule that an internal error is about, which it names first."""
    return text.split("`")[1] if "`" in text else text
