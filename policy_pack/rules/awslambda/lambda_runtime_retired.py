"""Rule: lambda-runtime-retired."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.catalog.lambda_runtimes import RuntimeState, RuntimeVerdict
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

_SAYS = {
    RuntimeState.BLOCKED: "AWS creates no more functions with the runtime `{name}`",
    RuntimeState.DEPRECATED: "the runtime `{name}` is deprecated",
    RuntimeState.NOT_LISTED: "`{name}` is not among the runtimes that AWS had on {date}",
}


class LambdaRuntimeRetired(ResourceRule):
    """A function uses a runtime that Lambda has deprecated, retired or never had.

    ## Why this fails
    From a day that AWS announces on, no function can be created with an old runtime, and from a later day
    on none be updated: the deployment fails with `InvalidParameterValueException`. Between its deprecation
    and that day a runtime gets no security fixes.

    ## What to do instead
    Move the function to the successor that the message names.
    """

    name = "lambda-runtime-retired"
    resource_types = ("aws:lambda/function:Function",)
    url = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
    flagged = (
        Flagged(
            {"runtime": "python3.7"}, says="no more functions with the runtime `python3.7`", at="runtime"
        ),
        Flagged({"runtime": "python3.9"}, says="`python3.9` is deprecated", severity=Severity.WARNING),
        Flagged({"runtime": "python3.1"}, says="`python3.1` is not among the runtimes", at="runtime"),
    )
    allowed = (
        Allowed({"runtime": "python3.13"}, because="Lambda supports it"),
        Allowed({"runtime": "python3.15"}, because="Lambda's API has it, and no end is set"),
        Allowed({"runtime": "python9.1"}, because="newer than the data"),
        Allowed({"runtime": UNKNOWN}, because="decided at deployment"),
        Allowed({"packageType": "Image"}, because="an image brings its own runtime"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the runtime on the day of the check."""
        name = resource.text("runtime")
        if name is None:
            return
        verdict = facts.catalogs.lambda_runtimes.judge(name, today=facts.today)
        if verdict.state not in _SAYS:
            return
        blocked = verdict.state is RuntimeState.BLOCKED
        yield Problem(
            _SAYS[verdict.state].format(name=name, date=verdict.evidence.fetched),
            note=_dates(verdict, facts.today),
            help=f"use `{verdict.nearest}`" if verdict.nearest else "choose a runtime that Lambda supports",
            property_path="runtime",
            severity=Severity.ERROR if blocked else Severity.WARNING,
            confidence=verdict.confidence if blocked else Confidence.LIKELY,
            evidence=(verdict.evidence,),
        )


def _dates(verdict: RuntimeVerdict, today: datetime.date) -> str:
    """What happens when, as far as AWS has said."""
    record = verdict.record
    if record is None:
        return f"according to {verdict.evidence.source}"
    ends = {
        "deprecated since": record.deprecated,
        "no new functions from": record.create_block,
        "no updates from": record.update_block,
    }
    return ", ".join(f"{text} {date}" for text, date in ends.items() if date)
