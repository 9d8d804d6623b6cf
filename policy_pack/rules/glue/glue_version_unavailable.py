"""Rule: glue-version-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class GlueVersionUnavailable(VersionRule):
    """A job asks for a version of Glue that there is not.

    ## Why this fails
    A version of Glue stands for a version of Spark and one of Python, and there are few. `pulumi preview`
    does not look; the deployment fails with `InvalidInputException`. A version has two numbers: `5` is none.

    ## What to do instead
    Use the version that the message names.
    """

    name = "glue-version-unavailable"
    resource_types = (
        "aws:glue/job:Job",
        "aws:glue/devEndpoint:DevEndpoint",
        "aws:glue/mLTransform:MLTransform",
    )
    service = "glue"
    version_path = "glueVersion"
    url = "https://docs.aws.amazon.com/glue/latest/dg/release-notes.html"
    flagged = (
        Flagged(
            {"glueVersion": "5"},
            says="glue version `5` is not in AWS's list of 2026-10-26",
            at="glueVersion",
        ),
        Flagged({"glueVersion": "0.8"}, says="glue version `0.8`"),
    )
    allowed = (
        Allowed({"glueVersion": "5.0"}, because="Glue has it"),
        Allowed({"glueVersion": "5.9"}, because="newer than the data"),
        Allowed({"glueVersion": "auto"}, because="Glue chooses the version"),
        Allowed({"glueVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="Glue takes its default version"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The version; there is one engine."""
        version = resource.text("glueVersion")
        return ("glue", version) if version and version[0].isdigit() else None
