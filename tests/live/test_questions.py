"""Which questions a plan leads to: of known values only, and of nothing that may be elsewhere."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from policy_pack.catalog import Catalogs
from policy_pack.linter import registry
from policy_pack.linter.checking import Scope
from policy_pack.live.needs import needed
from policy_pack.live.questions import Kind, Question
from policy_pack.model import UNKNOWN, Plan, Predicted, Resource, ResourceOptions, Secret, Value

INSTANCE = "aws:ec2/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
BUCKET = "aws:s3/bucket:Bucket"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PROVIDER = "urn:pulumi:dev::small::pulumi:providers:aws::other"
RULES = registry.load_all([name for name in registry.modules() if name.endswith("-unavailable")])
EVERYTHING = Scope(RULES, Catalogs(), bool)


def made(kind: str, *, region: str | None = "eu-west-1", **inputs: Value) -> Resource:
    urn = f"urn:pulumi:dev::small::{kind}::{len(inputs)}"
    return Resource(urn, kind, "it", inputs, region=region)


def asked(*resources: Resource, profile: str | None = None, **more: Any) -> list[Question]:
    plan = Plan("small", "dev", ".", resources, **more)
    return [use.question for use in needed(plan, EVERYTHING, profile).uses]


def missed(*resources: Resource, **more: Any) -> list[str]:
    plan = Plan("small", "dev", ".", resources, **more)
    return [item.reason.removeprefix("AWS was not asked, since ") for item in needed(plan, EVERYTHING).missed]


@pytest.mark.parametrize("wrap", [Predicted, Secret, lambda text: UNKNOWN, lambda text: None])
@pytest.mark.parametrize(
    ("kind", "key", "text"),
    [
        (INSTANCE, "ami", "ami-0a1"),
        (BUCKET, "bucket", "some-name"),
        (CLUSTER, "engineVersion", "15.3"),
        ("aws:route53/record:Record", "zoneId", "Z0A"),
        (ATTACHMENT, "role", "app"),
    ],
)
def test_only_what_is_known_and_no_secret_is_asked_for(kind: str, key: str, text: str, wrap: Any) -> None:
    engine = {"engine": "postgres"} if kind == CLUSTER else {}
    (question,) = asked(made(kind, **engine, **{key: text}))
    assert question.subject == text
    assert asked(made(kind, **engine, **{key: wrap(text)})) == []


def test_an_unknown_engine_has_no_version() -> None:
    assert asked(made(CLUSTER, engine=UNKNOWN, engineVersion="15.3")) == []
    assert asked(made(CLUSTER, engine="postgres", engineVersion="15.3")) == [
        Question(Kind.VERSION, "15.3", "eu-west-1", "postgres", "rds")
    ]


OFFERS = [
    (
        made("aws:elasticache/replicationGroup:ReplicationGroup", engine="Valkey", engineVersion="8.x"),
        ("valkey", "8", "elasticache"),
    ),
    (made("aws:memorydb/cluster:Cluster", engineVersion="7.3"), ("redis", "7.3", "memorydb")),
    (made("aws:mq/broker:Broker", engineType="ActiveMQ", engineVersion="5.19"), ("activemq", "5.19", "mq")),
    (
        made("aws:eks/addon:Addon", addonName="vpc-cni", addonVersion="v1"),
        ("vpc-cni", "v1", "eks_addons"),
    ),
    (made("aws:eks/nodeGroup:NodeGroup", instanceTypes=["m5.large"]), ("", "m5.large", "ec2")),
    (
        made("aws:rds/instance:Instance", engine="mysql", instanceClass="db.t3.micro"),
        ("mysql", "db.t3.micro", "rds"),
    ),
    (
        made("aws:docdb/clusterInstance:ClusterInstance", instanceClass="db.t3.medium"),
        ("docdb", "db.t3.medium", "docdb"),
    ),
    (
        made(
            "aws:elasticsearch/domain:Domain",
            elasticsearchVersion="7.10",
            clusterConfig={"instanceType": "m5.large.elasticsearch"},
        ),
        ("Elasticsearch_7.10", "m5.large.search", "opensearch"),
    ),
]


@pytest.mark.parametrize(("resource", "wanted"), OFFERS, ids=lambda each: getattr(each, "type", None))
def test_versions_and_classes_are_asked_for_where_a_service_tells_them(
    resource: Resource, wanted: tuple[str, str, str]
) -> None:
    found = [(each.engine, each.subject, each.service) for each in asked(resource) if each.kind.is_offer]
    assert found[-1] == wanted


@pytest.mark.parametrize(
    "resource",
    [
        made("aws:rds/instance:Instance", instanceClass="db.t3.micro"),
        made("aws:opensearch/domain:Domain", clusterConfig={"instanceType": "m5.large.search"}),
        made("aws:ec2/instance:Instance", instanceType="m5.*"),
        made("aws:ec2/instance:Instance", instanceType=Predicted("m5.large")),
        made("aws:elasticache/cluster:Cluster", engine="redis", nodeType="cache.t3.micro"),
        made("aws:emrserverless/application:Application", releaseLabel="emr-7.1.0"),
        made("aws:glue/job:Job", glueVersion="4.0"),
        made("aws:mq/broker:Broker", engineType=Secret("ActiveMQ"), engineVersion="5.19"),
    ],
    ids=lambda resource: resource.type,
)
def test_what_no_call_tells_for_sure_is_not_asked_for(resource: Resource) -> None:
    assert asked(resource) == []


def test_a_secret_around_a_list_keeps_its_elements() -> None:
    group = "aws:lb/loadBalancer:LoadBalancer"
    assert asked(made(group, subnets=["subnet-0a", Secret("subnet-0b"), UNKNOWN])) == [
        Question(Kind.SUBNET, "subnet-0a", "eu-west-1")
    ]
    assert asked(made(group, subnets=Secret(["subnet-0a"]))) == []


@pytest.mark.parametrize(
    "resource",
    [
        made(INSTANCE, ami="resolve:ssm:/aws/service/ami"),
        made(INSTANCE, tags={"ami": "x"}, description="ami-0a1"),
        made("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", peerVpcId="vpc-0a"),
        made("aws:ec2/securityGroup:SecurityGroup", ingress=[{"securityGroups": ["sg-0a"]}]),
        made("aws:route53/zone:Zone", vpcs=[{"vpcId": "vpc-0a", "vpcRegion": "us-east-1"}]),
        made("aws:route53/record:Record", aliases=[{"zoneId": "Z35SXDOTRQ7X7K"}]),
        made("aws:lb/listener:Listener", certificateArn="arn:aws:iam::123456781234:server-certificate/x"),
        made("kubernetes:core/v1:Pod", role="app", ami="ami-0a1"),
    ],
    ids=lambda resource: f"{resource.type}-{next(iter(resource.inputs))}",
)
def test_what_may_be_elsewhere_or_only_looks_alike_is_not_asked_for(resource: Resource) -> None:
    assert asked(resource) == []


def test_a_role_that_the_program_makes_is_not_asked_for() -> None:
    uses = made(ATTACHMENT, role="app")
    role = "aws:iam/role:Role"
    assert asked(uses, made(role, name="app")) == []
    assert asked(uses, made(role, name=UNKNOWN)) == []
    assert asked(uses, made(role, name="other")) == [Question(Kind.ROLE, "app", "us-east-1")]
    assert asked(uses, made(role, path="/x/")) == [Question(Kind.ROLE, "app", "us-east-1")]


def test_a_bucket_that_is_imported_is_not_asked_for() -> None:
    options = ResourceOptions(import_id="some-name")
    assert asked(Resource("urn", BUCKET, "b", {"bucket": "some-name"}, options)) == []


def test_what_is_global_is_asked_for_once_in_its_partition() -> None:
    regions = ("eu-west-1", "us-west-2", None, "cn-northwest-1", "us-gov-east-1")
    found = asked(*(made(BUCKET, bucket="some-name", region=region) for region in regions))
    assert list(dict.fromkeys(found)) == [
        Question(Kind.BUCKET, "some-name", home) for home in ("us-east-1", "cn-north-1", "us-gov-west-1")
    ]


def test_a_certificate_is_asked_for_where_it_is() -> None:
    arn = "arn:aws:acm:us-east-1:123456781234:certificate/a"
    (question,) = asked(made("aws:lb/listener:Listener", certificateArn=arn))
    assert (question.region, question.account) == ("us-east-1", "123456781234")


def test_without_a_region_there_is_nobody_to_ask() -> None:
    lost = made(INSTANCE, region=None, ami="ami-0a1")
    assert asked(lost) == []
    plan = Plan("small", "dev", ".", (lost,))
    (item,) = needed(plan, EVERYTHING).missed
    assert (item.rule, item.property_path) == ("live-resource-missing", "ami")
    assert item.reason == "AWS was not asked, since its region is not known"


@pytest.mark.parametrize("key", ["profile", "assumeRole", "accessKey", "endpoints"])
def test_of_what_other_credentials_make_only_versions_are_asked_for(key: str) -> None:
    provider = Resource(PROVIDER, "pulumi:providers:aws", "other", {key: "x"})
    elsewhere = Resource(
        "a", INSTANCE, "i", {"ami": "ami-0a1"}, provider=f"{PROVIDER}::1", region="eu-west-1"
    )
    cluster = made(CLUSTER, engine="postgres", engineVersion="15.3")
    assert asked(provider, elsewhere) == []
    assert missed(provider, elsewhere) == ["its provider has credentials of its own"]
    configured = {"config": {f"aws:{key}": "x"}}
    assert [each.kind for each in asked(made(INSTANCE, ami="ami-0a1"), cluster, **configured)] == [
        Kind.VERSION
    ]
    again = asked(made(INSTANCE, ami="ami-0a1"), **configured, profile="x")
    assert bool(again) == (key == "profile")


def test_what_is_not_wanted_is_not_asked_for() -> None:
    plan = Plan("small", "dev", ".", (made(INSTANCE, ami="ami-0a1"), made(BUCKET, bucket="some-name")))
    scope = Scope(RULES, Catalogs(), lambda name: name == "live-bucket-name-taken")
    uses = needed(plan, scope).uses
    assert [use.question.kind for use in uses] == [Kind.BUCKET]


@pytest.mark.parametrize("resource", [each for each, _ in OFFERS[:4]], ids=lambda each: each.type)
def test_a_version_that_is_deployed_is_not_asked_for(resource: Resource) -> None:
    scope = msgspec.structs.replace(EVERYTHING, previous=Plan("small", "dev", ".", (resource,)))
    uses = needed(Plan("small", "dev", ".", (resource,)), scope, None).uses
    assert [use.question for use in uses if use.question.kind is Kind.VERSION] == []
    assert asked(resource)
