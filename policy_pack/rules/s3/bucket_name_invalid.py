"""Rule: bucket-name-invalid."""

from __future__ import annotations

import re
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

SHORTEST, LONGEST = 3, 63
LONGEST_PREFIX = 37
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
FIRST = ("xn--", "sthree-", "amzn-s3-demo-")
LAST = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


class BucketNameInvalid(ResourceRule):
    """A bucket's name is one that S3 refuses.

    ## Why this fails
    Bucket names are host names: 3 to 63 lower-case letters, digits, hyphens and dots, beginning and ending
    with a letter or digit. S3 answers `InvalidBucketName` to any other when the bucket is created.

    ## What to do instead
    Use lower case and hyphens, such as `fraud-detection-reports`, or leave the name out: Pulumi then makes
    one up from the resource's name.
    """

    name = "bucket-name-invalid"
    resource_types = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
    url = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
    flagged = (
        Flagged({"bucket": "Fraud-Reports"}, says="`Fraud-Reports` holds `F`", at="bucket"),
        Flagged({"bucket": "fraud_reports"}, says="holds `_`"),
        Flagged({"bucket": "ab"}, says="2 characters"),
        Flagged({"bucket": "x" * 64}, says="64 characters"),
        Flagged({"bucket": "-reports"}, says="begins or ends"),
        Flagged({"bucket": "a..b"}, says="two dots"),
        Flagged({"bucket": "192.168.5.4"}, says="an IP address"),
        Flagged({"bucket": "xn--reports"}, says="`xn--`"),
        Flagged({"bucket": "reports--x-s3"}, says="`--x-s3`"),
        Flagged({"bucketPrefix": "Reports-"}, says="`Reports-` holds `R`", at="bucketPrefix"),
    )
    allowed = (
        Allowed({"bucket": "fraud-reports.2026"}, because="it keeps to the rules"),
        Allowed({"bucketPrefix": "reports-"}, because="a prefix may end with a hyphen"),
        Allowed({"bucket": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="Pulumi makes one up"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge the name, or the prefix of one."""
        for path in ("bucket", "bucketPrefix"):
            name = resource.text(path)
            found = name and flaw(name, is_prefix=path == "bucketPrefix")
            if found:
                yield Problem(
                    f"the bucket name `{name}` {found}",
                    note="S3 refuses it when the bucket is created",
                    help=f"use `{suggestion(str(name))}`",
                    property_path=path,
                )


def flaw(name: str, *, is_prefix: bool = False) -> str | None:
    """What is wrong with a bucket's name, or with the beginning of one; None when nothing is."""
    strange = re.search(r"[^a-z0-9.-]", name)
    if strange:
        return f"holds `{strange[0]}`" if strange[0].isprintable() else "holds a character that has no sign"
    longest, shortest = (LONGEST_PREFIX, 0) if is_prefix else (LONGEST, SHORTEST)
    if not shortest <= len(name) <= longest:
        return f"has {len(name)} characters, and {shortest} to {longest} are allowed"
    if name[0] in ".-" or (name[-1] in ".-" and not is_prefix):
        return "begins or ends with a dot or hyphen"
    if ".." in name:
        return "has two dots in a row"
    if ADDRESS.fullmatch(name) and not is_prefix:
        return "looks like an IP address"
    for part in FIRST:
        if name.startswith(part):
            return f"begins with `{part}`, which S3 keeps for itself"
    for part in LAST:
        if name.endswith(part) and not is_prefix:
            return f"ends with `{part}`, which S3 keeps for itself"
    return None


def suggestion(name: str) -> str:
    """A name like the given one that S3 takes."""
    made = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    for part in ("xn-", "sthree-", "amzn-s3-demo-"):
        made = made.removeprefix(part)
    made = made[:LONGEST_PREFIX].strip("-")
    return f"{made}-bucket".lstrip("-") if len(made) < SHORTEST else made
