"""Rule: config-value-not-read."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import ConfigRead, Plan, Problem, Severity, SourceSpan
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView

PLACES = {
    key: SourceSpan("/example/Pulumi.dev.yaml", line, 3, line, 3 + len(key))
    for line, key in enumerate(("example:size", "aws:region"), start=2)
}
SIZE = (ConfigRead("example:size"),)


def defining(*reads: ConfigRead, complete: bool = True) -> Plan:
    """A plan of a stack that sets `size` and `aws:region`."""
    return Plan("example", "dev", "/example", config_reads=reads, config_places=PLACES, complete=complete)


class ConfigValueNotRead(PlanRule):
    """The stack sets a configuration value that the program does not read.

    ## Why this fails
    Nothing fails, but the value has no effect. Often its key is misspelled, and the program goes on with a
    default instead.

    ## What to do instead
    Correct the key, or remove it (`pulumi config rm KEY`). Values that are read only under a condition that
    does not hold for this stack may stay.
    """

    name = "config-value-not-read"
    severity = Severity.NOTE
    url = "https://www.pulumi.com/docs/iac/concepts/config/"
    flagged = (Flagged(defining(), says="`size` is set, but the program does not read it"),)
    allowed = (
        Allowed(defining(*SIZE), because="it is read; `aws:region` is the provider's"),
        Allowed(defining(complete=False), because="the program did not run to its end"),
        Allowed(Plan("example", "dev", "/example"), because="nothing is set"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Compare the keys of the stack's file with what the program has asked for."""
        if not plan.plan.complete:
            return
        asked = {read.key for read in plan.plan.config_reads}
        own = f"{plan.plan.project}:"
        for key, place in plan.plan.config_places.items():
            if key.startswith(own) and key not in asked:
                yield Problem(
                    f"`{key.removeprefix(own)}` is set, but the program does not read it",
                    help="correct the key, or remove it",
                    span=place,
                )
