"""Keys of KMS and roles of IAM."""

from __future__ import annotations

from collections.abc import Mapping

from policy_pack.refresh.live.asking import Client
from policy_pack.verify.probes import Expected, Probe, Seen, stated
from policy_pack.verify.subjects import Kind, Subject


def _key(client: Client, subject: Subject, expected: Expected) -> Seen:
    key = client.describe_key(KeyId=subject.name)["KeyMetadata"]
    return Seen(key["KeyState"], stated(subject, key["KeyState"], "Enabled"))


def _role(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    role = client.get_role(RoleName=subject.name.rpartition("/")[2])["Role"]
    # Under another path there may be a role of the same name.
    there = "/" not in subject.name or role["Arn"].endswith(f":role/{subject.name}")
    return Seen() if there else None


PROBES: Mapping[Kind, Probe] = {
    Kind.KEY: Probe("kms", ("kms:DescribeKey",), _key, frozenset({"NotFoundException"})),
    Kind.ROLE: Probe("iam", ("iam:GetRole",), _role, frozenset({"NoSuchEntity"})),
}
