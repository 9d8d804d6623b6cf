"""What Preflight itself reports beside its rules: a program that did not end, a comment without effect."""

from __future__ import annotations

import inspect

from msgspec import Struct

from policy_pack.model import Severity


class Diagnostic(Struct, frozen=True):
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
NOT_SIMULATED = Diagnostic(
    "not-simulated",
    Severity.NOTE,
    """The program was not simulated, or not to its end, beside a preview (the policy pack).

    ## Why this fails
    What runs only at deployment, and what only the source shows, is not checked. What the preview itself
    knows is.

    ## What to do instead
    Do what the finding says. `PREFLIGHT_PROGRAM` names the program's directory where it is not found. To do
    without, set `"not-simulated": {"simulate": false}` in the pack's configuration, or `simulate = false` in
    the project's.
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
    """An EKS add-on asks for a version that AWS does not offer (`--live`).

    ## Why this fails
    AWS refuses to create it. `pulumi preview` does not look, and no list of these versions can be shipped:
    only AWS tells them.

    ## What to do instead
    Choose a version that AWS lists for the region.
    """,
)
RESOURCE_MISSING = Diagnostic(
    "resource-missing",
    Severity.ERROR,
    """The deployment names a resource that AWS does not have (`preflight verify`).

    ## Why this fails
    It was deleted after the deployment, or the outputs are those of another deployment, account or region.
    What refers to it fails when it is used.

    ## What to do instead
    Run `pulumi refresh` and `pulumi up`, which make it again, or give `preflight verify` the region and
    profile of the deployment. It is only a warning where nothing but the name of an output tells what the
    resource is.
    """,
)
RESOURCE_NOT_READY = Diagnostic(
    "resource-not-ready",
    Severity.ERROR,
    """A resource exists, but not in the state in which it can be used (`preflight verify`).

    ## Why this fails
    What is still being made, changed or deleted, or has failed, does not serve: a subnet that is not
    `available`, a key that is not `Enabled`, an ECS deployment that is not `COMPLETED`, a replica that is not
    `ACTIVE`.

    ## What to do instead
    Wait for what is still on its way: `preflight verify --wait 10m`. Otherwise look at the reason that AWS
    gives, in the note of the finding or in the events of the resource.
    """,
)
RESOURCE_DIFFERS = Diagnostic(
    "resource-differs",
    Severity.WARNING,
    """A resource is not what the program made of it (`preflight verify` with a stack export).

    ## Why this fails
    It was changed outside of the program: it runs another task definition, another number of tasks, or in one
    availability zone instead of several. The next deployment may undo it.

    ## What to do instead
    Run `pulumi refresh`, look at the difference, and put it into the program or deploy again.
    """,
)
REPLICA_MISSING = Diagnostic(
    "replica-missing",
    Severity.ERROR,
    """A global table has no replica in a region where the program wants one (`preflight verify`).

    ## Why this fails
    What reads or writes the table in that region fails, and nothing is there should the other region be lost.

    ## What to do instead
    Run `pulumi refresh` and `pulumi up`. Give replicas in `replicas` of the table or as `TableReplica`, never
    both: each takes the other's away.
    """,
)
TASKS_NOT_RUNNING = Diagnostic(
    "tasks-not-running",
    Severity.ERROR,
    """An ECS service runs fewer tasks than it should (`preflight verify`).

    ## Why this fails
    Tasks that cannot be placed, cannot pull their image, or fail their health check are started again and
    again.

    ## What to do instead
    Look at the events of the service and at `stoppedReason` of its stopped tasks. Right after a deployment,
    wait: `preflight verify --wait 10m`.
    """,
)
TARGETS_UNHEALTHY = Diagnostic(
    "targets-unhealthy",
    Severity.ERROR,
    """Targets of a load balancer fail their health check, or there are none (`preflight verify`).

    ## Why this fails
    The load balancer sends no requests to a target that is not `healthy`; with none that is, it answers with
    an error of its own. That there are no targets is only a warning: a service may be scaled to nothing.

    ## What to do instead
    Compare path, port and matcher of the health check with what the targets answer, and see that the security
    groups let the load balancer through. Right after a deployment, wait: `preflight verify --wait 10m`.
    """,
)
ALARM_RAISED = Diagnostic(
    "alarm-raised",
    Severity.WARNING,
    """An alarm of the deployment is in the state `ALARM` (`preflight verify`).

    ## Why this fails
    What the alarm watches is beyond its threshold now.

    ## What to do instead
    Look at the alarm's metric. `INSUFFICIENT_DATA` is usual after a deployment, and is not reported.
    """,
)
NOT_VERIFIED = Diagnostic(
    "not-verified",
    Severity.ERROR,
    """AWS did not tell the state of some resources, so they are not verified (`preflight verify`).

    ## Why this fails
    The credentials are expired or not allowed to ask, or the service cannot be reached. Everything else was
    verified.

    ## What to do instead
    Allow the actions that the finding names (`preflight verify --permissions` prints the policy), renew the
    credentials, or give others with `--profile`.
    """,
)

ALL = {
    item.name: item
    for item in (
        ALARM_RAISED,
        INTERNAL_ERROR,
        LIVE_BUCKET_NAME_TAKEN,
        LIVE_LOOKUP_FINDS_NOTHING,
        LIVE_LOOKUP_FINDS_SEVERAL,
        LIVE_RESOURCE_MISSING,
        LIVE_RESOURCE_UNUSABLE,
        LIVE_VERSION_UNAVAILABLE,
        NOT_SIMULATED,
        NOT_VERIFIED,
        PROGRAM_FAILED,
        PROGRAM_STOPPED,
        REPLICA_MISSING,
        RESOURCE_DIFFERS,
        RESOURCE_MISSING,
        RESOURCE_NOT_READY,
        SUPPRESSION_OF_UNKNOWN_RULE,
        SUPPRESSION_UNUSED,
        SUPPRESSION_WITHOUT_EFFECT,
        TARGETS_UNHEALTHY,
        TASKS_NOT_RUNNING,
    )
}
# What says that something was not checked cannot be left out: the exit code rests on it.
ALWAYS = frozenset((INTERNAL_ERROR.name, NOT_VERIFIED.name, PROGRAM_FAILED.name, PROGRAM_STOPPED.name))
OPTIONAL = frozenset(ALL) - ALWAYS
