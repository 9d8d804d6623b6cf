"""Where the data lives: Aurora for cases and merchants, DynamoDB for rules and transactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from fraud_detection.networking import POSTGRESQL_PORT

if TYPE_CHECKING:
    from fraud_detection.access import GrantedRole
    from fraud_detection.networking import Network
    from fraud_detection.settings import Settings

KeySchema = aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs

DATABASE_NAME = "fraud"
MASTER_USERNAME = "dbadmin"


@dataclass(frozen=True)
class Aurora:
    """How the cluster is found, the secret with its master password, and what serves its endpoint."""

    identifier: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    instances: list[pulumi.Resource]


@dataclass(frozen=True)
class Table:
    """A DynamoDB table."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


@dataclass(frozen=True)
class Database:
    """The cluster and the two tables."""

    aurora: Aurora
    rules: Table
    transactions: Table


def create_aurora(
    settings: Settings,
    network: Network,
    key_arn: pulumi.Output[str],
    monitoring_role: GrantedRole,
    log_group: aws.cloudwatch.LogGroup,
    opts: pulumi.ResourceOptions,
) -> Aurora:
    """The PostgreSQL cluster with its instances over the zones."""
    cluster = _create_cluster(settings, network, key_arn, log_group, opts)
    instances = _create_instances(settings, network, cluster, key_arn, monitoring_role, opts)
    return Aurora(
        identifier=cluster.cluster_identifier,
        arn=cluster.arn,
        endpoint=cluster.endpoint,
        reader_endpoint=cluster.reader_endpoint,
        secret_arn=cluster.master_user_secrets[0].secret_arn,
        instances=instances,
    )


def _create_cluster(
    settings: Settings,
    network: Network,
    key_arn: pulumi.Output[str],
    log_group: aws.cloudwatch.LogGroup,
    opts: pulumi.ResourceOptions,
) -> aws.rds.Cluster:
    # RDS writes into the log group by its name: it has to exist first, or RDS makes one of its own.
    after_log_group = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[log_group]))
    return aws.rds.Cluster(
        "fraud-database",
        cluster_identifier=settings.name,
        engine="aurora-postgresql",
        engine_version=settings.database.engine_version,
        database_name=DATABASE_NAME,
        port=POSTGRESQL_PORT,
        master_username=MASTER_USERNAME,
        manage_master_user_password=True,
        master_user_secret_kms_key_id=key_arn,
        db_subnet_group_name=_create_subnet_group(settings, network, opts),
        db_cluster_parameter_group_name=_create_cluster_parameters(settings, opts),
        vpc_security_group_ids=[network.security_groups.database],
        storage_encrypted=True,
        kms_key_id=key_arn,
        backup_retention_period=settings.database.backup_retention_days,
        preferred_backup_window="02:00-03:00",
        preferred_maintenance_window="sun:03:30-sun:04:30",
        enabled_cloudwatch_logs_exports=["postgresql"],
        copy_tags_to_snapshot=True,
        deletion_protection=settings.deletion_protection,
        skip_final_snapshot=not settings.deletion_protection,
        final_snapshot_identifier=f"{settings.name}-final" if settings.deletion_protection else None,
        tags=settings.tags("database"),
        opts=after_log_group,
    )


