"""Rule: side-effect."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Frame, Plan, Problem, Refusal, Severity
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView


def acting(*acts: str) -> Plan:
    """A plan of a program that acts at one line."""
    refusals = tuple(Refusal(act, (Frame("secrets.py", 7, "read"),)) for act in acts)
    return Plan("example", "dev", "/example", refusals=refusals)


class SideEffect(PlanRule):
    """The program acts while it runs: it starts a process, opens a connection, writes a file.

    ## Why this fails
    Every `pulumi preview` runs the program and does this for real, unless it stands in an `apply` callback,
    which runs during the deployment. A simulation refuses it: what the program would have got from it is
    unknown here, so that nothing that rests on it is checked.

    ## What to do instead
    Do it before, and pass what it gives as configuration. What belongs to the deployment is a resource, such
    as `command.local.Command`; what only asks AWS is a data source (`aws.get_…`).
    """

    name = "side-effect"
    severity = Severity.NOTE
    url = "https://www.pulumi.com/docs/iac/concepts/how-pulumi-works/"
    flagged = (
        Flagged(acting("the program starts a process (`sops`)"), says="starts a process (`sops`)"),
        Flagged(
            acting("the program opens a connection to `192.0.2.1:443`"),
            says="a connection to `192.0.2.1:443`",
        ),
    )
    allowed = (Allowed(Plan("example", "dev", "/example"), because="the program describes resources only"),)

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Report every act that the simulation refused."""
        for refusal in plan.refusals:
            yield Problem(
                refusal.act,
                note="this was not done here: what comes of it is unknown, and so is what rests on it",
                help="do it outside of the program, and pass what it gives as configuration",
                span=refusal.span(),
            )
