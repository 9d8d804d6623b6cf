"""What the bundled program declares in each environment."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from .harness import (
    ACCOUNT,
    CERTIFICATE,
    ENVIRONMENTS,
    REGION,
    Aws,
    AwsBeforeCreation,
    execute,
    pinned_name,
    run,
    run_secured,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .harness import Declared, Program

ANYWHERE = "0.0.0.0/0"

COUNTS = {
    "dev": {"total": 95, "ec2/natGateway": 1, "rds/clusterInstance": 1, "cloudwatch/metricAlarm": 16},
    "staging": {"total": 97, "ec2/natGateway": 1, "rds/clusterInstance": 2, "cloudwatch/metricAlarm": 17},
    "prod": {"total": 102, "ec2/natGateway": 3, "rds/clusterInstance": 3, "cloudwatch/metricAlarm": 17},
}

# AWS knows no tags on these.
UNTAGGABLE = {
    "aws:appautoscaling/policy:Policy",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/alias:Alias",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "fraud-detection:index:FraudDetectionComponent",
}

# Their names live in the cluster, which has the environment's.
SCOPED = {"aws:ecs/service:Service", "aws:appautoscaling/policy:Policy"}

EXPORTS = {
    *("environment", "region", "kms_key_arn", "log_group_names"),
    *("vpc_id", "public_subnet_ids", "application_subnet_ids", "database_subnet_ids"),
    *("aurora_cluster_id", "aurora_cluster_arn", "aurora_endpoint", "aurora_reader_endpoint"),
    *("rules_table_name", "rules_table_arn", "transactions_table_name", "transactions_table_arn"),
    *("alb_arn", "alb_dns_name", "target_group_arn"),
    *("ecs_cluster_arn", "ecs_cluster_name", "ecs_service_arn", "ecs_service_name", "task_definition_arn"),
    *("alarm_topic_arn", "alarm_names", "dashboard_name"),
}


def container(program: Program) -> dict[str, Any]:
    (only,) = json.loads(program.named("fraud-task").inputs["containerDefinitions"])
    return dict(only)


def environment_of(program: Program) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container(program)["environment"]}


def identity_statements(program: Program) -> Iterator[dict[str, Any]]:
    for policy in program.of("RolePolicy"):
        yield from json.loads(policy.inputs["policy"])["Statement"]


def widgets(program: Program) -> list[dict[str, Any]]:
    return list(json.loads(program.named("fraud-dashboard").inputs["dashboardBody"])["widgets"])


def depends_on(program: Program, dependent: str, *dependencies: str) -> bool:
    urns = {program.named(name).urn for name in dependencies}
    return urns <= set(program.named(dependent).options.dependencies)


class TestWhole:
    def test_counts(self, program: Program, environment: str) -> None:
        counts = Counter(each.type.split(":")[1] for each in program.resources)
        expected = dict(COUNTS[environment])
        assert len(program.resources) == expected.pop("total")
        assert {kind: counts[kind] for kind in expected} == expected

    def test_everything_is_the_components_child(self, program: Program) -> None:
        component = program.named("fraud-detection")
        assert {each.parent for each in program.resources if each is not component} == {component.urn}

    def test_logical_names_are_unique_and_say_whose_they_are(self, program: Program) -> None:
        names = [each.name for each in program.resources]
        assert len(set(names)) == len(names)
        assert all(name.startswith("fraud-") for name in names)

    def test_everything_taggable_is_tagged(self, program: Program, environment: str) -> None:
        for each in program.resources:
            if each.type not in UNTAGGABLE:
                assert each.inputs["tags"]["Environment"] == environment, each.urn
                assert each.inputs["tags"]["Name"].startswith(f"fraud-detection-{environment}-"), each.urn

    def test_every_export_is_there(self, program: Program, environment: str) -> None:
        assert set(program.exports) == EXPORTS
        assert all(program.exports.values())
        assert program.exports["environment"] == environment
        assert program.exports["region"] == REGION
        assert program.exports == program.component_outputs

    def test_no_placeholder_of_an_unresolved_output(self, program: Program) -> None:
        for each in program.resources:
            assert "Calling __str__" not in repr(each.inputs), each.urn

    def test_previews_what_it_will_declare(self, program: Program, environment: str) -> None:
        before = execute(environment, aws=AwsBeforeCreation())
        assert {each.urn for each in before.resources} == {each.urn for each in program.resources}
        document = before.named("fraud-task").inputs["containerDefinitions"]
        assert isinstance(document, pulumi.output.Unknown)


class TestNetwork:
    def test_three_tiers_over_three_zones(self, program: Program) -> None:
        subnets = program.of("Subnet")
        tiers = Counter((each.inputs["tags"]["Tier"], each.inputs["availabilityZone"]) for each in subnets)
        zones = [f"{REGION}a", f"{REGION}b", f"{REGION}c"]
        assert tiers == {(tier, zone): 1 for tier in ("public", "application", "database") for zone in zones}
        assert not any(each.inputs["mapPublicIpOnLaunch"] for each in subnets)

    def test_every_subnet_has_a_route_table(self, program: Program) -> None:
        associated = [each.inputs["subnetId"] for each in program.of("RouteTableAssociation")]
        assert sorted(associated) == sorted(f"{each.name}-id" for each in program.of("Subnet"))

    @pytest.mark.parametrize(
        ("environment", "gateways"), [("dev", [1, 1, 1]), ("staging", [1, 1, 1]), ("prod", [1, 2, 3])]
    )
    def test_each_zone_leaves_by_its_gateway(self, environment: str, gateways: list[int]) -> None:
        routes = [run(environment).named(f"fraud-application-route-{number}") for number in (1, 2, 3)]
        assert [route.inputs["natGatewayId"] for route in routes] == [
            f"fraud-nat-{number}-id" for number in gateways
        ]

    def test_the_database_subnets_have_no_way_out(self, program: Program) -> None:
        assert all(each.inputs["routeTableId"] != "fraud-database-routes-id" for each in program.of("Route"))

    def test_gateway_endpoints(self, program: Program) -> None:
        endpoints = {each.inputs["serviceName"]: each.inputs for each in program.of("VpcEndpoint")}
        assert set(endpoints) == {f"com.amazonaws.{REGION}.s3", f"com.amazonaws.{REGION}.dynamodb"}
        assert {inputs["vpcEndpointType"] for inputs in endpoints.values()} == {"Gateway"}
        assert {len(inputs["routeTableIds"]) for inputs in endpoints.values()} == {3}

    def test_the_database_hears_the_service_only(self, program: Program) -> None:
        rules = [
            each.inputs
            for each in program.of("SecurityGroupIngressRule") + program.of("SecurityGroupEgressRule")
            if each.inputs["securityGroupId"] == "fraud-database-security-group-id"
        ]
        assert [rule["referencedSecurityGroupId"] for rule in rules] == ["fraud-service-security-group-id"]
        assert [(rule["fromPort"], rule["toPort"]) for rule in rules] == [(5432, 5432)]

    def test_the_internet_reaches_the_balancer_only(self, program: Program) -> None:
        open_rules = [
            (each.inputs["securityGroupId"], each.inputs["fromPort"])
            for each in program.of("SecurityGroupIngressRule")
            if "cidrIpv4" in each.inputs
        ]
        assert open_rules == [("fraud-balancer-security-group-id", 80)]

    def test_groups_keep_their_rules_outside(self, program: Program) -> None:
        assert all(not {"ingress", "egress"} & set(each.inputs) for each in program.of("SecurityGroup"))
        assert not {"ingress", "egress"} & set(program.named("fraud-default-security-group").inputs)

    def test_flow_logs_wait_for_their_policy(self, program: Program) -> None:
        assert program.named("fraud-flow-log").inputs["logDestination"].startswith("arn:aws:cloudwatch:")
        assert depends_on(program, "fraud-flow-log", "fraud-flow-log-policy")

    def test_too_few_zones_is_an_error_that_names_the_key(self) -> None:
        message = "fraud-detection:azCount is 3, but eu-west-1 has 2 zones available"
        with pytest.raises(pulumi.RunError, match=message):
            execute("dev", aws=Aws(zones=2))


class TestService:
    def test_the_container_document_is_resolved(self, program: Program, environment: str) -> None:
        options = container(program)["logConfiguration"]["options"]
        assert options["awslogs-group"] == f"/ecs/fraud-detection-{environment}/scoring"
        assert options["awslogs-region"] == REGION
        assert container(program)["image"].startswith(f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/")

    def test_the_container_knows_its_data(self, program: Program, environment: str) -> None:
        variables = environment_of(program)
        assert variables["RULES_TABLE"] == f"fraud-rules-{environment}"
        assert variables["TRANSACTIONS_TABLE"] == f"fraud-transactions-{environment}"
        assert variables["DATABASE_HOST"] == program.exports["aurora_endpoint"]
        assert variables["DATABASE_READER_HOST"] == program.exports["aurora_reader_endpoint"]

    def test_the_password_comes_from_the_secret(self, program: Program) -> None:
        secrets = {each["name"]: each["valueFrom"] for each in container(program)["secrets"]}
        assert secrets["DATABASE_PASSWORD"].startswith(f"arn:aws:secretsmanager:{REGION}:")
        assert secrets["DATABASE_PASSWORD"].endswith(":password::")
        assert not {"DATABASE_PASSWORD", "DATABASE_USER"} & set(environment_of(program))

    def test_container_names_and_ports_agree(self, program: Program) -> None:
        (balanced,) = program.named("fraud-service").inputs["loadBalancers"]
        assert balanced["containerName"] == container(program)["name"]
        assert balanced["containerPort"] == container(program)["portMappings"][0]["containerPort"]
        assert balanced["containerPort"] == program.named("fraud-targets").inputs["port"]

    def test_tasks_are_private_and_roll_back(self, program: Program) -> None:
        service = program.named("fraud-service").inputs
        assert service["networkConfiguration"]["assignPublicIp"] is False
        assert service["networkConfiguration"]["subnets"] == program.exports["application_subnet_ids"]
        assert service["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert program.named("fraud-targets").inputs["targetType"] == "ip"

    def test_autoscaling_owns_the_count(self, program: Program, environment: str) -> None:
        assert list(program.named("fraud-service").options.ignoreChanges) == ["desiredCount"]
        target = program.named("fraud-scaling").inputs
        assert target["resourceId"] == f"service/fraud-detection-{environment}/scoring"
        assert len(program.of("Policy")) == 3

    def test_tasks_start_when_all_they_need_is_there(self, program: Program) -> None:
        needed = ("fraud-http", "fraud-task-policy", "fraud-execution-policy", "fraud-database-instance-1")
        assert depends_on(program, "fraud-service", *needed, "fraud-application-route-1", "fraud-s3-endpoint")

    def test_the_balancer_waits_for_the_way_in(self, program: Program) -> None:
        assert depends_on(program, "fraud-balancer", "fraud-public-route")
        assert depends_on(program, "fraud-nat-1", "fraud-public-route")

    def test_plain_http_without_a_certificate(self, program: Program) -> None:
        (listener,) = program.of("Listener")
        assert listener.inputs["protocol"] == "HTTP"
        assert [action["type"] for action in listener.inputs["defaultActions"]] == ["forward"]

    def test_https_with_a_certificate(self) -> None:
        secured = run_secured()
        http, https = secured.named("fraud-http").inputs, secured.named("fraud-https").inputs
        assert http["defaultActions"][0]["redirect"]["protocol"] == "HTTPS"
        assert (https["port"], https["certificateArn"]) == (443, CERTIFICATE)
        assert https["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
        assert secured.named("fraud-balancer-from-anywhere-443").inputs["cidrIpv4"] == ANYWHERE
        assert depends_on(secured, "fraud-service", "fraud-https")


class TestAurora:
    def test_instances_inherit_the_engine(self, program: Program) -> None:
        cluster = program.named("fraud-database").inputs
        for instance in program.of("ClusterInstance"):
            assert instance.inputs["engine"] == cluster["engine"] == "aurora-postgresql"
            assert instance.inputs["engineVersion"] == cluster["engineVersion"] == "15.19"
            assert instance.inputs["clusterIdentifier"] == cluster["clusterIdentifier"]

    def test_instances_spread_over_the_zones(self, program: Program) -> None:
        zones = [each.inputs["availabilityZone"] for each in program.of("ClusterInstance")]
        assert len(set(zones)) == len(zones)

    def test_parameter_groups_follow_the_version(self, program: Program) -> None:
        groups = program.of("ClusterParameterGroup") + program.of("ParameterGroup")
        assert [each.inputs["family"] for each in groups] == ["aurora-postgresql15"] * 2

    def test_encrypted_and_closed(self, program: Program) -> None:
        cluster = program.named("fraud-database").inputs
        assert cluster["storageEncrypted"]
        assert cluster["kmsKeyId"] == program.exports["kms_key_arn"]
        assert cluster["manageMasterUserPassword"]
        assert "masterPassword" not in cluster
        assert not any(each.inputs["publiclyAccessible"] for each in program.of("ClusterInstance"))

    @pytest.mark.parametrize("environment", ["dev", "staging"])
    def test_can_be_torn_down_outside_prod(self, environment: str) -> None:
        cluster = run(environment).named("fraud-database").inputs
        assert (cluster["deletionProtection"], cluster["skipFinalSnapshot"]) == (False, True)
        assert "finalSnapshotIdentifier" not in cluster

    def test_is_kept_in_prod(self) -> None:
        prod = run("prod")
        cluster = prod.named("fraud-database").inputs
        assert (cluster["deletionProtection"], cluster["skipFinalSnapshot"]) == (True, False)
        assert cluster["finalSnapshotIdentifier"] == "fraud-detection-prod-final"
        assert all(each.inputs["deletionProtectionEnabled"] for each in prod.of("Table"))
        assert prod.named("fraud-balancer").inputs["enableDeletionProtection"]


class TestTables:
    def test_the_rules_are_replicated(self, program: Program, environment: str) -> None:
        table = program.named("fraud-rules").inputs
        (replica,) = table["replicas"]
        assert table["name"] == f"fraud-rules-{environment}"
        assert (replica["regionName"], replica["pointInTimeRecovery"]) == ("eu-central-1", True)
        assert (table["streamEnabled"], table["streamViewType"]) == (True, "NEW_AND_OLD_IMAGES")

    def test_the_replicated_table_has_the_key_that_every_region_has(self, program: Program) -> None:
        assert program.named("fraud-rules").inputs["serverSideEncryption"] == {"enabled": True}
        assert "kmsKeyArn" not in program.named("fraud-rules").inputs["replicas"][0]

    def test_transactions_expire_and_are_found_by_merchant(self, program: Program) -> None:
        table = program.named("fraud-transactions").inputs
        (index,) = table["globalSecondaryIndexes"]
        assert table["ttl"] == {"enabled": True, "attributeName": "expires_at"}
        assert [key["attributeName"] for key in index["keySchemas"]] == ["merchant_id", "created_at"]
        assert table["serverSideEncryption"]["kmsKeyArn"] == program.exports["kms_key_arn"]

    @pytest.mark.parametrize("name", ["fraud-rules", "fraud-transactions"])
    def test_tables_recover_to_any_point(self, program: Program, name: str) -> None:
        assert program.named(name).inputs["pointInTimeRecovery"]["enabled"]
        assert program.named(name).inputs["billingMode"] == "PAY_PER_REQUEST"

    @pytest.mark.parametrize("name", ["fraud-rules", "fraud-transactions"])
    def test_every_attribute_is_a_key(self, program: Program, name: str) -> None:
        table = program.named(name).inputs
        keys = {table["hashKey"], table["rangeKey"]}
        for index in table.get("globalSecondaryIndexes", []):
            keys |= {key["attributeName"] for key in index["keySchemas"]}
        assert {attribute["name"] for attribute in table["attributes"]} == keys


class TestAccess:
    def test_no_policy_allows_everything(self, program: Program) -> None:
        for statement in identity_statements(program):
            assert not any(action.endswith(":*") or action == "*" for action in statement["Action"])
            if "*" in statement["Resource"]:
                assert statement["Action"] in (["ecr:GetAuthorizationToken"], ["logs:DescribeLogGroups"])

    def test_the_service_reads_rules_and_writes_transactions(self, program: Program) -> None:
        policy = json.loads(program.named("fraud-task-policy").inputs["policy"])
        rules, transactions, key = policy["Statement"]
        assert rules["Resource"] == [program.exports["rules_table_arn"]]
        assert not any("Put" in action or "Update" in action for action in rules["Action"])
        arn = program.exports["transactions_table_arn"]
        assert transactions["Resource"] == [arn, f"{arn}/index/*"]
        assert key["Condition"] == {"StringEquals": {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}}

    def test_the_key_encrypts_our_log_groups_only(self, program: Program, environment: str) -> None:
        root, logs, alarms = json.loads(program.named("fraud-key").inputs["policy"])["Statement"]
        assert root["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        pattern = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        assert pattern == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*fraud-detection-{environment}*"
        assert all(f"fraud-detection-{environment}" in name for name in program.exports["log_group_names"])
        assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}

    def test_the_key_rotates(self, program: Program) -> None:
        assert program.named("fraud-key").inputs["enableKeyRotation"]

    def test_services_assume_roles_for_this_account(self, program: Program) -> None:
        for role in program.of("Role"):
            (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
            assert "Resource" not in trust
            assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


class TestMonitoring:
    def test_alarms_tell_the_topic(self, program: Program, environment: str) -> None:
        for alarm in program.of("MetricAlarm"):
            assert alarm.inputs["alarmActions"] == [program.exports["alarm_topic_arn"]]
            assert alarm.inputs["name"].startswith(f"fraud-detection-{environment}-")

    def test_each_alarm_has_one_statistic_or_its_own_queries(self, program: Program) -> None:
        for alarm in program.of("MetricAlarm"):
            assert len({"statistic", "extendedStatistic", "metricQueries"} & set(alarm.inputs)) == 1, (
                alarm.name
            )

    def test_dimensions_name_what_exists(self, program: Program) -> None:
        latency = program.named("fraud-rules-replication-eu-central-1").inputs["dimensions"]
        assert latency == {
            "TableName": program.exports["rules_table_name"],
            "ReceivingRegion": "eu-central-1",
        }

    def test_one_instance_has_no_lag(self) -> None:
        assert "fraud-database-replica-lag" not in {each.name for each in run("dev").resources}

    def test_the_dashboard_shows_the_alarms(self, program: Program, environment: str) -> None:
        assert program.exports["dashboard_name"] == f"fraud-detection-{environment}"
        places = {(widget["x"], widget["y"]) for widget in widgets(program)}
        assert len(places) == len(widgets(program)) == len(program.of("MetricAlarm")) - 2

    def test_log_groups_are_encrypted_and_expire(self, program: Program) -> None:
        days = {"dev": 7, "staging": 30, "prod": 365}[program.exports["environment"]]
        for group in program.of("LogGroup"):
            assert group.inputs["retentionInDays"] == days
            assert group.inputs["kmsKeyId"] == program.exports["kms_key_arn"]

    def test_log_groups_come_before_what_writes_to_them(self, program: Program) -> None:
        assert depends_on(program, "fraud-database", "fraud-database-logs")
        assert depends_on(program, "fraud-cluster", "fraud-insights-logs")

    def test_an_address_is_subscribed_when_there_is_one(self, program: Program) -> None:
        assert not program.of("TopicSubscription")
        subscribed: Declared = run_secured().named("fraud-alarms-email")
        assert subscribed.inputs["endpoint"] == "alarms@example.com"


def test_the_environments_share_no_address_and_no_name() -> None:
    cidrs = {run(environment).named("fraud-vpc").inputs["cidrBlock"] for environment in ENVIRONMENTS}
    assert len(cidrs) == len(ENVIRONMENTS)
    names = Counter(
        (each.type, name)
        for environment in ENVIRONMENTS
        for each in run(environment).resources
        if (name := pinned_name(each.inputs)) and each.type not in SCOPED
    )
    assert [name for name, times in names.items() if times > 1] == []
