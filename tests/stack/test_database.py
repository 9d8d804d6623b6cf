"""Aurora and the tables: where they are, who reads them, and what is left after a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fraud_detection.database import create_aurora, create_rules_table, create_transactions_table

from .harness import ACCOUNT, PARENT, REGION, deploy, selected
from .neighbours import KEY, SECRET, ZONES, log_group, network, output, role

if TYPE_CHECKING:
    import pulumi
    from fraud_detection.database import Aurora, Table
    from fraud_detection.settings import Settings

PROTECTED = pytest.mark.parametrize(
    ("environment", "kept"), [("dev", False), ("staging", False), ("prod", True)]
)


def aurora(settings: Settings, opts: pulumi.ResourceOptions) -> Aurora:
    return create_aurora(settings, network(), output(KEY), role("monitoring"), log_group("postgresql"), opts)


def rules(settings: Settings, opts: pulumi.ResourceOptions) -> Table:
    return create_rules_table(settings, opts)


def transactions(settings: Settings, opts: pulumi.ResourceOptions) -> Table:
    return create_transactions_table(settings, output(KEY), opts)


class TestCluster:
    def test_is_postgresql_of_the_version_that_is_configured(self, environment: str) -> None:
        expected = {
            "clusterIdentifier": f"fraud-detection-{environment}",
            "engine": "aurora-postgresql",
            "engineVersion": "15.19",
            "databaseName": "fraud",
            "port": 5432,
            "masterUsername": "dbadmin",
        }
        assert selected(deploy(aurora, environment)["fraud-database"], *expected) == expected

    def test_rds_makes_and_keeps_the_password(self) -> None:
        cluster = deploy(aurora, "dev")["fraud-database"]
        assert cluster["manageMasterUserPassword"] is True
        assert cluster["masterUserSecretKmsKeyId"] == KEY
        assert "masterPassword" not in cluster

    def test_is_encrypted_with_our_key(self, environment: str) -> None:
        cluster = deploy(aurora, environment)["fraud-database"]
        assert (cluster["storageEncrypted"], cluster["kmsKeyId"]) == (True, KEY)

    def test_is_in_the_database_subnets_behind_its_firewall(self) -> None:
        deployed = deploy(aurora, "dev")
        subnets = deployed["fraud-database-subnets"]["subnetIds"]
        assert subnets == [f"database-{zone}" for zone in ZONES]
        assert deployed["fraud-database"]["dbSubnetGroupName"] == "fraud-database-subnets-1a2b3c4"
        assert deployed["fraud-database"]["vpcSecurityGroupIds"] == ["database"]

    @pytest.mark.parametrize(("environment", "days"), [("dev", 1), ("staging", 7), ("prod", 35)])
    def test_is_backed_up_before_it_is_maintained(self, environment: str, days: int) -> None:
        expected = {
            "backupRetentionPeriod": days,
            "preferredBackupWindow": "02:00-03:00",
            "preferredMaintenanceWindow": "sun:03:30-sun:04:30",
            "copyTagsToSnapshot": True,
        }
        assert selected(deploy(aurora, environment)["fraud-database"], *expected) == expected

    @pytest.mark.parametrize("environment", ["dev", "staging"])
    def test_can_be_torn_down_outside_prod(self, environment: str) -> None:
        cluster = deploy(aurora, environment)["fraud-database"]
        keys = ("deletionProtection", "skipFinalSnapshot", "finalSnapshotIdentifier")
        assert selected(cluster, *keys) == {"deletionProtection": False, "skipFinalSnapshot": True}

    def test_is_kept_in_prod(self) -> None:
        expected = {
            "deletionProtection": True,
            "skipFinalSnapshot": False,
            "finalSnapshotIdentifier": "fraud-detection-prod-final",
        }
        assert selected(deploy(aurora, "prod")["fraud-database"], *expected) == expected

    def test_logs_into_a_group_that_is_there_before_it(self) -> None:
        cluster = deploy(aurora, "dev").named("fraud-database")
        assert cluster.inputs["enabledCloudwatchLogsExports"] == ["postgresql"]
        assert "postgresql-logs" in cluster.depends_on

    def test_is_handed_on(self) -> None:
        returned = deploy(aurora, "staging").returned
        assert returned.identifier == "fraud-detection-staging"
        assert returned.arn == f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster/fraud-detection-staging"
        assert returned.endpoint == f"fraud-detection-staging.cluster-abc.{REGION}.rds.amazonaws.com"
        assert (
            returned.reader_endpoint == f"fraud-detection-staging.cluster-ro-abc.{REGION}.rds.amazonaws.com"
        )
        assert returned.secret_arn == SECRET
        assert returned.instances == ["fraud-database-instance-1", "fraud-database-instance-2"]


class TestParameters:
    @pytest.mark.parametrize(
        ("version", "family"), [("15.19", "aurora-postgresql15"), ("16.4", "aurora-postgresql16")]
    )
    def test_follow_the_major_version(self, version: str, family: str) -> None:
        deployed = deploy(aurora, "dev", databaseVersion=version)
        assert deployed["fraud-database-cluster-parameters"]["family"] == family
        assert deployed["fraud-database-parameters"]["family"] == family

    def test_the_cluster_refuses_connections_in_the_clear(self) -> None:
        deployed = deploy(aurora, "prod")
        assert deployed["fraud-database-cluster-parameters"]["parameters"] == [
            {"name": "rds.force_ssl", "value": "1"},
            {"name": "log_statement", "value": "ddl"},
            {
                "name": "shared_preload_libraries",
                "value": "pg_stat_statements",
                "applyMethod": "pending-reboot",
            },
        ]
        group = deployed["fraud-database"]["dbClusterParameterGroupName"]
        assert group == "fraud-database-cluster-parameters-1a2b3c4"

    def test_instances_log_slow_statements_and_drop_idle_transactions(self) -> None:
        deployed = deploy(aurora, "prod")
        parameters = deployed["fraud-database-parameters"]["parameters"]
        assert {each["name"]: each["value"] for each in parameters} == {
            "log_min_duration_statement": "500",
            "idle_in_transaction_session_timeout": "60000",
        }
        groups = {each.inputs["dbParameterGroupName"] for each in deployed.of("ClusterInstance")}
        assert groups == {"fraud-database-parameters-1a2b3c4"}

    def test_groups_say_whose_they_are(self) -> None:
        deployed = deploy(aurora, "dev")
        groups = ("subnets", "cluster-parameters", "parameters")
        assert [deployed[f"fraud-database-{name}"]["description"] for name in groups] == [
            "Database subnets of fraud-detection-dev",
            "Cluster parameters of fraud-detection-dev",
            "Instance parameters of fraud-detection-dev",
        ]


class TestInstances:
    @pytest.mark.parametrize(
        ("environment", "size", "zones"),
        [
            ("dev", "db.t4g.medium", ZONES[:1]),
            ("staging", "db.r6g.large", ZONES[:2]),
            ("prod", "db.r6g.xlarge", ZONES),
        ],
    )
    def test_dev_has_one_and_prod_one_in_each_zone(
        self, environment: str, size: str, zones: list[str]
    ) -> None:
        deployed = deploy(aurora, environment)
        assert {
            each.name: (each.inputs["instanceClass"], each.inputs["availabilityZone"])
            for each in deployed.of("ClusterInstance")
        } == {f"fraud-database-instance-{number}": (size, zone) for number, zone in enumerate(zones, start=1)}

    def test_more_instances_than_zones_start_over(self) -> None:
        deployed = deploy(aurora, "dev", databaseInstances=5)
        zones = [deployed[f"fraud-database-instance-{number}"]["availabilityZone"] for number in range(1, 6)]
        assert zones == [*ZONES, *ZONES[:2]]

    def test_take_engine_and_version_from_their_cluster(self, environment: str) -> None:
        deployed = deploy(aurora, environment)
        cluster = selected(deployed["fraud-database"], "engine", "engineVersion", "clusterIdentifier")
        for each in deployed.of("ClusterInstance"):
            assert selected(each.inputs, *cluster) == cluster
            assert "fraud-database" in each.depends_on

    def test_have_names_of_their_own(self) -> None:
        deployed = deploy(aurora, "prod")
        assert {each.inputs["identifier"] for each in deployed.of("ClusterInstance")} == {
            f"fraud-detection-prod-{number}" for number in (1, 2, 3)
        }

    def test_are_closed_and_upgraded_by_us(self, environment: str) -> None:
        expected = {"publiclyAccessible": False, "autoMinorVersionUpgrade": False}
        for each in deploy(aurora, environment).of("ClusterInstance"):
            assert selected(each.inputs, *expected) == expected

    def test_are_observed(self, environment: str) -> None:
        expected = {
            "performanceInsightsEnabled": True,
            "performanceInsightsKmsKeyId": KEY,
            "performanceInsightsRetentionPeriod": 7,
            "monitoringInterval": 60,
            "monitoringRoleArn": f"arn:aws:iam::{ACCOUNT}:role/monitoring",
        }
        for each in deploy(aurora, environment).of("ClusterInstance"):
            assert selected(each.inputs, *expected) == expected
            assert "monitoring-policy" in each.depends_on

    def test_name_tags(self) -> None:
        named = deploy(aurora, "staging").name_tags()
        assert named == {
            "fraud-database": "fraud-detection-staging-database",
            "fraud-database-subnets": "fraud-detection-staging-database-subnets",
            "fraud-database-cluster-parameters": "fraud-detection-staging-database-cluster-parameters",
            "fraud-database-parameters": "fraud-detection-staging-database-parameters",
            "fraud-database-instance-1": "fraud-detection-staging-database-1",
            "fraud-database-instance-2": "fraud-detection-staging-database-2",
        }

    def test_all_belongs_to_the_component(self) -> None:
        deployed = deploy(aurora, "prod")
        assert {each.parent for each in deployed.resources if each.name.startswith("fraud-")} == {PARENT}


class TestRulesTable:
    def test_is_found_by_rule_and_version(self, environment: str) -> None:
        expected = {
            "name": f"fraud-rules-{environment}",
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "rule_id",
            "rangeKey": "version",
            "attributes": [{"name": "rule_id", "type": "S"}, {"name": "version", "type": "N"}],
        }
        assert selected(deploy(rules, environment)["fraud-rules"], *expected) == expected

    @PROTECTED
    def test_is_replicated_in_every_environment(self, environment: str, kept: bool) -> None:
        table = deploy(rules, environment)["fraud-rules"]
        assert table["replicas"] == [
            {
                "regionName": "eu-central-1",
                "pointInTimeRecovery": True,
                "deletionProtectionEnabled": kept,
                "propagateTags": True,
            }
        ]
        assert (table["streamEnabled"], table["streamViewType"]) == (True, "NEW_AND_OLD_IMAGES")

    def test_has_a_replica_in_each_region_that_is_configured(self) -> None:
        regions = ("eu-central-1", "eu-north-1")
        table = deploy(rules, "dev", replicaRegions=regions)["fraud-rules"]
        assert tuple(replica["regionName"] for replica in table["replicas"]) == regions

    def test_has_the_key_that_every_region_has(self, environment: str) -> None:
        table = deploy(rules, environment)["fraud-rules"]
        assert table["serverSideEncryption"] == {"enabled": True}

    @PROTECTED
    def test_recovers_to_any_point_and_is_kept_in_prod(self, environment: str, kept: bool) -> None:
        table = deploy(rules, environment)["fraud-rules"]
        assert table["pointInTimeRecovery"] == {"enabled": True}
        assert table["deletionProtectionEnabled"] is kept

    def test_is_handed_on(self) -> None:
        deployed = deploy(rules, "dev")
        (table,) = deployed.resources
        assert deployed.returned.name == "fraud-rules-dev"
        assert deployed.returned.arn == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/fraud-rules-dev"
        assert (table.parent, table.inputs["tags"]["Name"]) == (PARENT, "fraud-detection-dev-rules")


class TestTransactionsTable:
    def test_is_found_by_card(self, environment: str) -> None:
        expected = {
            "name": f"fraud-transactions-{environment}",
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "card_id",
            "rangeKey": "created_at",
        }
        assert selected(deploy(transactions, environment)["fraud-transactions"], *expected) == expected

    def test_is_found_by_merchant(self) -> None:
        assert deploy(transactions, "dev")["fraud-transactions"]["globalSecondaryIndexes"] == [
            {
                "name": "by-merchant",
                "keySchemas": [
                    {"attributeName": "merchant_id", "keyType": "HASH"},
                    {"attributeName": "created_at", "keyType": "RANGE"},
                ],
                "projectionType": "ALL",
            }
        ]

    def test_every_attribute_is_a_key(self) -> None:
        assert deploy(transactions, "dev")["fraud-transactions"]["attributes"] == [
            {"name": "card_id", "type": "S"},
            {"name": "created_at", "type": "S"},
            {"name": "merchant_id", "type": "S"},
        ]

    def test_forgets_what_has_expired(self) -> None:
        ttl = deploy(transactions, "dev")["fraud-transactions"]["ttl"]
        assert ttl == {"enabled": True, "attributeName": "expires_at"}

    def test_is_encrypted_with_our_key(self, environment: str) -> None:
        encryption = deploy(transactions, environment)["fraud-transactions"]["serverSideEncryption"]
        assert encryption == {"enabled": True, "kmsKeyArn": KEY}

    @PROTECTED
    def test_recovers_to_any_point_and_is_kept_in_prod(self, environment: str, kept: bool) -> None:
        table = deploy(transactions, environment)["fraud-transactions"]
        assert table["pointInTimeRecovery"] == {"enabled": True}
        assert table["deletionProtectionEnabled"] is kept

    def test_is_handed_on(self) -> None:
        deployed = deploy(transactions, "dev")
        (table,) = deployed.resources
        assert deployed.returned.name == "fraud-transactions-dev"
        assert deployed.returned.arn == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/fraud-transactions-dev"
        assert (table.parent, table.inputs["tags"]["Name"]) == (PARENT, "fraud-detection-dev-transactions")
