"""Rule: emr-release-unavailable."""

from __future__ import annotations

from policy_pack.model import UNKNOWN
from policy_pack.rules.rule import Allowed, Flagged, View
from policy_pack.rules.version_rule import VersionRule


class EmrReleaseUnavailable(VersionRule):
    """A cluster or application asks for a release that EMR does not list, or not in its region.

    ## Why this fails
    Releases have three numbers, and some of them never were; regions lack those that came before they
    opened. `pulumi preview` does not look; the deployment fails with `ValidationException: The supplied
    release label is invalid`.

    ## What to do instead
    Use the release that the message names.
    """

    name = "emr-release-unavailable"
    resource_types = ("aws:emr/cluster:Cluster", "aws:emrserverless/application:Application")
    service = "emr"
    command = "aws emr list-release-labels"
    version_path = "releaseLabel"
    url = "https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-release-components.html"
    flagged = (
        Flagged(
            {"releaseLabel": "emr-5.37.0"},
            says="emr version `5.37.0` is not in AWS's list of 2026-10-27",
            at="releaseLabel",
        ),
        Flagged({"releaseLabel": "emr-7.1"}, says="emr version `7.1`"),
        Flagged(
            {"releaseLabel": "emr-5.0.1"},
            says="AWS lists emr version `5.0.1` in other regions, not in eu-west-1",
        ),
    )
    allowed = (
        Allowed({"releaseLabel": "emr-7.1.0"}, because="EMR lists it"),
        Allowed({"releaseLabel": "emr-spark-8.0.0"}, because="EMR lists it"),
        Allowed({"releaseLabel": "emr-7.99.0"}, because="newer than the data"),
        Allowed({"releaseLabel": "emr-7.14.0"}, because="the region may have it by now", region="ap-east-2"),
        Allowed({"releaseLabel": "emr-7.1.0-latest"}, because="another form, of other products"),
        Allowed({"releaseLabel": UNKNOWN}, because="decided at deployment"),
        Allowed({"name": "reports"}, because="another rule's matter"),
    )

    def asked(self, resource: View) -> tuple[str, str] | None:
        """The parts of `emr-7.1.0` or `emr-spark-8.0.0`."""
        line, _, version = (resource.text("releaseLabel") or "").rpartition("-")
        return (line, version) if line.startswith("emr") and version[:1].isdigit() else None

    def spelled(self, engine: str, version: str) -> str:
        """With the product line before it."""
        return f"{engine}-{version}"
