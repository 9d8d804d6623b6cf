"""Rule: export-shows-secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Frame, Plan, Predicted, Problem, Secret, Severity, Value
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView

# A shorter text stands in others by chance.
SHORTEST = 8
TEXT = "correct-horse-battery"
CONFIG: dict[str, Value] = {
    "example:password": Secret(TEXT),
    "example:user": "correct-horse",
    "example:pin": Secret("1234"),
}


def exporting(value: Value) -> Plan:
    """A plan that exports `url`, of a stack with secret settings."""
    frames = {"url": (Frame("__main__.py", 9, "<module>"),)}
    return Plan("example", "dev", "/example", config=CONFIG, exports={"url": value}, export_frames=frames)


class ExportShowsSecret(PlanRule):
    """An export holds the text of a secret, and is no secret itself.

    ## Why this fails
    Exports are printed at the end of `pulumi up`, stand in the state, and other stacks read them. Pulumi
    keeps an export encrypted that is made of secrets, but a secret whose marker was lost it does not know:
    one that `config.require` has read, or that `Output.unsecret` has opened.

    ## What to do instead
    Read the setting by `config.require_secret`, and make the export of that: it is a secret then.
    """

    name = "export-shows-secret"
    severity = Severity.WARNING
    url = "https://www.pulumi.com/docs/iac/concepts/secrets/"
    flagged = (
        Flagged(exporting(f"postgres://app:{TEXT}@host"), says="the export `url` shows a secret"),
        Flagged(exporting({"parts": ["app", Predicted(TEXT)]}), says="the export `url` shows a secret"),
    )
    allowed = (
        Allowed(exporting(Secret(f"postgres://app:{TEXT}@host")), because="it is a secret itself"),
        Allowed(exporting("correct-horse"), because="that is no secret setting"),
        Allowed(exporting("1234"), because="so short a text stands in others by chance"),
        Allowed(exporting(UNKNOWN), because="decided at deployment"),
        Allowed(Plan("example", "dev", "/example", config=CONFIG), because="nothing is exported"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Look in every export for the texts of the secret settings of the stack."""
        secrets = set(_secrets(plan.plan))
        for name, value in plan.plan.exports.items():
            shown = list(_shown(value))
            if any(secret in text for text in shown for secret in secrets):
                frames = plan.plan.export_frames.get(name, ())
                yield Problem(
                    f"the export `{name}` shows a secret in plain text",
                    note="exports are printed, and stored in the state as they are",
                    help="make it of the secret as Pulumi has it, which keeps the export encrypted",
                    confidence=Confidence.LIKELY,
                    span=frames[0].span() if frames else None,
                )


def _secrets(plan: Plan) -> Iterator[str]:
    """The secret settings. Secret inputs tell nothing: providers mark what is public elsewhere, as an id."""
    for value in plan.config.values():
        if isinstance(value, Secret) and isinstance(value.value, str) and len(value.value) >= SHORTEST:
            yield value.value


def _shown(value: Value) -> Iterator[str]:
    """Every text of a value that no secret marker covers."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _shown(item)
    elif isinstance(value, list):
        for item in value:
            yield from _shown(item)
    elif isinstance(value, Predicted):
        yield from _shown(value.value)
    elif isinstance(value, str):
        yield value