def _create_subnet_group(
    settings: Settings, network: Network, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    group = aws.rds.SubnetGroup(
        "fraud-database-subnets",
        description=f"Database subnets of {settings.name}",
        subnet_ids=network.database_subnet_ids,
        tags=settings.tags("database-subnets"),
        opts=opts,
    )
    return group.name


def _create_cluster_parameters(settings: Settings, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    group = aws.rds.ClusterParameterGroup(
        "fraud-database-cluster-parameters",
        description=f"Cluster parameters of {settings.name}",
        family=settings.database.parameter_family,
        parameters=[
            aws.rds.ClusterParameterGroupParameterArgs(name="rds.force_ssl", value="1"),
            aws.rds.ClusterParameterGroupParameterArgs(name="log_statement", value="ddl"),
            aws.rds.ClusterParameterGroupParameterArgs(
                name="shared_preload_libraries", value="pg_stat_statements", apply_method="pending-reboot"
            ),
        ],
        tags=settings.tags("database-cluster-parameters"),
        opts=opts,
    )
    return group.name


def _create_instance_parameters(settings: Settings, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    group = aws.rds.ParameterGroup(
        "fraud-database-parameters",
        description=f"Instance parameters of {settings.name}",
        family=settings.database.parameter_family,
        parameters=[
            aws.rds.ParameterGroupParameterArgs(name="log_min_duration_statement", value="500"),
            aws.rds.ParameterGroupParameterArgs(name="idle_in_transaction_session_timeout", value="60000"),
        ],
        tags=settings.tags("database-parameters"),
        opts=opts,
    )
    return group.name


def _create_instances(
    settings: Settings,
    network: Network,
    cluster: aws.rds.Cluster,
    key_arn: pulumi.Output[str],
    monitoring_role: GrantedRole,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    parameters = _create_instance_parameters(settings, opts)
    after_policy = pulumi.ResourceOptions.merge(
        opts, pulumi.ResourceOptions(depends_on=[monitoring_role.policy])
    )
    return [
        aws.rds.ClusterInstance(
            f"fraud-database-instance-{number}",
            identifier=f"{settings.name}-{number}",
            cluster_identifier=cluster.cluster_identifier,
            engine=cluster.engine,
            engine_version=cluster.engine_version,
            instance_class=settings.database.instance_class,
            availability_zone=network.zones[(number - 1) % len(network.zones)],
            db_parameter_group_name=parameters,
            publicly_accessible=False,
            auto_minor_version_upgrade=False,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=key_arn,
            performance_insights_retention_period=7,
            monitoring_interval=60,
            monitoring_role_arn=monitoring_role.arn,
            tags=settings.tags(f"database-{number}"),
            opts=after_policy,
        )
        for number in range(1, settings.database.instances + 1)
    ]


def create_rules_table(settings: Settings, opts: pulumi.ResourceOptions) -> Table:
    """The fraud rules, a global table."""
    # A key of our own would have to exist in every replica's region; the one AWS manages does.
    table = aws.dynamodb.Table(
        "fraud-rules",
        name=f"fraud-rules-{settings.environment}",
        billing_mode="PAY_PER_REQUEST",
        hash_key="rule_id",
        range_key="version",
        attributes=[
            aws.dynamodb.TableAttributeArgs(name="rule_id", type="S"),
            aws.dynamodb.TableAttributeArgs(name="version", type="N"),
        ],
        stream_enabled=True,
        stream_view_type="NEW_AND_OLD_IMAGES",
        replicas=[
            aws.dynamodb.TableReplicaArgs(
                region_name=region,
                point_in_time_recovery=True,
                deletion_protection_enabled=settings.deletion_protection,
                propagate_tags=True,
            )
            for region in settings.database.replica_regions
        ],
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
        server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True),
        deletion_protection_enabled=settings.deletion_protection,
        tags=settings.tags("rules"),
        opts=opts,
    )
    return Table(table.name, table.arn)


def create_transactions_table(
    settings: Settings, key_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> Table:
    """The scored transactions, by card and by merchant, until they expire."""
    table = aws.dynamodb.Table(
        "fraud-transactions",
        name=f"fraud-transactions-{settings.environment}",
        billing_mode="PAY_PER_REQUEST",
        hash_key="card_id",
        range_key="created_at",
        attributes=[
            aws.dynamodb.TableAttributeArgs(name="card_id", type="S"),
            aws.dynamodb.TableAttributeArgs(name="created_at", type="S"),
            aws.dynamodb.TableAttributeArgs(name="merchant_id", type="S"),
        ],
        global_secondary_indexes=[
            aws.dynamodb.TableGlobalSecondaryIndexArgs(
                name="by-merchant",
                key_schemas=[
                    KeySchema(attribute_name="merchant_id", key_type="HASH"),
                    KeySchema(attribute_name="created_at", key_type="RANGE"),
                ],
                projection_type="ALL",
            )
        ],
        ttl=aws.dynamodb.TableTtlArgs(enabled=True, attribute_name="expires_at"),
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
        server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=key_arn),
        deletion_protection_enabled=settings.deletion_protection,
        tags=settings.tags("transactions"),
        opts=opts,
    )
    return Table(table.name, table.arn)
