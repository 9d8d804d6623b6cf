"""What the stand-in for AWS answers: little for most tests, as much as AWS for the bench."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from .wire import Call

OPEN = (
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    *("ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"),
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
)
OPT_IN = (
    *("af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
    *("ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1"),
)
ALL = (*OPEN, *OPT_IN)


def small(call: Call) -> Mapping[str, Any]:
    """A few items of everything; two regions lack some of what the others have."""
    return _SMALL[call.operation](call)


def _engines(call: Call) -> Mapping[str, Any]:
    versions = [
        _engine("aurora-postgresql", "15.3", "deprecated"),
        _engine("aurora-postgresql", "15.10"),
        _engine("mysql", "8.0.40"),
        _engine("docdb", "5.0.0"),
        _engine("neptune", "1.4.6.1"),
    ]
    if call.region != "ap-northeast-3":
        versions.append(_engine("aurora-postgresql", "15.19"))
    wanted = call.parameters.get("Engine")
    return {"DBEngineVersions": [each for each in versions if wanted in (None, each["Engine"])]}


def _engine(engine: str, version: str, status: str = "available") -> dict[str, Any]:
    major = version.partition(".")[0]
    return {
        "Engine": engine,
        "EngineVersion": version,
        "MajorEngineVersion": major,
        "DBParameterGroupFamily": f"{engine}{major}",
        "Status": status,
        "ValidUpgradeTarget": [],
    }


def _kubernetes(call: Call) -> Mapping[str, Any]:
    day = datetime.datetime(2027, 3, 23, tzinfo=datetime.timezone.utc)
    return {
        "clusterVersions": [
            {"clusterVersion": "1.29", "status": "unsupported"},
            {
                "clusterVersion": "1.35",
                "versionStatus": "STANDARD_SUPPORT",
                "endOfStandardSupportDate": day,
                "endOfExtendedSupportDate": day.replace(year=2028),
            },
        ]
    }


def _addons(call: Call) -> Mapping[str, Any]:
    fits = [{"clusterVersion": "1.35", "defaultVersion": True}, {"clusterVersion": "1.34"}]
    return {
        "addons": [
            {
                "addonName": "vpc-cni",
                "addonVersions": [{"addonVersion": "v1.20.0-eksbuild.1", "compatibilities": fits}],
            }
        ]
    }


def _types(call: Call) -> Mapping[str, Any]:
    names = ["c7g.large", "m5.large"] + ["p5.48xlarge"] * (call.region == "us-east-1")
    return {"InstanceTypeOfferings": [{"InstanceType": name, "Location": call.region} for name in names]}


def regions(call: Call) -> Mapping[str, Any]:
    """All thirty, those that must be enabled first as if they were."""
    states = {**dict.fromkeys(OPEN, "opt-in-not-required"), **dict.fromkeys(OPT_IN, "opted-in")}
    return {"Regions": [{"RegionName": name, "OptInStatus": state} for name, state in states.items()]}


def _zones(call: Call) -> Mapping[str, Any]:
    return {
        "AvailabilityZones": [
            {
                "ZoneName": f"{call.region}{letter}",
                "ZoneId": f"id-az{letter}",
                "ZoneType": "availability-zone",
            }
            for letter in "abc"
        ]
    }


CLASSES = {
    "aurora-postgresql": ("db.r6g.large", "db.t4g.medium"),
    "docdb": ("db.r5.large",),
    "mysql": ("db.t4g.medium", "db.m7g.large"),
    "neptune": ("db.r6g.large", "db.t4g.medium"),
}


def _classes(call: Call) -> Mapping[str, Any]:
    """Of each class two kinds of storage; the oldest of a major have one class less."""
    engine, version = call.parameters["Engine"], call.parameters.get("EngineVersion", "")
    names = CLASSES[engine][1:] if version == "15.10" else CLASSES[engine]
    rows = [
        {
            "Engine": engine,
            "EngineVersion": version,
            "DBInstanceClass": name,
            "StorageType": storage,
            "AvailabilityZones": [{"Name": f"{call.region}a"}],
        }
        for name in names
        for storage in ("gp3", "io2")
    ]
    return {"OrderableDBInstanceOptions": rows}


def _search_types(call: Call) -> Mapping[str, Any]:
    """Each version has one type of its own."""
    own = {"OpenSearch_2.19": "or2.large.search", "OpenSearch_2.5": "m3.large.search"}
    names = ["m5.large.search", own.get(call.parameters["EngineVersion"], "t2.small.elasticsearch")]
    return {"InstanceTypeDetails": [{"InstanceType": name, "InstanceRole": ["Data"]} for name in names]}


def _emr_types(call: Call) -> Mapping[str, Any]:
    """More than a page of them."""
    names = [f"m{number}.xlarge" for number in range(1, 150)]
    if call.parameters["ReleaseLabel"] == "emr-7.10.0":
        names.append("r8g.xlarge")
    return {"SupportedInstanceTypes": [{"Type": name, "VCPU": 4} for name in names]}


def _platform(version: str, owner: str = "AWSElasticBeanstalk", status: str = "Ready") -> dict[str, str]:
    return {
        "PlatformArn": f"arn:aws:elasticbeanstalk:us-east-1::platform/x/{version}",
        "PlatformOwner": owner,
        "PlatformStatus": status,
        "PlatformBranchName": "Python 3.11 running on 64bit Amazon Linux 2023",
        "PlatformVersion": version,
    }


def _listed(key: str, *items: Any) -> Any:
    return lambda call: {key: list(items)}


_SMALL = {
    "DescribeDBEngineVersions": _engines,
    "DescribeClusterVersions": _kubernetes,
    "DescribeAddonVersions": _addons,
    "DescribeInstanceTypeOfferings": _types,
    "DescribeRegions": regions,
    "DescribeAvailabilityZones": _zones,
    "DescribeCacheEngineVersions": _listed(
        "CacheEngineVersions",
        {"Engine": "valkey", "EngineVersion": "8.0", "CacheParameterGroupFamily": "valkey8"},
    ),
    "DescribeEngineVersions": _listed(
        "EngineVersions",
        {"Engine": "Valkey", "EngineVersion": "7.3", "ParameterGroupFamily": "memorydb_valkey7"},
    ),
    "DescribeOrderableDBInstanceOptions": _classes,
    "ListInstanceTypeDetails": _search_types,
    "ListSupportedInstanceTypes": _emr_types,
    "ListPlatformVersions": _listed(
        "PlatformSummaryList",
        _platform("4.0.1"),
        _platform("4.0.0"),
        _platform("9.0.0", status="Creating"),
        _platform("1.0.0", owner="self"),
    ),
    "ListVersions": _listed("Versions", "OpenSearch_2.5", "OpenSearch_2.19", "Elasticsearch_7.10"),
    "ListKafkaVersions": _listed(
        "KafkaVersions",
        {"Version": "3.9.x", "Status": "ACTIVE"},
        {"Version": "1.1.1", "Status": "DEPRECATED"},
    ),
    "DescribeBrokerEngineTypes": _listed(
        "BrokerEngineTypes", {"EngineType": "ACTIVEMQ", "EngineVersions": [{"Name": "5.19"}]}
    ),
    "DescribeBrokerInstanceOptions": _listed(
        "BrokerInstanceOptions",
        {
            "EngineType": "RABBITMQ",
            "HostInstanceType": "mq.m7g.large",
            "StorageType": "EBS",
            "SupportedDeploymentModes": ["SINGLE_INSTANCE"],
            "SupportedEngineVersions": ["4.2"],
        },
    ),
    "DescribeOrderableClusterOptions": _listed("OrderableClusterOptions", {"NodeType": "ra3.xlplus"}),
    "ListReleaseLabels": _listed("ReleaseLabels", "emr-7.9.0", "emr-7.10.0", "emr-6.15.0", "emr-spark-8.0.0"),
    "DescribeRuntimeVersions": _listed(
        "RuntimeVersions",
        {"VersionName": "syn-nodejs-puppeteer-13.1"},
        {
            "VersionName": "syn-1.0",
            "DeprecationDate": datetime.datetime(2022, 10, 13, tzinfo=datetime.timezone.utc),
        },
    ),
}


def large(call: Call) -> Mapping[str, Any]:
    """As much as AWS answers: 1,320 versions of databases, each with the versions it can be upgraded to."""
    if call.operation == "DescribeDBEngineVersions":
        wanted = call.parameters.get("Engine")
        return {"DBEngineVersions": [each for each in _all_engines() if wanted in (None, each["Engine"])]}
    if call.operation == "DescribeAddonVersions":
        return {"addons": _all_addons()}
    if call.operation == "DescribeInstanceTypeOfferings":
        return {"InstanceTypeOfferings": _all_types()}
    return small(call)


@cache
def _all_engines() -> Sequence[dict[str, Any]]:
    rest = ("docdb", "mariadb", "mysql", "neptune", "oracle-ee", "postgres", "sqlserver-ee", "sqlserver-se")
    names = ("aurora-mysql", "aurora-postgresql", *rest)
    return [_large_engine(name, number) for name in names for number in range(132)]


@cache
def _all_types() -> Sequence[dict[str, Any]]:
    numbers = itertools.product("cmrxipgt", range(9), range(1, 18))
    names = (f"{family}{generation}.{size}xlarge" for family, generation, size in numbers)
    return [{"InstanceType": name, "LocationType": "region", "Location": "here"} for name in names]


def _large_engine(name: str, number: int) -> dict[str, Any]:
    targets = [
        {
            "Engine": name,
            "EngineVersion": f"{number // 12 + 10}.{number % 12 + target}",
            "Description": f"{name} release {number}.{target}",
            "AutoUpgrade": False,
            "IsMajorVersionUpgrade": target > 5,
            "SupportedEngineModes": ["provisioned"],
            "SupportsParallelQuery": False,
            "SupportsGlobalDatabases": True,
            "SupportsBabelfish": False,
            "SupportsLocalWriteForwarding": True,
            "SupportsIntegrations": True,
        }
        for target in range(10)
    ]
    return {
        **_engine(name, f"{number // 12 + 10}.{number % 12}", "deprecated" if number % 3 else "available"),
        "MajorEngineVersion": str(number // 12 + 10),
        "DBEngineDescription": f"A database of the kind {name}",
        "DBEngineVersionDescription": f"{name} {number // 12 + 10}.{number % 12}-R1",
        "ValidUpgradeTarget": targets,
        "ExportableLogTypes": ["postgresql", "upgrade", "iam-db-auth-error"],
        "SupportedEngineModes": ["provisioned"],
        "SupportedFeatureNames": ["Bedrock", "Comprehend", "Lambda", "s3Export", "s3Import", "SageMaker"],
        "SupportedCACertificateIdentifiers": ["rds-ca-rsa2048-g1", "rds-ca-ecc384-g1", "rds-ca-rsa4096-g1"],
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": False,
        "SupportsGlobalDatabases": True,
        "SupportsParallelQuery": False,
        "SupportsBabelfish": True,
        "SupportsCertificateRotationWithoutRestart": True,
        "SupportsIntegrations": False,
        "TagList": [],
    }


@cache
def _all_addons() -> Sequence[dict[str, Any]]:
    fits = [
        {"clusterVersion": f"1.{minor}", "platformVersions": ["*"], "defaultVersion": False}
        for minor in range(25, 36)
    ]
    versions = [
        {
            "addonVersion": f"v1.{number}.0-eksbuild.1",
            "architecture": ["amd64", "arm64"],
            "computeTypes": ["ec2", "auto", "hybrid"],
            "compatibilities": fits,
            "requiresConfiguration": False,
            "requiresIamPermissions": True,
        }
        for number in range(25)
    ]
    return [
        {"addonName": f"addon-{number}", "type": "networking", "owner": "aws", "addonVersions": versions}
        for number in range(80)
    ]
