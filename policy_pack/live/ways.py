"""How each question is asked: one call, which only reads, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from policy_pack.catalog.engine_versions import Claim
from policy_pack.catalog.versions import EngineVersion, takes_prefixes
from policy_pack.live import lookups
from policy_pack.live.questions import Answer, Kind, Question, State
from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.catalogs import CATALOGS, eks_addon_versions
from policy_pack.refresh.live.catalogs.rds_versions import facts

# Where a leading part of a version may stand for its newest.
_PREFIXED = ("docdb", "elasticache", "neptune", "rds")


@dataclass(frozen=True)
class Way:
    """How to ask: the service of boto3, the IAM action it takes, and the call."""

    service: str
    action: str
    ask: Callable[[Client, Question], Answer]


def way(question: Question) -> Way:
    """How to ask a question."""
    return WAYS[question.kind, question.service]


def _database_version(client: Client, question: Question) -> Answer:
    listed = items(
        client,
        "describe_db_engine_versions",
        "DBEngineVersions",
        Engine=question.engine,
        EngineVersion=question.subject,
        IncludeAll=True,
    )
    return _judged(question, {key: fact.state for key, fact in facts(listed)})


def _listed_version(catalog: LiveCatalog[Any], client: Client, question: Question) -> Answer:
    known = catalog.shape(catalog.fetch(client))
    if not any(key.startswith(f"{question.engine} ") for key in known):
        return Answer(State.UNANSWERED, f"it lists no versions of {question.engine}")
    return _judged(question, {key: fact.state for key, fact in known.items()})


def _addon_version(client: Client, question: Question) -> Answer:
    addons = items(client, "describe_addon_versions", "addons", addonName=question.engine)
    return _judged(question, dict.fromkeys(eks_addon_versions.shape(addons), "available"))


def _warehouse_version(client: Client, question: Question) -> Answer:
    listed = items(client, "describe_cluster_versions", "ClusterVersions")
    return _judged(question, {f"redshift {each['ClusterVersion']}": "available" for each in listed})


def _judged(question: Question, claims: Mapping[str, Claim]) -> Answer:
    """The answer by what AWS says of each `engine version`."""
    engine, version = question.engine, EngineVersion(question.subject)
    known = {key.partition(" ")[2]: claim for key, claim in claims.items() if key.startswith(f"{engine} ")}
    loose = question.service in _PREFIXED and takes_prefixes(engine)
    meant = {claim for text, claim in known.items() if _is_meant(version, EngineVersion(text), loose=loose)}
    if "available" in meant:
        return Answer(State.THERE)
    if "listed" in meant:
        return Answer(State.LISTED, "it lists those that it has withdrawn as well")
    if loose and not _is_whole(engine, version):
        return Answer(State.UNANSWERED, "it lists whole versions only")
    if question.service == "mq" and any(EngineVersion(text).is_prefix_of(version) for text in known):
        return Answer(State.UNANSWERED, "it lists no patches")
    return Answer(State.MISSING, "withdrawn" if meant else "")


def _is_meant(version: EngineVersion, other: EngineVersion, *, loose: bool) -> bool:
    return version.is_prefix_of(other) if loose else version == other


def _is_whole(engine: str, version: EngineVersion) -> bool:
    """Whether a version is more than the leading part of others."""
    if "mysql_aurora" in version.text:
        return len(version.components) > 5
    return version.major(engine) != version


def _server_class(client: Client, question: Question) -> Answer:
    wanted = [{"Name": "instance-type", "Values": [question.subject]}]
    return _listed(
        items(
            client,
            "describe_instance_type_offerings",
            "InstanceTypeOfferings",
            LocationType="region",
            Filters=wanted,
        )
    )


def _database_class(client: Client, question: Question) -> Answer:
    return _listed(
        items(
            client,
            "describe_orderable_db_instance_options",
            "OrderableDBInstanceOptions",
            Engine=question.engine,
            DBInstanceClass=question.subject,
        )
    )


def _search_class(client: Client, question: Question) -> Answer:
    # Asked for one of a form that it does not expect, AWS refuses instead of answering.
    found = items(client, "list_instance_type_details", "InstanceTypeDetails", EngineVersion=question.engine)
    return _listed(each for each in found if each.get("InstanceType") == question.subject)


def _broker_class(client: Client, question: Question) -> Answer:
    return _listed(
        items(
            client,
            "describe_broker_instance_options",
            "BrokerInstanceOptions",
            HostInstanceType=question.subject,
        )
    )


def _warehouse_class(client: Client, question: Question) -> Answer:
    return _listed(
        items(
            client,
            "describe_orderable_cluster_options",
            "OrderableClusterOptions",
            NodeType=question.subject,
        )
    )


def _image(client: Client, question: Question) -> Answer:
    answered = client.describe_images(
        ImageIds=[question.subject], IncludeDeprecated=True, IncludeDisabled=True
    )
    return _stated(answered["Images"], "State", "available")


def _certificate(client: Client, question: Question) -> Answer:
    answered = client.describe_certificate(CertificateArn=question.subject)
    return _stated([answered["Certificate"]], "Status", "ISSUED")


def _zone(client: Client, question: Question) -> Answer:
    return _listed([client.get_hosted_zone(Id=question.subject)["HostedZone"]])


def _role(client: Client, question: Question) -> Answer:
    role = client.get_role(RoleName=question.subject.rpartition("/")[2])["Role"]
    # Under another path there may be a role of the same name.
    return _listed([role] if question.account is None or role["Arn"] == question.subject else [])


def _subnet(client: Client, question: Question) -> Answer:
    return _listed(client.describe_subnets(SubnetIds=[question.subject])["Subnets"])


def _group(client: Client, question: Question) -> Answer:
    return _listed(client.describe_security_groups(GroupIds=[question.subject])["SecurityGroups"])


def _vpc(client: Client, question: Question) -> Answer:
    return _listed(client.describe_vpcs(VpcIds=[question.subject])["Vpcs"])


def _searched_image(client: Client, question: Question) -> Answer:
    return _found(client.describe_images(**_search(question))["Images"], question)


def _searched_subnet(client: Client, question: Question) -> Answer:
    return _found(client.describe_subnets(**_search(question))["Subnets"], question)


def _searched_group(client: Client, question: Question) -> Answer:
    return _found(client.describe_security_groups(**_search(question))["SecurityGroups"], question)


def _searched_vpc(client: Client, question: Question) -> Answer:
    return _found(client.describe_vpcs(**_search(question))["Vpcs"], question)


def _search(question: Question) -> Mapping[str, Any]:
    """The parameters and filters of EC2."""
    given = {name: list(values) for name, values in question.criteria if name[:1].isupper()}
    filters = [
        {"Name": name, "Values": list(values)} for name, values in question.criteria if name not in given
    ]
    return {**given, **({"Filters": filters} if filters else {})}


def _searched_certificate(client: Client, question: Question) -> Answer:
    wanted = {name: list(values) for name, values in question.criteria}
    includes: dict[str, Any] = {"Includes": {"keyTypes": wanted["KeyTypes"]}} if "KeyTypes" in wanted else {}
    statuses = wanted.get("CertificateStatuses", ["ISSUED"])
    listed = items(
        client, "list_certificates", "CertificateSummaryList", CertificateStatuses=statuses, **includes
    )
    return _found([each for each in listed if [each.get("DomainName")] == wanted["domain"]], question)


def _searched_zone(client: Client, question: Question) -> Answer:
    (_, (name,)), (_, (private,)) = question.criteria
    listed = client.list_hosted_zones_by_name(DNSName=name, MaxItems="100")["HostedZones"]
    fitting = [
        each
        for each in listed
        if each["Name"].rstrip(".") == name
        and each.get("Config", {}).get("PrivateZone", False) == (private == "true")
    ]
    return _found(fitting, question)


def _searched_bucket(client: Client, question: Question) -> Answer:
    answer = _bucket(client, question)
    # It may be another account's that lets this one in, by other permissions than those to list.
    return Answer(State.UNANSWERED, "it may not be seen") if answer.state is State.TAKEN else answer


def _secret(client: Client, question: Question) -> Answer:
    client.describe_secret(SecretId=question.subject)
    return Answer(State.THERE)


def _parameter(client: Client, question: Question) -> Answer:
    wanted = [{"Key": "Name", "Option": "Equals", "Values": [question.subject]}]
    return _listed(items(client, "describe_parameters", "Parameters", ParameterFilters=wanted))


def _repository(client: Client, question: Question) -> Answer:
    return _listed(client.describe_repositories(repositoryNames=[question.subject])["repositories"])


def _cluster(client: Client, question: Question) -> Answer:
    return _listed([client.describe_cluster(name=question.subject)["cluster"]])


def _found(found: list[Item], question: Question) -> Answer:
    several = question.unique and len(found) > 1
    return Answer(State.SEVERAL) if several else _listed(found)


def _bucket(client: Client, question: Question) -> Answer:
    try:
        client.head_bucket(Bucket=question.subject)
    except ClientError as error:
        # The answer to HEAD has no body, so its status is all that it says.
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status not in (403, 404):
            raise
        return Answer(State.TAKEN if status == 403 else State.MISSING)
    return Answer(State.THERE)


def _listed(found: Iterable[Item]) -> Answer:
    return Answer(State.THERE if list(islice(found, 1)) else State.MISSING)


def _stated(found: list[Item], key: str, good: str) -> Answer:
    state = found[0].get(key, good) if found else None
    return _listed(found) if state in (None, good) else Answer(State.UNUSABLE, str(state))


_RDS_VERSION = Way("rds", "rds:DescribeDBEngineVersions", _database_version)
_SECRET = Way("secretsmanager", "secretsmanager:DescribeSecret", _secret)
_RDS_CLASS = Way("rds", "rds:DescribeOrderableDBInstanceOptions", _database_class)


def _by_catalog(name: str) -> Way:
    """By the call that refreshes a catalog."""
    catalog = CATALOGS[f"versions/{name}"]
    return Way(catalog.service, catalog.actions[0], partial(_listed_version, catalog))


WAYS: Mapping[tuple[Kind, str], Way] = {
    (Kind.BUCKET, ""): Way("s3", "s3:ListBucket", _bucket),
    (Kind.CERTIFICATE, ""): Way("acm", "acm:DescribeCertificate", _certificate),
    (Kind.CLASS, "docdb"): _RDS_CLASS,
    (Kind.CLASS, "ec2"): Way("ec2", "ec2:DescribeInstanceTypeOfferings", _server_class),
    (Kind.CLASS, "mq"): Way("mq", "mq:DescribeBrokerInstanceOptions", _broker_class),
    (Kind.CLASS, "neptune"): _RDS_CLASS,
    (Kind.CLASS, "opensearch"): Way("opensearch", "es:ListInstanceTypeDetails", _search_class),
    (Kind.CLASS, "rds"): _RDS_CLASS,
    (Kind.CLASS, "redshift"): Way("redshift", "redshift:DescribeOrderableClusterOptions", _warehouse_class),
    (Kind.GROUP, ""): Way("ec2", "ec2:DescribeSecurityGroups", _group),
    (Kind.IMAGE, ""): Way("ec2", "ec2:DescribeImages", _image),
    (Kind.ROLE, ""): Way("iam", "iam:GetRole", _role),
    (Kind.SUBNET, ""): Way("ec2", "ec2:DescribeSubnets", _subnet),
    (Kind.VERSION, "docdb"): _RDS_VERSION,
    (Kind.VERSION, "eks"): _by_catalog("eks"),
    (Kind.VERSION, "eks_addons"): Way("eks", "eks:DescribeAddonVersions", _addon_version),
    (Kind.VERSION, "elasticache"): _by_catalog("elasticache"),
    (Kind.VERSION, "emr"): _by_catalog("emr"),
    (Kind.VERSION, "memorydb"): _by_catalog("memorydb"),
    (Kind.VERSION, "mq"): _by_catalog("mq"),
    (Kind.VERSION, "msk"): _by_catalog("msk"),
    (Kind.VERSION, "neptune"): _RDS_VERSION,
    (Kind.VERSION, "opensearch"): _by_catalog("opensearch"),
    (Kind.VERSION, "rds"): _RDS_VERSION,
    (Kind.VERSION, "redshift"): Way("redshift", "redshift:DescribeClusterVersions", _warehouse_version),
    (Kind.VERSION, "synthetics"): _by_catalog("synthetics"),
    (Kind.BUCKET, "aws:s3/getBucket:getBucket"): Way("s3", "s3:ListBucket", _searched_bucket),
    (Kind.CERTIFICATE, lookups.CERTIFICATE): Way("acm", "acm:ListCertificates", _searched_certificate),
    (Kind.CLUSTER, "aws:eks/getCluster:getCluster"): Way("eks", "eks:DescribeCluster", _cluster),
    (Kind.GROUP, lookups.GROUP): Way("ec2", "ec2:DescribeSecurityGroups", _searched_group),
    (Kind.IMAGE, lookups.AMI): Way("ec2", "ec2:DescribeImages", _searched_image),
    (Kind.PARAMETER, "aws:ssm/getParameter:getParameter"): Way("ssm", "ssm:DescribeParameters", _parameter),
    (Kind.REPOSITORY, "aws:ecr/getRepository:getRepository"): Way(
        "ecr", "ecr:DescribeRepositories", _repository
    ),
    (Kind.ROLE, "aws:iam/getRole:getRole"): Way("iam", "iam:GetRole", _role),
    (Kind.SECRET, "aws:secretsmanager/getSecret:getSecret"): _SECRET,
    (Kind.SECRET, "aws:secretsmanager/getSecretVersion:getSecretVersion"): _SECRET,
    (Kind.SUBNET, lookups.SUBNET): Way("ec2", "ec2:DescribeSubnets", _searched_subnet),
    (Kind.VPC, lookups.VPC): Way("ec2", "ec2:DescribeVpcs", _searched_vpc),
    (Kind.VPC, ""): Way("ec2", "ec2:DescribeVpcs", _vpc),
    (Kind.ZONE, ""): Way("route53", "route53:GetHostedZone", _zone),
    (Kind.ZONE, lookups.ZONE): Way("route53", "route53:ListHostedZonesByName", _searched_zone),
}
