"""What Preflight itself reports beside its rules: a program that did not end, a comment without effect."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from policy_pack.model import Severity


@dataclass(frozen=True)
class Diagnostic:
    """A kind of finding that no rule makes, with the same page as a rule has."""

    name: str
    severity: Severity
    page: str

    def documentation(self) -> str:
        """The page as Markdown."""
        return inspect.cleandoc(self.page)

    def summary(self) -> str:
        """The first line of the page."""
        return self.documentation().partition("\n")[0]


PROGRAM_FAILED = Diagnostic(
    "program-failed",
    Severity.ERROR,
    """The program raised an exception, so only the resources before it were checked.

    ## Why this fails
    `pulumi preview` and `pulumi up` run the same program and end at the same line.

    ## What to do instead
    Mend the line that is shown. A value that only the cloud knows belongs into an `apply`; a value that
    only the environment knows belongs into the stack's configuration.
    """,
)
PROGRAM_STOPPED = Diagnostic(
    "program-stopped",
    Severity.ERROR,
    """The program was ended before it was done, so only the resources until then were checked.

    ## Why this fails
    It exceeded the time limit, left by `sys.exit`, or its process was killed.

    ## What to do instead
    Look at the line that is shown. If the program only needs longer, raise `--time-limit SECONDS`.
    """,
)
INTERNAL_ERROR = Diagnostic(
    "internal-error",
    Severity.ERROR,
    """A rule of Preflight raised an exception; every other rule was still run.

    ## Why this fails
    The fault is in Preflight, not in the program. What the rule would have found is not known.

    ## What to do instead
    Report it with the traceback that `-v` prints. Until it is mended, leave the rule out with
    `--ignore RULE`.
    """,
)
SUPPRESSION_WITHOUT_EFFECT = Diagnostic(
    "suppression-without-effect",
    Severity.WARNING,
    """A suppression comment cannot be understood or gives no reason, so it silences nothing.

    ## Why this fails
    A finding that is silenced by accident, or for a reason that nobody knows, is one that nobody will see
    again.

    ## What to do instead
    Write `# preflight: ignore[rule-name] -- reason`, or for something to be mended later
    `# preflight: fixme[rule-name] until 2027-01-31 -- reason`.
    """,
)
SUPPRESSION_OF_UNKNOWN_RULE = Diagnostic(
    "suppression-of-unknown-rule",
    Severity.WARNING,
    """A suppression comment names a rule that does not exist.

    ## Why this fails
    It silences nothing, though it looks as if it did.

    ## What to do instead
    Write the name as the finding shows it; `preflight rules` lists all names.
    """,
)
SUPPRESSION_UNUSED = Diagnostic(
    "suppression-unused",
    Severity.WARNING,
    """A suppression comment silences nothing.

    ## Why this fails
    What it was written for is mended, or has moved. It would silently hide the next finding of its rule.

    ## What to do instead
    Remove the comment.
    """,
)
LIVE_RESOURCE_MISSING = Diagnostic(
    "live-resource-missing",
    Severity.ERROR,
    """The program refers to something by its id or name that AWS does not have (`--live`).

    ## Why this fails
    What refers to an image, a certificate, a hosted zone, a role, a subnet, a security group or a VPC that is
    not in the account and region cannot be created. `pulumi preview` does not look.

    ## What to do instead
    Take the id from the account and region that the stack is deployed to, look it up by a data source, or
    make it in the program.
    """,
)
LIVE_RESOURCE_UNUSABLE = Diagnostic(
    "live-resource-unusable",
    Severity.ERROR,
    """An image or a certificate exists, but not in a state or region in which it can be used (`--live`).

    ## Why this fails
    An instance starts only from an image that is available. A listener takes only a certificate that has
    been issued, in its own region; CloudFront only one of us-east-1.

    ## What to do instead
    Choose another, wait until it is validated, or request it in the region where it is needed.
    """,
)
LIVE_BUCKET_NAME_TAKEN = Diagnostic(
    "live-bucket-name-taken",
    Severity.WARNING,
    """A bucket of this name exists already (`--live`).

    ## Why this fails
    The names of buckets are shared by all accounts. Creating one that another account has fails with
    `BucketAlreadyExists`. One of the account itself is only noted: it may be the stack's own.

    ## What to do instead
    Choose a name with something of your own in it, or leave `bucket` out: Pulumi makes up a free name.
    """,
)
LIVE_LOOKUP_FINDS_NOTHING = Diagnostic(
    "live-lookup-finds-nothing",
    Severity.ERROR,
    """A data source of the program looks for something that AWS does not have (`--live`).

    ## Why this fails
    A data source that finds nothing ends the program: nothing of the stack is deployed.

    ## What to do instead
    Correct the filters, the name, the owner or the region; or make in the program what it looks for, and use
    that instead of looking it up.
    """,
)
LIVE_LOOKUP_FINDS_SEVERAL = Diagnostic(
    "live-lookup-finds-several",
    Severity.ERROR,
    """A data source of the program has to find one thing, and AWS has several (`--live`).

    ## Why this fails
    A data source that does not know which one is meant ends the program: nothing of the stack is deployed.

    ## What to do instead
    Say more of the one that is meant, such as its id or a tag. Images and certificates can be chosen by
    `most_recent`.
    """,
)
LIVE_VERSION_UNAVAILABLE = Diagnostic(
    "live-version-unavailable",
    Severity.ERROR,
    """A broker, a MemoryDB cluster or an EKS add-on asks for a version that AWS does not offer (`--live`).

    ## Why this fails
    AWS refuses to create it. `pulumi preview` does not look, and no list of these versions can be shipped:
    only AWS tells them.

    ## What to do instead
    Choose a version that AWS lists for the region.
    """,
)

ALL = {
    item.name: item
    for item in (
        INTERNAL_ERROR,
        LIVE_BUCKET_NAME_TAKEN,
        LIVE_LOOKUP_FINDS_NOTHING,
        LIVE_LOOKUP_FINDS_SEVERAL,
        LIVE_RESOURCE_MISSING,
        LIVE_RESOURCE_UNUSABLE,
        LIVE_VERSION_UNAVAILABLE,
        PROGRAM_FAILED,
        PROGRAM_STOPPED,
        SUPPRESSION_OF_UNKNOWN_RULE,
        SUPPRESSION_UNUSED,
        SUPPRESSION_WITHOUT_EFFECT,
    )
}
# What says that something was not checked cannot be left out: the exit code rests on it.
ALWAYS = frozenset((INTERNAL_ERROR.name, PROGRAM_FAILED.name, PROGRAM_STOPPED.name))
OPTIONAL = frozenset(ALL) - ALWAYS
