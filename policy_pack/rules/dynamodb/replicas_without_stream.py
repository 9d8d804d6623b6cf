"""Rule: replicas-without-stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity, Value
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

NEEDED = "NEW_AND_OLD_IMAGES"
REPLICAS = [{"regionName": "eu-central-1"}]
STRONG = [{"regionName": "eu-central-1", "consistencyMode": "STRONG"}]
STREAM: dict[str, Value] = {"streamEnabled": True, "streamViewType": NEEDED}


class ReplicasWithoutStream(ResourceRule):
    """A table with replicas has no stream of new and old images.

    ## Why this fails
    Eventually consistent replicas are kept up to date by the table's stream. AWS turns the stream on with the
    first replica; a program that does not say so wants it off again, and the next update of the table fails
    because a stream that feeds replicas cannot be disabled. A stream of any other view cannot feed them.

    ## What to do instead
    Set `stream_enabled=True` and `stream_view_type="NEW_AND_OLD_IMAGES"` on the table.
    """

    name = "replicas-without-stream"
    resource_types = ("aws:dynamodb/table:Table",)
    url = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"
    flagged = (
        Flagged(
            {"replicas": REPLICAS, "streamEnabled": True, "streamViewType": "KEYS_ONLY"},
            says="`KEYS_ONLY`",
            at="streamViewType",
            remedied=STREAM,
        ),
        Flagged({"replicas": REPLICAS}, says="no stream", severity=Severity.WARNING, remedied=STREAM),
        Flagged(
            {"replicas": REPLICAS, "streamEnabled": False},
            says="no stream",
            severity=Severity.WARNING,
            remedied=STREAM,
        ),
        Flagged(
            {"replicas": REPLICAS, "streamViewType": UNKNOWN}, says="no stream", severity=Severity.WARNING
        ),
    )
    allowed = (
        Allowed({"replicas": REPLICAS, **STREAM}, because="the stream feeds the replicas"),
        Allowed({"replicas": STRONG}, because="strongly consistent replicas use no stream"),
        Allowed({"streamEnabled": True, "streamViewType": "KEYS_ONLY"}, because="there is no replica"),
        Allowed({"replicas": REPLICAS, "streamEnabled": UNKNOWN}, because="decided at deployment"),
        Allowed({"replicas": [{"consistencyMode": UNKNOWN}]}, because="may be strongly consistent"),
        Allowed({}, because="there is no replica"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look at the stream of a table whose replicas are eventually consistent."""
        replicas = resource.elements("replicas")
        if not replicas or any(
            not replica.absent("consistencyMode") and replica.text("consistencyMode") != "EVENTUAL"
            for replica in replicas
        ):
            return
        view = resource.text("streamViewType")
        if resource.flag("streamEnabled") and view not in (None, NEEDED):
            yield Problem(
                f"a stream of view type `{view}` cannot feed the table's replicas",
                note="replication needs both the new and the old image of an item",
                help=f"use `{NEEDED}`",
                property_path="streamViewType",
            )
        elif resource.absent("streamEnabled") or resource.flag("streamEnabled") is False:
            yield Problem(
                "the table has replicas and no stream",
                note="AWS turns the stream on by itself, and the next update then fails to turn it off",
                help=f'add `stream_enabled=True, stream_view_type="{NEEDED}"`',
                property_path="replicas",
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
            )

    def remedy(self, resource: View, facts: Facts) -> Mapping[str, Value]:
        """The only stream that feeds replicas, unless the program chooses a view that is not known yet."""
        known = resource.absent("streamViewType") or resource.text("streamViewType") is not None
        return STREAM if known else {}
