"""The resources of a stack export, and what the program said that they should be. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from policy_pack.model import Plan, Resource
from policy_pack.model.values import settled
from policy_pack.verify import shapes
from policy_pack.verify.subjects import Deployment, Kind, Mention

CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
SCALING_TARGET = "aws:appautoscaling/target:Target"
TABLE_REPLICA = "aws:dynamodb/tableReplica:TableReplica"

# Other resources have ids and ARNs too, some of them those of what they belong to.
_TYPES: Mapping[str, Kind] = {
    **{kind.type_token: kind for kind in Kind if kind.type_token},
    "aws:alb/loadBalancer:LoadBalancer": Kind.BALANCER,
    "aws:alb/targetGroup:TargetGroup": Kind.TARGET_GROUP,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Kind.ALARM,
    "aws:docdb/cluster:Cluster": Kind.DATABASE_CLUSTER,
    "aws:docdb/clusterInstance:ClusterInstance": Kind.DATABASE_INSTANCE,
    "aws:kms/replicaKey:ReplicaKey": Kind.KEY,
    "aws:neptune/cluster:Cluster": Kind.DATABASE_CLUSTER,
    "aws:neptune/clusterInstance:ClusterInstance": Kind.DATABASE_INSTANCE,
    CLUSTER_INSTANCE: Kind.DATABASE_INSTANCE,
    "aws:s3/bucketV2:BucketV2": Kind.BUCKET,
}
_NAMING = ("arn", "id", "dashboardArn")


def deployment(plan: Plan) -> Deployment:
    """What a state holds that AWS can be asked for."""
    found = [mention for resource in plan.resources if (mention := _mention(resource)) is not None]
    others = [each.urn for each in plan.resources if _is_unknown(each, found)]
    accounts = Counter(mention.subject.account for mention in found if mention.subject.account)
    regions = {mention.subject.region for mention in found} - {""}
    expected = _expectations(plan)
    return Deployment(
        tuple(replace(each, expected=expected.get(each.urn or "", {})) for each in found),
        regions.pop() if len(regions) == 1 else "",
        accounts.most_common(1)[0][0] if accounts else "",
        tuple(others),
        plan.stack,
    )


def _mention(resource: Resource) -> Mention | None:
    kind = _TYPES.get(resource.type)
    named = (shapes.recognised(text) for text in _texts(resource, _NAMING))
    subject = next((each for each in named if each is not None and each.kind is kind), None)
    if subject is None:
        return None
    region = subject.region or next(_texts(resource, ("region",)), None) or resource.region or ""
    return Mention(
        replace(subject, region=region),
        resource.urn,
        urn=resource.urn,
        resource_type=resource.type,
        resource_name=resource.name,
    )


def _texts(resource: Resource, keys: Iterable[str]) -> Iterator[str]:
    outputs = resource.outputs or {}
    return (text for key in keys if isinstance(text := settled(outputs.get(key)), str))


def _is_unknown(resource: Resource, found: Iterable[Mention]) -> bool:
    """Whether a resource should have been found: of others, most are parts of what is asked for."""
    return resource.type in _TYPES and all(each.urn != resource.urn for each in found)


def _expectations(plan: Plan) -> Mapping[str, Mapping[str, Any]]:
    """What AWS can confirm of a resource, by URN: of its inputs, and of resources that belong to it."""
    readers = {
        Kind.TABLE: _table,
        Kind.ECS_SERVICE: _service,
        Kind.DATABASE_CLUSTER: _cluster,
        Kind.DATABASE_INSTANCE: _instance,
    }
    return {
        each.urn: dict(readers[kind](each, plan))
        for each in plan.resources
        if (kind := _TYPES.get(each.type)) in readers
    }


_Expected = Iterator[tuple[str, Any]]


def _table(table: Resource, plan: Plan) -> _Expected:
    """The regions of replicas, whether the table lists them or each is a resource of its own."""
    replicas = settled(table.inputs.get("replicas"))
    listed = replicas if isinstance(replicas, list) else []
    arn = next(_texts(table, ("arn",)), None)
    regions = [
        *(each.get("regionName") for each in listed if isinstance(each, Mapping)),
        *(
            replica.region
            for replica in plan.by_type.get(TABLE_REPLICA, ())
            if arn is not None and settled(replica.inputs.get("globalTableArn")) == arn
        ),
    ]
    yield "replicas", tuple(dict.fromkeys(region for region in regions if isinstance(region, str)))


def _service(service: Resource, plan: Plan) -> _Expected:
    """The task definition, and how many tasks: as scaling allows, else as the service itself says."""
    definition = settled(service.inputs.get("taskDefinition"))
    if isinstance(definition, str) and shapes.is_arn(definition) and _is_kept(service, "taskDefinition"):
        yield "task_definition", definition
    limits = _limits(service, plan)
    count = settled(service.inputs.get("desiredCount"))
    if limits is not None:
        yield "tasks", limits
    elif isinstance(count, int | float) and _is_kept(service, "desiredCount"):
        yield "tasks", (int(count), int(count))


def _limits(service: Resource, plan: Plan) -> tuple[int, int] | None:
    arn = next(_texts(service, ("arn", "id")), "")
    subject = shapes.recognised(arn)
    for target in plan.by_type.get(SCALING_TARGET, ()):
        wanted = f"service/{subject.parent}/{subject.name}" if subject else None
        if settled(target.inputs.get("resourceId")) == wanted:
            least, most = (settled(target.inputs.get(key)) for key in ("minCapacity", "maxCapacity"))
            if isinstance(least, int | float) and isinstance(most, int | float):
                return int(least), int(most)
    return None


def _is_kept(resource: Resource, key: str) -> bool:
    """Whether the program insists on what it says of a property."""
    return not any(path in (key, "*") for path in resource.options.ignore_changes)


def _cluster(cluster: Resource, plan: Plan) -> _Expected:
    """Several zones, where the instances of the cluster are said to be in several."""
    identifier = next(_texts(cluster, ("clusterIdentifier", "id")), None)
    members = [
        each
        for each in plan.by_type.get(CLUSTER_INSTANCE, ())
        if identifier and settled(each.inputs.get("clusterIdentifier")) == identifier
    ]
    zones = {zone for each in members for zone in _texts(each, ("availabilityZone",))}
    yield "multi_az", len(zones) > 1


def _instance(instance: Resource, plan: Plan) -> _Expected:
    yield "multi_az", settled(instance.inputs.get("multiAz")) is True
