"""DynamoDB tables with their indexes and replicas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policy_pack.linter import diagnostics
from policy_pack.refresh.live.asking import Client, Item
from policy_pack.verify.probes import Expected, Probe, Seen, Trouble, not_ready, stated
from policy_pack.verify.subjects import Kind, Subject


def _table(client: Client, subject: Subject, expected: Expected) -> Seen:
    table = client.describe_table(TableName=subject.name)["Table"]
    replicas = {each["RegionName"]: each.get("ReplicaStatus", "ACTIVE") for each in table.get("Replicas", ())}
    troubles = [
        *stated(subject, table["TableStatus"], "ACTIVE"),
        *_indexes(subject, table),
        *_replicas(subject, replicas, expected),
    ]
    return Seen(table["TableStatus"], tuple(troubles), {"replicas": replicas})


def _indexes(subject: Subject, table: Item) -> Iterator[Trouble]:
    for index in table.get("GlobalSecondaryIndexes", ()):
        if index["IndexStatus"] != "ACTIVE":
            yield not_ready(f"index `{index['IndexName']}` of {subject}", index["IndexStatus"], "ACTIVE")


def _replicas(subject: Subject, replicas: Mapping[str, str], expected: Expected) -> Iterator[Trouble]:
    for region, state in replicas.items():
        if state != "ACTIVE":
            yield not_ready(f"the replica of {subject} in {region}", state, "ACTIVE")
    for region in expected.get("replicas", ()):
        if region not in replicas and region != subject.region:
            has = ", ".join(sorted(replicas)) or "no other region"
            yield Trouble(
                diagnostics.REPLICA_MISSING,
                f"{subject} has no replica in {region}",
                "run `pulumi refresh` and `pulumi up`",
                f"AWS has replicas of it in {has}",
            )


PROBES: Mapping[Kind, Probe] = {
    Kind.TABLE: Probe(
        "dynamodb", ("dynamodb:DescribeTable",), _table, frozenset({"ResourceNotFoundException"})
    ),
}
