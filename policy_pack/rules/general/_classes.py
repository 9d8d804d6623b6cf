"""The instance classes that resources ask for, and the catalogs that know them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_pack.rules.rule import View

_GROUPS = ("masterInstanceGroup.instanceType", "coreInstanceGroup.instanceType")
_FLEETS = tuple(f"{each}InstanceFleet.instanceTypeConfigs[].instanceType" for each in ("master", "core"))
_SEARCH = ("clusterConfig.instanceType", "clusterConfig.dedicatedMasterType", "clusterConfig.warmType")
_OVERRIDES = "mixedInstancesPolicy.launchTemplate.overrides[].instanceType"

# By type: the service of the catalog, and the properties that hold a class; `[]` stands for all elements.
CLASSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "aws:ec2/instance:Instance": ("ec2", ("instanceType",)),
    "aws:autoscaling/group:Group": ("ec2", (_OVERRIDES,)),
    "aws:dax/cluster:Cluster": ("dax", ("nodeType",)),
    "aws:docdb/clusterInstance:ClusterInstance": ("docdb", ("instanceClass",)),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("ec2", ("instanceType",)),
    "aws:ec2/launchTemplate:LaunchTemplate": ("ec2", ("instanceType",)),
    "aws:ec2/spotFleetRequest:SpotFleetRequest": ("ec2", ("launchSpecifications[].instanceType",)),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": ("ec2", ("instanceType",)),
    "aws:eks/nodeGroup:NodeGroup": ("ec2", ("instanceTypes[]",)),
    "aws:elasticache/cluster:Cluster": ("elasticache", ("nodeType",)),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("elasticache", ("nodeType",)),
    "aws:elasticsearch/domain:Domain": ("opensearch", _SEARCH),
    "aws:emr/cluster:Cluster": ("emr", (*_GROUPS, *_FLEETS)),
    "aws:emr/instanceFleet:InstanceFleet": ("emr", ("instanceTypeConfigs[].instanceType",)),
    "aws:emr/instanceGroup:InstanceGroup": ("emr", ("instanceType",)),
    "aws:mq/broker:Broker": ("mq", ("hostInstanceType",)),
    "aws:neptune/clusterInstance:ClusterInstance": ("neptune", ("instanceClass",)),
    "aws:opensearch/domain:Domain": ("opensearch", _SEARCH),
    "aws:rds/cluster:Cluster": ("rds", ("dbClusterInstanceClass",)),
    "aws:rds/clusterInstance:ClusterInstance": ("rds", ("instanceClass",)),
    "aws:rds/instance:Instance": ("rds", ("instanceClass",)),
    "aws:redshift/cluster:Cluster": ("redshift", ("nodeType",)),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
        "sagemaker",
        ("productionVariants[].instanceType", "shadowProductionVariants[].instanceType"),
    ),
}
_OLD, _NEW = ".elasticsearch", ".search"


@dataclass(frozen=True)
class Asked:
    """A class that a resource asks for at a path: as written, and as its catalog names it."""

    path: str
    written: str
    service: str
    kind: str | None

    @property
    def name(self) -> str:
        """The name in the catalog, which has the search service's newer names only."""
        return self.written.removesuffix(_OLD) + _NEW if self.written.endswith(_OLD) else self.written

    def spelled(self, name: str) -> str:
        """A name of the catalog as the property takes it."""
        return name.removesuffix(_NEW) + _OLD if self.written.endswith(_OLD) else name


def asked(resource: View) -> Iterator[Asked]:
    """Every known class of a resource, with the engine that it is for where there are several.

    What SageMaker's prices tell of uses is too little: its API hosts on types that have no price for it.
    """
    service, paths = CLASSES[resource.type]
    kind = resource.text("engine") if service == "rds" else None
    for path in paths:
        outer, every, inner = path.partition("[]")
        for view in resource.elements(outer) if every else (resource,):
            at = inner.removeprefix(".") if every else outer
            written = view.text(at)
            if written is not None:
                yield Asked(view.path(at), written, service, kind)
