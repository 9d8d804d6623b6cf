"""Rule: engine-version-withdrawn-soon."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.catalog.lambda_runtimes import RuntimeState
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, Parameter, ResourceRule, View

HALF_A_YEAR = {"days": 180}


class EngineVersionWithdrawnSoon(ResourceRule):
    """A runtime works today, and AWS has announced the day on which its end begins.

    ## Why this fails
    From the day of its deprecation on a runtime gets no security fixes, and some weeks later no function can
    be created with it: then the deployment fails with `InvalidParameterValueException`. AWS announces the
    days long before, and puts some of them off.

    ## What to do instead
    Plan the move to the successor that the message names. How long before the day this rule speaks is said
    under `[rules.engine-version-withdrawn-soon]`: `days = 90`. What has ended already is a finding of
    `lambda-runtime-retired`.
    """

    name = "engine-version-withdrawn-soon"
    severity = Severity.NOTE
    resource_types = ("aws:lambda/function:Function",)
    url = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
    parameters = {"days": Parameter("How many days before an announced end to speak of it.", int, 90)}
    flagged = (
        Flagged(
            {"runtime": "nodejs22.x"},
            says="the runtime `nodejs22.x` ends on 2027-04-30, in 159 days",
            at="runtime",
            parameters=HALF_A_YEAR,
        ),
        Flagged({"runtime": "ruby3.3"}, says="ends on 2027-03-31", parameters={"days": 129}),
    )
    allowed = (
        Allowed({"runtime": "ruby3.3"}, because="its end is more than 90 days away"),
        Allowed({"runtime": "ruby3.3"}, because="it is a day more", parameters={"days": 128}),
        Allowed({"runtime": "python3.9"}, because="what has ended is another rule's matter"),
        Allowed({"runtime": "python3.15"}, because="no end is set", parameters=HALF_A_YEAR),
        Allowed({"runtime": "python9.1"}, because="newer than the data", parameters=HALF_A_YEAR),
        Allowed({"runtime": UNKNOWN}, because="decided at deployment"),
        Allowed({"packageType": "Image"}, because="an image brings its own runtime"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Compare the first day of the runtime's end with the day of the check."""
        name, days = resource.text("runtime"), facts.parameters["days"]
        if name is None or not isinstance(days, int):
            return
        verdict = facts.catalogs.lambda_runtimes.judge(name, today=facts.today)
        if verdict.state is not RuntimeState.SUPPORTED or verdict.record is None:
            return
        ends = {
            "deprecated": verdict.record.deprecated,
            "no new functions": verdict.record.create_block,
            "no updates": verdict.record.update_block,
        }
        announced = sorted((date, text) for text, date in ends.items() if date)
        if not announced or announced[0][0] > facts.today + datetime.timedelta(days=min(max(days, 0), 9999)):
            return
        first = announced[0][0]
        yield Problem(
            f"the runtime `{name}` ends on {first}, in {(first - facts.today).days} days",
            note=", ".join(f"{text} from {date}" for date, text in announced),
            help=f"plan the move to `{verdict.nearest}`" if verdict.nearest else "plan the move to another",
            property_path="runtime",
            confidence=Confidence.LIKELY,
            evidence=(verdict.evidence,),
        )
