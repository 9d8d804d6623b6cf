"""Rule: log-retention-invalid."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

MONTHS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
YEARS = (1096, 1827, 2192, 2557, 2922, 3288, 3653)
# 0 is the provider's word for logs that never expire.
DAYS = (0, *MONTHS, *YEARS)


class LogRetentionInvalid(ResourceRule):
    """A log group keeps its logs for a number of days that CloudWatch does not offer.

    ## Why this fails
    The retention is a choice from a list, not any number of days: 45 or 100 are refused.

    ## What to do instead
    Use one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288 and 3653 days, or leave it out to keep the logs for ever.
    """

    name = "log-retention-invalid"
    resource_types = ("aws:cloudwatch/logGroup:LogGroup",)
    url = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"
    flagged = (
        Flagged({"retentionInDays": 45}, says="`45`", at="retentionInDays"),
        Flagged({"retentionInDays": 10000}, says="`10000`"),
        Flagged({"retentionInDays": -1}, says="`-1`"),
    )
    allowed = (
        Allowed({"retentionInDays": 30}, because="CloudWatch offers it"),
        Allowed({"retentionInDays": 0}, because="the logs never expire"),
        Allowed({"retentionInDays": "9" * 5000}, because="the provider takes no such number"),
        Allowed({"retentionInDays": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="the logs never expire"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look the number of days up."""
        days = resource.number("retentionInDays")
        if not isinstance(days, int) or days in DAYS:
            return
        shorter = [offered for offered in DAYS[1:] if offered < days][-1:]
        longer = [offered for offered in DAYS[1:] if offered > days][:1]
        yield Problem(
            f"CloudWatch offers no retention of `{days}` days",
            note="the retention is one of a list of numbers of days",
            help="use " + " or ".join(f"`{offered}`" for offered in shorter + longer),
            property_path="retentionInDays",
        )
