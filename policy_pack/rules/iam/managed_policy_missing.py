"""Rule: managed-policy-missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

# What the list of policies is of; those of China and GovCloud differ.
ARN = "arn:aws:iam::aws:policy/"
ROLE, BOUNDARY = "aws:iam/role:Role", "permissionsBoundary"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_PATHS = {
    ATTACHMENT: ("policyArn",),
    ROLE: (BOUNDARY, "managedPolicyArns[]"),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": ("policyArn",),
    "aws:iam/policyAttachment:PolicyAttachment": ("policyArn",),
    "aws:iam/user:User": (BOUNDARY,),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ("policyArn",),
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": ("policyArns[]",),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": ("policyArns[]",),
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": ("policyArns[]",),
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": ("managedPolicyArn",),
}


class ManagedPolicyMissing(ResourceRule):
    """A policy of AWS is attached that AWS does not have.

    ## Why this fails
    The ARN of a policy that AWS manages is a text, and its path is a part of it: `service-role/` stands
    before some names and not before others. `pulumi preview` does not look; the deployment fails with
    `NoSuchEntity: Policy … does not exist or is not attachable`. Names that AWS has replaced cannot be
    attached any more either.

    ## What to do instead
    Use the ARN that the message names, or the constants of `aws.iam.ManagedPolicy`.
    """

    name = "managed-policy-missing"
    severity = Severity.WARNING
    resource_types = tuple(_PATHS)
    url = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html"
    flagged = (
        Flagged(
            {"policyArn": f"{ARN}AWSLambdaBasicExecutionRole"},
            says="AWS has no policy `AWSLambdaBasicExecutionRole`",
            at="policyArn",
        ),
        Flagged(
            {"managedPolicyArns": [f"{ARN}ReadOnlyAccess", f"{ARN}AmazonS3FullAcess"]},
            says="`AmazonS3FullAcess`",
            at="managedPolicyArns[1]",
            type=ROLE,
        ),
        Flagged({"permissionsBoundary": f"{ARN}No such"}, says="`No such`", at=BOUNDARY, type=ROLE),
    )
    allowed = (
        Allowed({"policyArn": f"{ARN}service-role/AWSLambdaBasicExecutionRole"}, because="AWS has it"),
        Allowed({"policyArn": "arn:aws:iam::123456789012:policy/Own"}, because="a policy of the account"),
        Allowed(
            {"policyArn": "arn:aws-cn:iam::aws:policy/Other"}, because="the list is of another partition"
        ),
        Allowed({"policyArn": UNKNOWN}, because="decided at deployment"),
        Allowed({"role": "r"}, because="there is no policy"),
        Allowed({"managedPolicyArns": [UNKNOWN, f"{ARN}ReadOnlyAccess"]}, because="decided later", type=ROLE),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look up the name in every ARN of a policy that AWS manages."""
        for path, arn in _arns(resource):
            policies, name = facts.catalogs.managed_policies, arn.removeprefix(ARN)
            if not arn.startswith(ARN) or policies.has(name):
                continue
            closest = policies.closest(name)
            evidence = policies.evidence(name)
            yield Problem(
                f"AWS has no policy `{name}`",
                note=f"it is not in the list of {evidence.fetched}; attaching it fails with `NoSuchEntity`",
                help=f"use `{ARN}{closest}`"
                if closest
                else "choose a policy that `aws iam list-policies` shows",
                property_path=path,
                confidence=Confidence.LIKELY,
                evidence=(evidence,),
            )


def _arns(resource: View) -> Iterator[tuple[str, str]]:
    """The ARNs that are known, each with its path."""
    for path in _PATHS[resource.type]:
        plain = path.removesuffix("[]")
        views = resource.elements(plain) if path != plain else [resource]
        for view in views:
            arn = view.text("" if path != plain else plain)
            if arn is not None:
                yield view.path("" if path != plain else plain), arn
