"""Rule: synthetics-runtime-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class SyntheticsRuntimeUnavailable(VersionRule):
    """A canary asks for a runtime that CloudWatch Synthetics has retired or never had.

    ## Why this fails
    Synthetics retires a runtime when its Node.js, Python or browser is too old. `pulumi preview` does not
    look; the deployment fails with `ValidationException`, and a canary that runs already can no longer be
    changed.

    ## What to do instead
    Use the runtime that the message names, or a newer one.
    """

    name = "synthetics-runtime-unavailable"
    resource_types = ("aws:synthetics/canary:Canary",)
    service = "synthetics"
    command = "aws synthetics describe-runtime-versions"
    version_path = "runtimeVersion"
    url = (
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_Library"
        ".html"
    )
    flagged = (
        Flagged(
            {"runtimeVersion": "syn-nodejs-puppeteer-3.9"},
            says="withdrawn syn-nodejs-puppeteer version `3.9`",
            at="runtimeVersion",
        ),
        Flagged({"runtimeVersion": "syn-nodejs-2.0"}, says="syn-nodejs version `2.0` is not in AWS's list"),
    )
    allowed = (
        Allowed({"runtimeVersion": "syn-nodejs-puppeteer-13.0"}, because="Synthetics offers it"),
        Allowed({"runtimeVersion": "syn-nodejs-puppeteer-99.0"}, because="newer than the data"),
        Allowed({"runtimeVersion": "syn-java-1.0"}, because="no facts about the family"),
        Allowed({"runtimeVersion": "latest"}, because="not of the form that versions have"),
        Allowed({"runtimeVersion": UNKNOWN}, because="decided at deployment"),
        Allowed({"name": "checkout"}, because="another rule's matter"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The parts of `syn-nodejs-puppeteer-13.0`."""
        family, _, version = (resource.text("runtimeVersion") or "").rpartition("-")
        return (family, version) if family.startswith("syn-") else None

    def spelled(self, engine: str, version: str) -> str:
        """With the family before it."""
        return f"{engine}-{version}"
