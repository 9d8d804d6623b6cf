"""Rule: policy-document-invalid."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Predicted, Problem, Severity
from policy_pack.rules.iam._attached import BUCKET_POLICY, KINDS, ROLE, documents
from policy_pack.rules.iam._documents import flaw
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

GOOD = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
TRUST = '{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs"}}}'


class PolicyDocumentInvalid(ResourceRule):
    """A policy document is no JSON, or lacks a part that AWS asks for.

    ## Why this fails
    To Pulumi a policy is a text. AWS reads it when the policy is attached, and answers
    `MalformedPolicyDocument` to text that is no JSON, a `Version` that is a day of the author's choice, or a
    statement without its `Effect`, `Action`, `Resource` or `Principal`.

    ## What to do instead
    Give the document as a dictionary through `pulumi.Output.json_dumps`, or build it with
    `aws.iam.get_policy_document_output`. `Version` is `2012-10-17`. A role's trust policy has a `Principal`
    and no `Resource`, an identity's the other way round.
    """

    name = "policy-document-invalid"
    resource_types = (*KINDS, ROLE)
    url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html"
    flagged = (
        Flagged({"policy": "{'Statement': []}"}, says="`policy` is no JSON", at="policy"),
        Flagged({"policy": '{"Version": "2026-11-22"}'}, says="`2026-11-22`"),
        Flagged({"policy": '{"Version": "2012-10-17"}'}, says="no `Statement`"),
        Flagged({"policy": '{"Statement": [{"Action": "*", "Resource": "*"}]}'}, says="without `Effect`"),
        Flagged({"policy": GOOD.replace("Allow", "allow")}, says="`Effect` is `allow`"),
        Flagged({"policy": TRUST.replace("Principal", "Resources")}, says="without `Resource`"),
        Flagged({"assumeRolePolicy": GOOD}, says="without `Principal`", at="assumeRolePolicy", type=ROLE),
        Flagged({"policy": GOOD}, says="without `Principal`", type=BUCKET_POLICY),
        Flagged(
            {"policy": Predicted('{"Statement": [{"Effect": "Allow", "Action": "*"}]}')},
            says="without `Resource`",
            severity=Severity.WARNING,
        ),
    )
    allowed = (
        Allowed({"policy": GOOD}, because="it has all that an identity's policy needs"),
        Allowed({"assumeRolePolicy": TRUST}, because="it has all that a trust policy needs", type=ROLE),
        Allowed(
            {"policy": {"Statement": [{"Effect": UNKNOWN, "Action": "*", "Resource": UNKNOWN}]}}, "unknown"
        ),
        Allowed({"policy": UNKNOWN}, because="decided at deployment"),
        Allowed({}, because="there is no document"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Judge every document of the resource."""
        for attached in documents(resource):
            found = flaw(attached.document, attached.kind)
            if found:
                yield Problem(
                    f"`{attached.key}` {found}",
                    note="AWS answers `MalformedPolicyDocument` when the policy is attached",
                    help="build the document with `pulumi.Output.json_dumps` and the parts that are missing",
                    property_path=attached.path,
                    severity=None if attached.is_settled else Severity.WARNING,
                    confidence=Confidence.CERTAIN if attached.is_settled else Confidence.LIKELY,
                )
