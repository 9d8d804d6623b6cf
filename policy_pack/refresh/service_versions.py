"""Builds `versions/<service>.json` of the services that need no more than one list each."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from policy_pack.refresh import aws_cdk, cfn_lint
from policy_pack.refresh.packages import (
    AWS_CDK_AWS_MSK_ALPHA,
    AWS_CDK_AWS_NEPTUNE_ALPHA,
    AWS_CDK_LIB,
    BOTOCORE,
    CFN_LINT,
    Package,
    RefreshError,
    read,
)
from policy_pack.refresh.writing import Document

MAX_AGE_DAYS = 60
_UNKNOWN_REGION = "AWS at large: the source names no region"
_SPLIT = re.compile(r"^([a-z-]+)-(.+)$")


@dataclass(frozen=True)
class Service:
    """How the catalog of one service is made: `fetch` reads its source, `shape` is pure."""

    name: str
    title: str
    package: Package
    fetch: Callable[[], object]
    shape: Callable[..., Mapping[str, str]]
    scope: str = _UNKNOWN_REGION

    def build(self) -> Document:
        """The catalog: by `engine version`, what the source says of it."""
        claims = self.shape(self.fetch())
        source = self.package.name if "cdk" not in self.package.name else "aws-cdk-lib"
        return Document(
            about=f"Versions of {self.title}, and what each source says of them",
            source=str(self.package),
            fetched=self.package.date,
            command=f"python -m policy_pack.refresh versions/{self.name}",
            scope=self.scope,
            records={key: {source: claim} for key, claim in claims.items()},
            max_age_days=MAX_AGE_DAYS,
        )


def live_only(name: str, title: str) -> Document:
    """The catalog of a service whose versions no package lists."""
    return Document(
        about=f"Versions of {title}",
        source="AWS, live",
        fetched=CFN_LINT.date,
        command=f"python -m policy_pack.refresh versions/{name}",
        scope="live only: no package lists them",
        records={},
        max_age_days=MAX_AGE_DAYS,
    )


def elasticache(schema: bytes) -> dict[str, str]:
    """What ElastiCache answered for us-east-1. It answers with withdrawn versions too, unmarked."""
    return {
        f"{condition['if']['properties']['Engine']['const']} {version}": "listed"
        for condition in json.loads(schema)["allOf"]
        for version in condition["then"]["properties"].get("EngineVersion", {}).get("enum", ())
    }


def docdb(schema: bytes) -> dict[str, str]:
    """The versions that the schema of a DocumentDB cluster allows, without those that stand for others."""
    versions = json.loads(schema)["properties"]["EngineVersion"]["enum"]
    return {f"docdb {version}": "listed" for version in versions if version.count(".") > 1}


def redshift(model: bytes) -> dict[str, str]:
    """The one version that Redshift's API reference calls available."""
    text = json.loads(gzip.decompress(model))["shapes"]["CreateClusterMessage"]["members"]["ClusterVersion"]
    found = re.search(r"Only version (\d+\.\d+) is currently available", text["documentation"])
    if found is None:
        raise RefreshError("botocore no longer names the only version of Redshift")
    return {f"redshift {found[1]}": "available"}


def glue(code: str) -> dict[str, str]:
    """The members of an enumeration; it has no marks."""
    members = re.search(r"GlueVersion\d*\)\{(.*?)\}", code)
    found = re.findall(r'="([^"]+)"', members[1]) if members else []
    if not found:
        raise RefreshError("aws-cdk-lib has no versions of Glue")
    return {f"glue {version}": "listed" for version in found}


def marked(owner: str, name: Callable[[aws_cdk.Constant], str]) -> Callable[[list[str]], dict[str, str]]:
    """How the constants of a class become claims: a mark means withdrawn, none means nothing."""

    def shape(texts: list[str]) -> dict[str, str]:
        return {
            name(each): "withdrawn" if each.deprecated else "listed"
            for each in aws_cdk.constants(owner, *texts)
        }

    return shape


def _of(package: Package, file: str) -> Callable[[], list[str]]:
    return lambda: aws_cdk.members(package, f"{file}.js", f"{file}.d.ts")


def _canary(constant: aws_cdk.Constant) -> str:
    return _SPLIT.sub(r"\1 \2", constant.value)


SERVICES = (
    Service(
        "docdb",
        "DocumentDB",
        CFN_LINT,
        lambda: cfn_lint.schema("AWS::DocDB::DBCluster"),
        docdb,
    ),
    Service(
        "eks",
        "Kubernetes on EKS",
        AWS_CDK_LIB,
        _of(AWS_CDK_LIB, "aws-eks/lib/cluster"),
        marked("KubernetesVersion", lambda each: f"kubernetes {each.value}"),
    ),
    Service(
        "elasticache",
        "ElastiCache engines",
        CFN_LINT,
        lambda: cfn_lint.extension("aws_elasticache_cachecluster/engine_version"),
        elasticache,
        scope="us-east-1 only",
    ),
    Service(
        "glue",
        "Glue",
        AWS_CDK_LIB,
        lambda: aws_cdk.members(AWS_CDK_LIB, "aws-glue/lib/constants.js")[0],
        glue,
    ),
    Service(
        "msk",
        "Apache Kafka on MSK",
        AWS_CDK_AWS_MSK_ALPHA,
        _of(AWS_CDK_AWS_MSK_ALPHA, "lib/cluster-version"),
        marked("KafkaVersion", lambda each: f"kafka {each.value}"),
    ),
    Service(
        "neptune",
        "Neptune",
        AWS_CDK_AWS_NEPTUNE_ALPHA,
        _of(AWS_CDK_AWS_NEPTUNE_ALPHA, "lib/cluster"),
        marked("EngineVersion", lambda each: f"neptune {each.value}"),
    ),
    Service(
        "opensearch",
        "OpenSearch and Elasticsearch",
        AWS_CDK_LIB,
        _of(AWS_CDK_LIB, "aws-opensearchservice/lib/version"),
        marked("EngineVersion", lambda each: f"{each.maker.lower()} {each.value}"),
    ),
    Service(
        "redshift",
        "Redshift",
        BOTOCORE,
        lambda: read(BOTOCORE, "botocore/data/redshift/2012-12-01/service-2.json.gz"),
        redshift,
    ),
    Service(
        "synthetics",
        "Synthetics runtimes",
        AWS_CDK_LIB,
        _of(AWS_CDK_LIB, "aws-synthetics/lib/runtime"),
        marked("Runtime", _canary),
    ),
)
LIVE_ONLY = {
    "eks_addons": "EKS add-ons",
    "elasticbeanstalk": "Elastic Beanstalk platforms",
    "memorydb": "MemoryDB engines",
    "mq": "MQ engines",
}
