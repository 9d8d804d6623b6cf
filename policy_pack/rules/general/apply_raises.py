"""Rule: apply-raises."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import CallbackFailure, Confidence, Frame, Plan, Problem, Severity, SourceSpan
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView

NOT_JSON = "Object of type Output is not JSON serializable"
FRAMES = (Frame("compute.py", 12, "containers"),)
SPAN = SourceSpan("compute.py", 12, 30, 12, 44)


def failing(exception: str, message: str, *, certain: bool = False, predicted: bool = True) -> Plan:
    """A plan with one callback that raised."""
    culprit, span = ("log_group.name", SPAN) if "Output" in message else (None, FRAMES[0].span())
    failure = CallbackFailure(
        exception, message, FRAMES, FRAMES[0], certain, predicted, culprit=culprit, span=span
    )
    return Plan("example", "dev", "/example", failures=(failure,))


class ApplyRaises(PlanRule):
    """A callback of `apply` raises an exception.

    ## Why this fails
    `pulumi preview` leaves a callback out as long as its values are unknown, so it says nothing. During the
    deployment the values become known, the callback runs and raises, and the deployment ends: by then the
    resources that the values came from have been created.

    ## What to do instead
    An `Output` inside the callback is still an `Output`: put it into the `pulumi.Output.all(…)` that the
    callback belongs to and use the resolved value, or let `pulumi.Output.json_dumps` resolve it all.
    """

    name = "apply-raises"
    url = "https://www.pulumi.com/docs/iac/concepts/inputs-outputs/apply/"
    flagged = (
        Flagged(failing("TypeError", NOT_JSON, certain=True), "`log_group.name`", severity=Severity.ERROR),
        Flagged(failing("NameError", "name 'region' is not defined", certain=True), says="raises NameError"),
        Flagged(failing("KeyError", "'port'", predicted=False), "raises KeyError", severity=Severity.WARNING),
        Flagged(failing("ValueError", "no account"), says="raises ValueError", severity=Severity.NOTE),
    )
    allowed = (Allowed(Plan("example", "dev", "/example"), because="every callback came to its end"),)

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Report every callback that raised, once for each place and exception."""
        seen: set[tuple[object, ...]] = set()
        for failure in plan.failures:
            place = failure.span or (failure.frames[0].span() if failure.frames else None)
            key = (failure.exception, failure.message, failure.culprit, place)
            if key not in seen:
                seen.add(key)
                yield _problem(failure, place)


def _problem(failure: CallbackFailure, place: SourceSpan | None) -> Problem:
    said = " ".join(failure.message.split())
    what = "an `apply` callback" if failure.callback else "the registration of a resource"
    raised = f"{what} raises {failure.exception}" + (f": {said}" if said else "")
    if failure.culprit:
        raised += f" (`{failure.culprit}` is an `Output`)"
    severity, confidence = _weight(failure)
    return Problem(
        raised.rstrip("."),
        note=_note(failure, confidence),
        help=_help(failure),
        severity=severity,
        confidence=confidence,
        span=place or (failure.created.span() if failure.created else None),
        element=failure.culprit,
    )


def _weight(failure: CallbackFailure) -> tuple[Severity, Confidence]:
    if failure.certain:
        return Severity.ERROR, Confidence.CERTAIN
    if not failure.predicted:
        return Severity.WARNING, Confidence.LIKELY
    return Severity.NOTE, Confidence.ASSUMED


def _note(failure: CallbackFailure, confidence: Confidence) -> str:
    if confidence is Confidence.ASSUMED:
        return "it ran here with values made up for what the deployment decides; they may be the cause"
    if failure.in_preview:
        return "`pulumi preview` fails here too"
    return (
        "`pulumi preview` does not run the callback, because its values are not known yet: "
        "it fails during the deployment, after resources were created"
    )


def _help(failure: CallbackFailure) -> str:
    output = f"`{failure.culprit}`" if failure.culprit else "the output"
    resolve = f"put {output} into the `pulumi.Output.all(…)` of the callback and use the resolved value"
    if "JSON serializable" in failure.message:
        return f"{resolve}, or use `pulumi.Output.json_dumps`"
    if failure.culprit or "Output" in failure.message:
        return resolve
    return "make the callback work for every value that the deployment may give it"
