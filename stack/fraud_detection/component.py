"""The whole of fraud detection as one component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from fraud_detection.access import (
    create_database_monitoring_role,
    create_flow_log_role,
    create_key,
    create_task_roles,
)
from fraud_detection.compute import Balancer, Service, create_balancer, create_service
from fraud_detection.database import Database, create_aurora, create_rules_table, create_transactions_table
from fraud_detection.monitoring import LogGroups, create_log_groups, create_monitoring
from fraud_detection.networking import Network, create_flow_log, create_network

if TYPE_CHECKING:
    from fraud_detection.settings import Settings


class FraudDetectionComponent(pulumi.ComponentResource):  # type: ignore[misc]
    """Network, service, databases and monitoring of one environment.

    Attributes:
        outputs: What the stack exports, by name.
    """

    outputs: dict[str, Any]

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("fraud-detection:index:FraudDetectionComponent", name, None, opts)
        self._settings = settings
        self._opts = pulumi.ResourceOptions(parent=self)
        self._account_id = aws.get_caller_identity(opts=pulumi.InvokeOptions(parent=self)).account_id

        key = create_key(settings, self._account_id, self._opts)
        logs = create_log_groups(settings, key.arn, self._opts)
        network = self._create_network(logs)
        data = self._create_database(network, key.arn, logs)
        balancer = create_balancer(settings, network, self._opts)
        service = self._create_service(network, balancer, data, key.arn, logs)
        alarms = create_monitoring(settings, self._account_id, key.arn, balancer, service, data, self._opts)
        self.outputs = {
            "environment": settings.environment,
            "region": settings.region,
            "kms_key_arn": key.arn,
            "log_group_names": logs.names,
            **_network_outputs(network),
            **_database_outputs(data),
            **_service_outputs(balancer, service),
            "alarm_topic_arn": alarms.topic_arn,
            "alarm_names": alarms.alarm_names,
            "dashboard_name": alarms.dashboard_name,
        }
        self.register_outputs(self.outputs)

    def _create_network(self, logs: LogGroups) -> Network:
        zones = _available_zones(self._settings, pulumi.InvokeOptions(parent=self))
        network = create_network(self._settings, zones, self._opts)
        role = create_flow_log_role(self._settings, self._account_id, logs.network.arn, self._opts)
        create_flow_log(self._settings, network, role, logs.network, self._opts)
        return network

    def _create_database(self, network: Network, key_arn: pulumi.Output[str], logs: LogGroups) -> Database:
        role = create_database_monitoring_role(self._settings, self._account_id, self._opts)
        return Database(
            aurora=create_aurora(self._settings, network, key_arn, role, logs.database, self._opts),
            rules=create_rules_table(self._settings, self._opts),
            transactions=create_transactions_table(self._settings, key_arn, self._opts),
        )

    def _create_service(
        self,
        network: Network,
        balancer: Balancer,
        data: Database,
        key_arn: pulumi.Output[str],
        logs: LogGroups,
    ) -> Service:
        roles = create_task_roles(self._settings, self._account_id, key_arn, data, logs, self._opts)
        return create_service(
            self._settings, self._account_id, network, balancer, data, roles, logs, self._opts
        )


def _available_zones(settings: Settings, opts: pulumi.InvokeOptions) -> list[str]:
    # Local Zones are opt-in; they have no NAT gateways and no Aurora.
    ordinary = aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])
    names = aws.get_availability_zones(state="available", filters=[ordinary], opts=opts).names
    if len(names) < settings.network.az_count:
        raise pulumi.RunError(
            f"fraud-detection:azCount is {settings.network.az_count}, "
            f"but {settings.region} has {len(names)} zones available"
        )
    return sorted(names)[: settings.network.az_count]


def _network_outputs(network: Network) -> dict[str, Any]:
    return {
        "vpc_id": network.vpc_id,
        "public_subnet_ids": network.public_subnet_ids,
        "application_subnet_ids": network.application_subnet_ids,
        "database_subnet_ids": network.database_subnet_ids,
    }


def _database_outputs(data: Database) -> dict[str, Any]:
    return {
        "aurora_cluster_id": data.aurora.identifier,
        "aurora_cluster_arn": data.aurora.arn,
        "aurora_endpoint": data.aurora.endpoint,
        "aurora_reader_endpoint": data.aurora.reader_endpoint,
        "rules_table_name": data.rules.name,
        "rules_table_arn": data.rules.arn,
        "transactions_table_name": data.transactions.name,
        "transactions_table_arn": data.transactions.arn,
    }


def _service_outputs(balancer: Balancer, service: Service) -> dict[str, Any]:
    return {
        "alb_arn": balancer.arn,
        "alb_dns_name": balancer.dns_name,
        "target_group_arn": balancer.target_group_arn,
        "ecs_cluster_arn": service.cluster_arn,
        "ecs_cluster_name": service.cluster_name,
        "ecs_service_arn": service.service_arn,
        "ecs_service_name": service.service_name,
        "task_definition_arn": service.task_definition_arn,
    }
