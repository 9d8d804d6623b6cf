"""Aurora clusters, their instances, and instances of RDS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policy_pack.linter import diagnostics
from policy_pack.refresh.live.asking import Client, Item
from policy_pack.verify.probes import Expected, Probe, Seen, Trouble, first, stated
from policy_pack.verify.subjects import Kind, Subject

# The states in which AWS says that a database can be used.
_READY = (
    *("available", "backing-up", "configuring-enhanced-monitoring", "configuring-iam-database-auth"),
    *("configuring-log-exports", "converting-to-vpc", "moving-to-vpc", "storage-optimization"),
)


def _cluster(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    cluster = first(client.describe_db_clusters(DBClusterIdentifier=subject.name)["DBClusters"])
    if cluster is None:
        return None
    members = [each["DBInstanceIdentifier"] for each in cluster.get("DBClusterMembers", ())]
    leads = [Subject(Kind.DATABASE_INSTANCE, name, subject.region, subject.account) for name in members]
    facts = {
        "instances": members,
        "multi_az": cluster.get("MultiAZ"),
        "version": cluster.get("EngineVersion"),
    }
    troubles = (*stated(subject, cluster["Status"], *_READY), *_zones(subject, cluster, expected))
    return Seen(cluster["Status"], troubles, facts, tuple(leads))


def _instance(client: Client, subject: Subject, expected: Expected) -> Seen | None:
    answered = client.describe_db_instances(DBInstanceIdentifier=subject.name)
    instance = first(answered["DBInstances"])
    if instance is None:
        return None
    state = instance["DBInstanceStatus"]
    facts = {"zone": instance.get("AvailabilityZone"), "multi_az": instance.get("MultiAZ")}
    troubles = (*stated(subject, state, *_READY), *_zones(subject, instance, expected))
    return Seen(state, troubles, facts)


def _zones(subject: Subject, found: Item, expected: Expected) -> Iterator[Trouble]:
    if expected.get("multi_az") and found.get("MultiAZ") is False:
        yield Trouble(
            diagnostics.RESOURCE_DIFFERS,
            f"{subject} is in one availability zone; the program wants it in several",
            "see which instances are left with `aws rds describe-db-instances`, and deploy again",
        )


PROBES: Mapping[Kind, Probe] = {
    Kind.DATABASE_CLUSTER: Probe(
        "rds", ("rds:DescribeDBClusters",), _cluster, frozenset({"DBClusterNotFoundFault"})
    ),
    Kind.DATABASE_INSTANCE: Probe(
        "rds", ("rds:DescribeDBInstances",), _instance, frozenset({"DBInstanceNotFound"})
    ),
}
