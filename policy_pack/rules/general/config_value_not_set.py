"""Rule: config-value-not-set."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import ConfigRead, Frame, Plan, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView

FRAMES = (Frame("/example/__main__.py", 4, "<module>"),)


def reading(*reads: ConfigRead) -> Plan:
    """A plan of a program that reads some configuration."""
    return Plan("example", "dev", "/example", config_reads=reads)


class ConfigValueNotSet(PlanRule):
    """The program requires a configuration value that the stack does not have.

    ## Why this fails
    `config.require…` raises `ConfigMissingError` when the value is not set, in a preview too. Here the
    program was run with a value made up of the key's name and type; what rests on it is taken for predicted.

    ## What to do instead
    Set the value (`pulumi config set KEY VALUE`), or give the key a `default` in the `config` of
    `Pulumi.yaml`. Where it is only not at hand, such as in CI, pass `--config KEY=VALUE` or declare it in
    `[tool.preflight.simulate]`, so that what rests on it is checked too.
    """

    name = "config-value-not-set"
    severity = Severity.NOTE
    url = "https://www.pulumi.com/docs/iac/concepts/config/"
    flagged = (
        Flagged(reading(ConfigRead("example:size", True, FRAMES)), says="`size` is not set"),
        Flagged(reading(ConfigRead("aws:region", True)), says="`aws:region` is not set"),
    )
    allowed = (
        Allowed(reading(ConfigRead("example:size", False, FRAMES)), because="the value is set, or optional"),
        Allowed(reading(), because="nothing is read"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Report every value that was made up, where the program first asks for it."""
        for read in plan.plan.config_reads:
            if read.missing:
                short = read.key.removeprefix(f"{plan.plan.project}:")
                stack = plan.plan.stack
                yield Problem(
                    f"the required configuration value `{short}` is not set",
                    note="a value was made up of its name and type; what rests on it is not judged",
                    help=f"add it to `Pulumi.{stack}.yaml`, or pass `--config {short}=VALUE`",
                    span=read.frames[0].span() if read.frames else None,
                )
