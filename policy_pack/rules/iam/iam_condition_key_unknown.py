"""Rule: iam-condition-key-unknown."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Severity
from policy_pack.rules.iam._attached import BUCKET_POLICY, IOT_POLICY, KINDS, OTHERS, ROLE, documents
from policy_pack.rules.iam._conditions import wrong_conditions
from policy_pack.rules.iam._documents import STRINGIFIED
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View


def policy(operator: str, *keys: str) -> str:
    """A document for an example."""
    listed = ", ".join(f'"{each}": "x"' for each in keys)
    condition = f'{{"{operator}": {{{listed}}}}}'
    return (
        f'{{"Statement": [{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}]}}'
    )


class IamConditionKeyUnknown(ResourceRule):
    """A condition of a policy has a key that no request has, or an operator unknown to IAM.

    ## Why this fails
    IAM takes any key. A misspelled one is in no request, so that the condition never holds: an `Allow` gives
    nothing, and a `Deny` stops nothing, which nobody notices. Negated operators and those with `IfExists`
    turn it round: they always hold. S3 and other services refuse such a policy of a resource. An operator
    that does not exist is a syntax error wherever it stands.

    ## What to do instead
    Use the key or the operator that the message names. Tags need the tag's name behind a slash, as in
    `aws:RequestTag/team`. What is newer than the list is not in it.
    """

    name = "iam-condition-key-unknown"
    severity = Severity.WARNING
    resource_types = (*KINDS, ROLE, *(each for each in OTHERS if each != IOT_POLICY))
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
    flagged = (
        Flagged(
            {"policy": policy("StringEquals", "aws:SourceAcount")}, "`aws` has no condition key", "policy"
        ),
        Flagged(
            {"policy": policy("StringLike", "s3:prefix", "s3:prefx")},
            says="`s3` has no condition key `prefx`",
        ),
        Flagged({"policy": policy("StringEquals", "aws:RequestTag")}, says="no condition key `RequestTag`"),
        Flagged({"policy": policy("StringEquals", "sqs:Tag/team")}, says="`sqs` has no condition key"),
        Flagged({"policy": policy("StringEquals", "SourceIp")}, says="no service has the condition key"),
        Flagged(
            {"policy": policy("StringEqual", "aws:SourceIp")}, says="no condition operator `StringEqual`"
        ),
        Flagged(
            {"policy": policy("ForAnyValues:StringLike", "aws:TagKeys")}, "operator `ForAnyValues:StringLike`"
        ),
        Flagged({"policy": policy("aws:SourceIp", "x")}, says="stands where its operator belongs"),
        Flagged({"policy": policy("Bool", "aws:Secure")}, "`Secure`", type=BUCKET_POLICY),
        Flagged(
            {"inlinePolicies": [{"policy": policy("Null", "ec2:Regionn")}]},
            "`Regionn`",
            "inlinePolicies[0].policy",
            type=ROLE,
        ),
    )
    allowed = (
        Allowed(
            {"policy": policy("ForAllValues:StringLikeIfExists", "aws:TagKeys", "AWS:requestedregion")},
            because="requests have them",
        ),
        Allowed(
            {
                "policy": policy(
                    "StringEquals", "aws:ResourceTag/${aws:PrincipalTag/team}", "s3:ExistingObjectTag/x"
                )
            },
            because="any tag",
        ),
        Allowed(
            {"assumeRolePolicy": policy("StringEquals", "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub")},
            because="an identity provider's tokens say what its keys are",
            type=ROLE,
        ),
        Allowed({"policy": policy("StringEquals", "formerservice:Key")}, because="perhaps a closed service"),
        Allowed({"policy": {"Statement": {"Condition": {"Bool": UNKNOWN}}}}, because="decided at deployment"),
        Allowed({"policy": UNKNOWN}, because="decided at deployment"),
        Allowed({"policy": "no JSON"}, because="another rule's matter"),
        Allowed({"policy": policy(STRINGIFIED, "x")}, because="another rule's matter"),
        Allowed({}, because="there is no document"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look up every operator and key of every document."""
        for attached in documents(resource):
            for found in wrong_conditions(attached.document, facts.catalogs):
                yield Problem(
                    found.says,
                    help=found.instead,
                    property_path=attached.path,
                    confidence=Confidence.LIKELY,
                    evidence=found.evidence,
                )
