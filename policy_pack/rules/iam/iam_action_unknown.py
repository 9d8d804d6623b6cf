"""Rule: iam-action-unknown."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Predicted, Problem, Severity
from policy_pack.rules.iam._actions import wrong
from policy_pack.rules.iam._attached import BUCKET_POLICY, KINDS, OTHERS, ROLE, documents
from policy_pack.rules.iam._documents import STRINGIFIED, Kind, actions
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

IGNORED = "IAM takes the policy as it is, and the action does nothing"
REFUSED = "AWS refuses such a policy, or the action does nothing"


def policy(*named: str) -> str:
    """A document for an example."""
    listed = ", ".join(f'"{each}"' for each in named)
    return f'{{"Statement": [{{"Effect": "Allow", "Action": [{listed}], "Resource": "*"}}]}}'


class IamActionUnknown(ResourceRule):
    """A policy names an action that no service has.

    ## Why this fails
    IAM takes a misspelled action in the policy of an identity without a word, and the call that the policy
    was for fails later with `AccessDenied`. S3, SQS and other services refuse the policy of a resource with
    `MalformedPolicy: Policy has invalid action`. An action without the service before it, such as
    `GetObject`, is refused by IAM itself.

    ## What to do instead
    Use the action that the message names. Actions are not always called as the operations of the API are:
    `HeadObject` needs `s3:GetObject`, `ListObjects` needs `s3:ListBucket`. What is newer than the list, or
    of a service that AWS has closed, is not in it.
    """

    name = "iam-action-unknown"
    resource_types = (*KINDS, ROLE, *OTHERS)
    url = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
    flagged = (
        Flagged(
            {"policy": policy("s3:GetObjet")},
            says="`s3` has no action `GetObjet`",
            at="policy",
            severity=Severity.WARNING,
        ),
        Flagged(
            {"policy": policy("s3:GetObject", "lamda:InvokeFunction")},
            says="no service has the prefix `lamda`",
        ),
        Flagged({"policy": policy("s3:ListObjectsV2")}, says="no action `ListObjectsV2`"),
        Flagged({"policy": policy("s3:Gett*")}, says="`s3` has no action like `Gett*`"),
        Flagged({"policy": policy("GetObject")}, says="names no service", severity=Severity.ERROR),
        Flagged({"policy": policy("GetObject")}, "no service", severity=Severity.WARNING, type=BUCKET_POLICY),
        Flagged({"policy": Predicted(policy("GetObject"))}, "no service", severity=Severity.WARNING),
        Flagged(
            {"inlinePolicies": [{"policy": policy("sqs:Send")}]},
            "`Send`",
            "inlinePolicies[0].policy",
            type=ROLE,
        ),
    )
    allowed = (
        Allowed({"policy": policy("s3:GetObject", "S3:getobject", "s3:Get*", "s3:*", "*")}, "S3 has them"),
        Allowed(
            {"policy": {"Statement": {"Action": ["s3:ListBucket", UNKNOWN, "*:Get*"]}}}, because="unknown"
        ),
        Allowed({"policy": policy("sns:Receive")}, because="in no list, and AWS uses it"),
        Allowed({"policy": UNKNOWN}, because="decided at deployment"),
        Allowed({"policy": "no JSON"}, because="another rule's matter"),
        Allowed({"policy": policy(f"{STRINGIFIED}:x")}, because="another rule's matter"),
        Allowed({}, because="there is no document"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Look up every action of every document."""
        for attached in documents(resource):
            kind = attached.kind
            for action in actions(attached.document):
                found = wrong(action, facts.catalogs)
                if found is None:
                    continue
                # IAM itself refuses what has no prefix; all else rests on the list.
                is_certain = ":" not in action and kind is not Kind.RESOURCE and attached.is_settled
                yield Problem(
                    found.says,
                    note=IGNORED if kind is Kind.IDENTITY and ":" in action else REFUSED,
                    help=found.instead,
                    property_path=attached.path,
                    severity=Severity.ERROR if is_certain else Severity.WARNING,
                    confidence=Confidence.CERTAIN if is_certain else Confidence.LIKELY,
                    evidence=found.evidence,
                )
