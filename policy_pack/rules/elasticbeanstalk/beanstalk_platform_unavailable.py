"""Rule: beanstalk-platform-unavailable."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.engine_versions import OVERLAY, State
from policy_pack.catalog.facts import Facts
from policy_pack.catalog.platforms import Platform, platform
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View
from policy_pack.rules.version_change import runs_already

PATHS = ("solutionStackName", "platformArn")
SERVICE = "elasticbeanstalk"
CATALOG = f"versions/{SERVICE}"
BRANCH = "python-3.11-running-on-64bit-amazon-linux-2023"
FACTS = {CATALOG: {f"{BRANCH} 4.0.1": "withdrawn", f"{BRANCH} 4.3.0": "available"}}
STACK = "64bit Amazon Linux 2023 v{} running Python 3.11"
ARN = "arn:aws:elasticbeanstalk:eu-west-1::platform/Python 3.11 running on 64bit Amazon Linux 2023/{}"
OLD, NEW = {"solutionStackName": STACK.format("4.0.1")}, {"solutionStackName": STACK.format("4.3.0")}
OTHER = "64bit Amazon Linux 2023 v4.0.1 running Go 1"


class BeanstalkPlatformUnavailable(ResourceRule):
    """An environment asks for a version of a platform that Elastic Beanstalk no longer offers.

    ## Why this fails
    Elastic Beanstalk brings out versions of its platforms every month, and takes old ones away from accounts
    that have not used them. `pulumi preview` does not look; the deployment fails with
    `InvalidParameterValue: No Solution Stack named '…' found`.

    ## What to do instead
    Use the version that the message names, or take the newest from `aws.elasticbeanstalk.get_solution_stack`.
    No package lists these versions: until `preflight refresh versions/elasticbeanstalk` has asked AWS,
    nothing is evaluated. AWS answers with what the account that asks may use, and others may have used more:
    so this is a warning.
    """

    name = "beanstalk-platform-unavailable"
    resource_types = (
        "aws:elasticbeanstalk/environment:Environment",
        "aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate",
    )
    url = "https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html"
    flagged = (
        Flagged(OLD, says=f"`{OLD['solutionStackName']}`", at="solutionStackName", facts=FACTS),
        Flagged({"platformArn": ARN.format("4.0.1")}, says="does not offer", at="platformArn", facts=FACTS),
    )
    allowed = (
        Allowed(NEW, because="offered", facts=FACTS),
        Allowed({"platformArn": ARN.format("4.3.9")}, because="newer than the data", facts=FACTS),
        Allowed({"solutionStackName": UNKNOWN}, because="decided at deployment", facts=FACTS),
        Allowed({"solutionStackName": OTHER}, because="AWS has not said anything of it", facts=FACTS),
        Allowed(OLD, because="AWS has not been asked"),
        Allowed({"templateName": "base"}, because="the template says it"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the platform that the resource names in one way or the other."""
        for path in PATHS:
            asked = platform(resource.text(path) or "")
            if asked is not None and not runs_already(resource, facts.previous, path):
                yield from _judge(resource, asked, path, facts)


def _judge(resource: View, asked: Platform, path: str, facts: Facts) -> Iterable[Problem]:
    verdict = facts.catalogs.versions(SERVICE).judge(asked.branch, asked.version, region=resource.region)
    if verdict.state is State.NO_DATA:
        resource.note_unknown(
            path, f"no list of the versions of this platform; `preflight refresh {CATALOG}` asks AWS"
        )
    if verdict.state not in (State.NOT_LISTED, State.WITHDRAWN):
        return
    is_own = OVERLAY in verdict.sources
    yield Problem(
        f"Elastic Beanstalk does not offer `{asked.text}`",
        note=f"unless the account has used it before, creating it fails; source: {verdict.evidence.source}",
        help=f"use `{asked.at(verdict.nearest)}`, the nearest version that AWS offers"
        if verdict.nearest
        else "choose one that `aws elasticbeanstalk list-available-solution-stacks` lists for the region",
        property_path=path,
        severity=Severity.ERROR if is_own else Severity.WARNING,
        confidence=verdict.confidence if is_own else Confidence.LIKELY,
        evidence=(verdict.evidence,),
    )
