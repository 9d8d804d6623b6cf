"""The scoring service on Fargate, the load balancer in front of it, and how it scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from fraud_detection.database import DATABASE_NAME
from fraud_detection.networking import POSTGRESQL_PORT

if TYPE_CHECKING:
    from fraud_detection.access import TaskRoles
    from fraud_detection.database import Database
    from fraud_detection.monitoring import LogGroups
    from fraud_detection.networking import Network
    from fraud_detection.settings import Settings

CONTAINER = "scoring"
HEALTH_PATH = "/healthz"
TargetTracking = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs
PredefinedMetric = (
    aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
)

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


@dataclass(frozen=True)
class Balancer:
    """The load balancer, its targets, and the listener that sends requests to them."""

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    target_group_suffix: pulumi.Output[str]
    listener: pulumi.Resource


@dataclass(frozen=True)
class Service:
    """The ECS cluster and the service in it."""

    cluster_arn: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    service_arn: pulumi.Output[str]
    service_name: pulumi.Output[str]
    task_definition_arn: pulumi.Output[str]


def create_balancer(settings: Settings, network: Network, opts: pulumi.ResourceOptions) -> Balancer:
    """The load balancer in the public subnets; AWS refuses it in a VPC without a way in."""
    balancer = aws.lb.LoadBalancer(
        "fraud-balancer",
        name=settings.name,
        load_balancer_type="application",
        internal=False,
        subnets=network.public_subnet_ids,
        security_groups=[network.security_groups.balancer],
        drop_invalid_header_fields=True,
        enable_deletion_protection=settings.deletion_protection,
        tags=settings.tags("balancer"),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[network.ingress])),
    )
    targets = _create_target_group(settings, network, opts)
    listener = _create_listeners(settings, balancer.arn, targets.arn, opts)
    return Balancer(
        arn=balancer.arn,
        arn_suffix=balancer.arn_suffix,
        dns_name=balancer.dns_name,
        target_group_arn=targets.arn,
        target_group_suffix=targets.arn_suffix,
        listener=listener,
    )


def _create_target_group(
    settings: Settings, network: Network, opts: pulumi.ResourceOptions
) -> aws.lb.TargetGroup:
    return aws.lb.TargetGroup(
        "fraud-targets",
        vpc_id=network.vpc_id,
        target_type="ip",
        protocol="HTTP",
        port=settings.service.container_port,
        deregistration_delay=30,
        health_check=aws.lb.TargetGroupHealthCheckArgs(
            path=HEALTH_PATH,
            matcher="200",
            interval=15,
            timeout=5,
            healthy_threshold=2,
            unhealthy_threshold=3,
        ),
        tags=settings.tags("targets"),
        opts=opts,
    )


def _create_listeners(
    settings: Settings,
    balancer_arn: pulumi.Output[str],
    target_group_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> aws.lb.Listener:
    forward = aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=target_group_arn)
    certificate_arn = settings.service.certificate_arn
    http = aws.lb.Listener(
        "fraud-http",
        load_balancer_arn=balancer_arn,
        protocol="HTTP",
        port=80,
        default_actions=[_redirect_to_https() if certificate_arn else forward],
        tags=settings.tags("http"),
        opts=opts,
    )
    if certificate_arn is None:
        return http
    return aws.lb.Listener(
        "fraud-https",
        load_balancer_arn=balancer_arn,
        protocol="HTTPS",
        port=443,
        ssl_policy=TLS_POLICY,
        certificate_arn=certificate_arn,
        default_actions=[forward],
        tags=settings.tags("https"),
        opts=opts,
    )


def _redirect_to_https() -> aws.lb.ListenerDefaultActionArgs:
    return aws.lb.ListenerDefaultActionArgs(
        type="redirect",
        redirect=aws.lb.ListenerDefaultActionRedirectArgs(
            protocol="HTTPS", port="443", status_code="HTTP_301"
        ),
    )


def create_service(
    settings: Settings,
    account_id: str,
    network: Network,
    balancer: Balancer,
    database: Database,
    roles: TaskRoles,
    logs: LogGroups,
    opts: pulumi.ResourceOptions,
) -> Service:
    """The tasks in the application subnets, kept running and scaled by demand."""
    cluster = _create_cluster(settings, logs, opts)
    document = _container_document(settings, account_id, database, logs)
    task_definition = _create_task_definition(settings, document, roles, opts)
    ready = [
        balancer.listener,
        roles.task.policy,
        roles.execution.policy,
        *network.egress,
        *database.aurora.instances,
    ]
    service = _create_tasks(settings, cluster, task_definition, network, balancer, ready, opts)
    _create_autoscaling(settings, cluster, service, balancer, opts)
    return Service(
        cluster_arn=cluster.arn,
        cluster_name=cluster.name,
        service_arn=service.arn,
        service_name=service.name,
        task_definition_arn=task_definition.arn,
    )


def _create_cluster(settings: Settings, logs: LogGroups, opts: pulumi.ResourceOptions) -> aws.ecs.Cluster:
    # Container Insights writes into the log group by its name, like RDS does.
    after_log_group = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[logs.insights]))
    return aws.ecs.Cluster(
        "fraud-cluster",
        name=settings.name,
        settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="enabled")],
        tags=settings.tags("cluster"),
        opts=after_log_group,
    )


def _container_document(
    settings: Settings, account_id: str, database: Database, logs: LogGroups
) -> pulumi.Output[str]:
    registry = f"{account_id}.dkr.ecr.{settings.region}.amazonaws.com"
    service = settings.service
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": f"{registry}/{service.image_repository}:{service.image_tag}",
        "essential": True,
        "readonlyRootFilesystem": True,
        "portMappings": [{"containerPort": service.container_port, "protocol": "tcp"}],
        "environment": _environment(settings, database),
        "secrets": _secrets(database.aurora.secret_arn),
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": logs.service.name,
                "awslogs-region": settings.region,
                "awslogs-stream-prefix": CONTAINER,
            },
        },
    }
    return pulumi.Output.json_dumps([container])


def _environment(settings: Settings, database: Database) -> list[dict[str, pulumi.Input[str]]]:
    variables: dict[str, pulumi.Input[str]] = {
        "AWS_REGION": settings.region,
        "ENVIRONMENT": settings.environment,
        "PORT": str(settings.service.container_port),
        "DATABASE_HOST": database.aurora.endpoint,
        "DATABASE_READER_HOST": database.aurora.reader_endpoint,
        "DATABASE_PORT": str(POSTGRESQL_PORT),
        "DATABASE_NAME": DATABASE_NAME,
        "RULES_TABLE": database.rules.name,
        "TRANSACTIONS_TABLE": database.transactions.name,
    }
    return [{"name": name, "value": value} for name, value in variables.items()]


def _secrets(secret_arn: pulumi.Output[str]) -> list[dict[str, pulumi.Input[str]]]:
    fields = {"DATABASE_USER": "username", "DATABASE_PASSWORD": "password"}
    return [
        {"name": name, "valueFrom": pulumi.Output.concat(secret_arn, f":{field}::")}
        for name, field in fields.items()
    ]


def _create_task_definition(
    settings: Settings, document: pulumi.Output[str], roles: TaskRoles, opts: pulumi.ResourceOptions
) -> aws.ecs.TaskDefinition:
    return aws.ecs.TaskDefinition(
        "fraud-task",
        family=settings.name,
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu=str(settings.service.cpu),
        memory=str(settings.service.memory),
        runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
            operating_system_family="LINUX", cpu_architecture="X86_64"
        ),
        task_role_arn=roles.task.arn,
        execution_role_arn=roles.execution.arn,
        container_definitions=document,
        tags=settings.tags("task"),
        opts=opts,
    )


def _create_tasks(
    settings: Settings,
    cluster: aws.ecs.Cluster,
    task_definition: aws.ecs.TaskDefinition,
    network: Network,
    balancer: Balancer,
    ready: list[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> aws.ecs.Service:
    return aws.ecs.Service(
        "fraud-service",
        name=CONTAINER,
        cluster=cluster.arn,
        task_definition=task_definition.arn,
        launch_type="FARGATE",
        desired_count=settings.service.min_capacity,
        deployment_minimum_healthy_percent=100,
        deployment_maximum_percent=200,
        deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
        health_check_grace_period_seconds=60,
        network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
            subnets=network.application_subnet_ids,
            security_groups=[network.security_groups.service],
            assign_public_ip=False,
        ),
        load_balancers=[
            aws.ecs.ServiceLoadBalancerArgs(
                target_group_arn=balancer.target_group_arn,
                container_name=CONTAINER,
                container_port=settings.service.container_port,
            )
        ],
        propagate_tags="SERVICE",
        tags=settings.tags("service"),
        # Autoscaling owns the count from the first deployment on.
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=ready, ignore_changes=["desired_count"])
        ),
    )


def _create_autoscaling(
    settings: Settings,
    cluster: aws.ecs.Cluster,
    service: aws.ecs.Service,
    balancer: Balancer,
    opts: pulumi.ResourceOptions,
) -> None:
    target = aws.appautoscaling.Target(
        "fraud-scaling",
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=pulumi.Output.concat("service/", cluster.name, "/", service.name),
        min_capacity=settings.service.min_capacity,
        max_capacity=settings.service.max_capacity,
        tags=settings.tags("scaling"),
        opts=opts,
    )
    requests = pulumi.Output.concat(balancer.arn_suffix, "/", balancer.target_group_suffix)
    _scale_by("cpu", target, "ECSServiceAverageCPUUtilization", 60, None, opts)
    _scale_by("memory", target, "ECSServiceAverageMemoryUtilization", 70, None, opts)
    per_target = settings.service.requests_per_target
    _scale_by("requests", target, "ALBRequestCountPerTarget", per_target, requests, opts)


def _scale_by(
    name: str,
    target: aws.appautoscaling.Target,
    metric: str,
    value: float,
    resource_label: pulumi.Output[str] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    aws.appautoscaling.Policy(
        f"fraud-scaling-{name}",
        name=f"{CONTAINER}-{name}",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=TargetTracking(
            predefined_metric_specification=PredefinedMetric(
                predefined_metric_type=metric, resource_label=resource_label
            ),
            target_value=value,
            scale_out_cooldown=60,
            scale_in_cooldown=300,
        ),
        opts=opts,
    )
