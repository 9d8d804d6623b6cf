"""Builds `instances/<service>.json` from AWS's prices, as cfn-lint has them, and the enumerations of APIs."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from policy_pack.catalog import region_sets
from policy_pack.refresh import cfn_lint
from policy_pack.refresh.packages import BOTOCORE, CFN_LINT, MOTO, Package, read
from policy_pack.refresh.shared_sets import shared
from policy_pack.refresh.writing import Document, RegionalDocument

_OFFERINGS = "moto/ec2/resources/instance_type_offerings/region"
# The regions of moto's copy of what EC2 answered: the commercial ones but for the youngest.
_NOT_ASKED = {"ap-east-2", "ap-southeast-6", "ap-southeast-7", "me-west-1", "mx-central-1", "sa-west-1"}
# MQ's bills write `mq.m7g.2xl` where its API writes `mq.m7g.2xlarge`, as all others do.
_BILLED = re.compile(r"(mq\.[a-z0-9]+\.\d+)xl$")

# By class and by kind (an engine or a use; empty where there are none), the regions.
Offers = Mapping[str, Mapping[str, set[str]]]


@dataclass(frozen=True)
class Sources:
    """What is read for a service.

    `prices` by kind; `named` are classes that the service's API names; `answers` what EC2 itself answered
    by region.
    """

    prices: Mapping[str, bytes]
    named: tuple[str, ...] = ()
    answers: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """How the catalog of one service is made: `fetch` reads its sources."""

    name: str
    title: str
    fetch: Callable[[], Sources]
    packages: tuple[Package, ...] = (CFN_LINT,)

    def build(self) -> Document:
        """The catalog: by class, where it is offered."""
        return shape(self, self.fetch())


def shape(service: Service, sources: Sources) -> RegionalDocument:
    """Bring the sources together: a class is offered where any of them says so."""
    offers: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    known: set[str] = set()
    for kind, region, name in (*_priced(sources.prices), *_answered(sources.answers)):
        offers[_BILLED.sub(r"\1xlarge", name)][kind].add(region)
        known.add(region)
    sets, records = shared({name: _record(offers.get(name, {}), known) for name in {*offers, *sources.named}})
    return RegionalDocument(
        about=f"{service.title}, and the regions that offer them",
        source=", ".join(map(str, service.packages)),
        fetched=CFN_LINT.date,
        command=f"python -m policy_pack.refresh instances/{service.name}",
        scope="AWS's prices, which keep what is retired",
        records=records,
        max_age_days=90,
        regions=dict.fromkeys(sorted(known), CFN_LINT.date),
        sets=sets or None,
    )


def _record(offers: Mapping[str, set[str]], known: set[str]) -> list[dict[str, object]]:
    """One entry for each different set of regions, with the kinds that share it."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for kind, found in sorted(offers.items()):
        kinds[region_sets.text(found, known)].append(kind)
    return [
        {"regions": text, **({} if shared == [""] else {"kinds": shared})}
        for text, shared in sorted(kinds.items())
    ]


def _priced(prices: Mapping[str, bytes]) -> Iterator[tuple[str, str, str]]:
    """Kind, region and class of every price; RDS's prices tell the engine of each condition themselves."""
    for kind, text in prices.items():
        for region, schema in json.loads(text).items():
            if region == "all" or not isinstance(schema, dict):
                continue
            yield from ((kind, region, name) for name in schema.get("enum", ()))
            for condition in schema.get("allOf", ()):
                engine = condition["if"]["properties"]["Engine"].get("const")
                for listed in condition["then"]["properties"].values():
                    yield from ((engine, region, name) for name in listed["enum"] if engine and "." in name)


def _answered(answers: Mapping[str, bytes]) -> Iterator[tuple[str, str, str]]:
    for region, packed in answers.items():
        yield from (("", region, each["InstanceType"]) for each in json.loads(gzip.decompress(packed)))


def named(service: str, version: str, shape: str) -> tuple[str, ...]:
    """The members of an enumeration of a service's API."""
    model = json.loads(
        gzip.decompress(read(BOTOCORE, f"botocore/data/{service}/{version}/service-2.json.gz"))
    )
    return tuple(model["shapes"][shape]["enum"])


def _list(path: str, *, also: tuple[str, ...] = ()) -> Callable[[], Sources]:
    return lambda: Sources({"": cfn_lint.extension(path)}, also)


def asked() -> list[str]:
    """The regions whose answers moto has."""
    partitions = json.loads(read(BOTOCORE, "botocore/data/partitions.json"))["partitions"]
    commercial = next(each["regions"] for each in partitions if each["id"] == "aws")
    return sorted(commercial.keys() - _NOT_ASKED - {"aws-global"})


def _ec2() -> Sources:
    return Sources(
        {"": cfn_lint.extension("aws_ec2_instance/instancetype_enum")},
        named("ec2", "2016-11-15", "InstanceType"),
        {region: read(MOTO, f"{_OFFERINGS}/{region}.json.gz") for region in asked()},
    )


def _opensearch() -> Sources:
    return Sources(
        {"": cfn_lint.extension("aws_opensearchservice_domain/clusterconfig_instancetype_enum")},
        named("opensearch", "2021-01-01", "OpenSearchPartitionInstanceType"),
    )


def _sagemaker() -> Sources:
    uses = ("cluster", "hosting", "processing", "transform")
    return Sources(
        {use: cfn_lint.extension(f"aws_sagemaker_{use}/instancetype_enum") for use in uses},
        named("sagemaker", "2017-07-24", "ProductionVariantInstanceType"),
    )


def _rds() -> Sources:
    paths = ("aws_rds_dbinstance/dbinstanceclass_enum", "aws_rds_dbcluster/dbclusterinstanceclass_enum")
    return Sources({path: cfn_lint.extension(path) for path in paths})


SERVICES = (
    Service("dax", "Node types of DAX", _list("aws_dax_cluster/nodetype_enum")),
    # Serverless instances have a price of their own kind.
    Service(
        "docdb",
        "Instance classes of DocumentDB",
        _list("aws_docdb_dbinstance/dbinstanceclass_enum", also=("db.serverless",)),
    ),
    Service("ec2", "Instance types of EC2", _ec2, (CFN_LINT, BOTOCORE, MOTO)),
    Service(
        "elasticache", "Node types of ElastiCache", _list("aws_elasticache_cachecluster/cachenodetype_enum")
    ),
    Service("emr", "Instance types of EMR", _list("aws_emr_cluster/instancetypeconfig_instancetype_enum")),
    Service("mq", "Instance types of MQ", _list("aws_amazonmq_broker/instancetype_enum")),
    Service("neptune", "Instance classes of Neptune", _list("aws_neptune_dbinstance/dbinstanceclass_enum")),
    Service("opensearch", "Instance types of OpenSearch", _opensearch, (CFN_LINT, BOTOCORE)),
    Service("rds", "Instance classes of RDS and Aurora", _rds),
    Service("redshift", "Node types of Redshift", _list("aws_redshift_cluster/nodetype_enum")),
    Service("sagemaker", "Instance types of SageMaker", _sagemaker, (CFN_LINT, BOTOCORE)),
)
