"""The VPC: three tiers of subnets, the ways in and out, and the firewalls between the tiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from fraud_detection.access import GrantedRole
    from fraud_detection.settings import Settings, Tier

ANYWHERE = "0.0.0.0/0"
POSTGRESQL_PORT = 5432


@dataclass(frozen=True)
class SecurityGroups:
    """The ids of the three firewalls, from the outside in."""

    balancer: pulumi.Output[str]
    service: pulumi.Output[str]
    database: pulumi.Output[str]


@dataclass(frozen=True)
class Network:
    """The VPC, its subnets by tier, and the routes that have to be there before they are used."""

    vpc_id: pulumi.Output[str]
    zones: list[str]
    public_subnet_ids: list[pulumi.Output[str]]
    application_subnet_ids: list[pulumi.Output[str]]
    database_subnet_ids: list[pulumi.Output[str]]
    security_groups: SecurityGroups
    ingress: pulumi.Resource
    egress: list[pulumi.Resource]


def create_network(settings: Settings, zones: list[str], opts: pulumi.ResourceOptions) -> Network:
    """The network of one environment over the given zones."""
    vpc = aws.ec2.Vpc(
        "fraud-vpc",
        cidr_block=settings.network.vpc_cidr,
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags=settings.tags("vpc"),
        opts=opts,
    )
    # Nothing belongs to the default security group, so it lets nothing through.
    aws.ec2.DefaultSecurityGroup(
        "fraud-default-security-group", vpc_id=vpc.id, tags=settings.tags("default"), opts=opts
    )
    public = _create_subnets(settings, "public", vpc.id, zones, opts)
    application = _create_subnets(settings, "application", vpc.id, zones, opts)
    database = _create_subnets(settings, "database", vpc.id, zones, opts)
    ingress = _route_public(settings, vpc.id, public, opts)
    gateways = _create_nat_gateways(settings, public, ingress, opts)
    egress = _route_application(settings, vpc.id, application, gateways, opts)
    _isolate_database(settings, vpc.id, database, opts)
    return Network(
        vpc_id=vpc.id,
        zones=zones,
        public_subnet_ids=[subnet.id for subnet in public],
        application_subnet_ids=[subnet.id for subnet in application],
        database_subnet_ids=[subnet.id for subnet in database],
        security_groups=_create_security_groups(settings, vpc.id, opts),
        ingress=ingress,
        egress=egress,
    )


def create_flow_log(
    settings: Settings,
    network: Network,
    role: GrantedRole,
    log_group: aws.cloudwatch.LogGroup,
    opts: pulumi.ResourceOptions,
) -> None:
    """Records every connection that the VPC accepts or rejects."""
    aws.ec2.FlowLog(
        "fraud-flow-log",
        vpc_id=network.vpc_id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=log_group.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=60,
        tags=settings.tags("flow-log"),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[role.policy])),
    )


def _create_subnets(
    settings: Settings,
    tier: Tier,
    vpc_id: pulumi.Output[str],
    zones: list[str],
    opts: pulumi.ResourceOptions,
) -> list[aws.ec2.Subnet]:
    cidrs = settings.network.subnet_cidrs(tier)
    return [
        aws.ec2.Subnet(
            f"fraud-{tier}-subnet-{number}",
            vpc_id=vpc_id,
            availability_zone=zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags=settings.tags(f"{tier}-{number}") | {"Tier": tier},
            opts=opts,
        )
        for number, (zone, cidr) in enumerate(zip(zones, cidrs, strict=True), start=1)
    ]


def _create_route_table(
    settings: Settings, name: str, vpc_id: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> aws.ec2.RouteTable:
    return aws.ec2.RouteTable(
        f"fraud-{name}-routes", vpc_id=vpc_id, tags=settings.tags(f"{name}-routes"), opts=opts
    )


def _associate(
    name: str, table: aws.ec2.RouteTable, subnet: aws.ec2.Subnet, opts: pulumi.ResourceOptions
) -> None:
    aws.ec2.RouteTableAssociation(
        f"fraud-{name}-association", route_table_id=table.id, subnet_id=subnet.id, opts=opts
    )


def _route_public(
    settings: Settings,
    vpc_id: pulumi.Output[str],
    subnets: list[aws.ec2.Subnet],
    opts: pulumi.ResourceOptions,
) -> aws.ec2.Route:
    internet = aws.ec2.InternetGateway(
        "fraud-internet-gateway", vpc_id=vpc_id, tags=settings.tags("internet"), opts=opts
    )
    table = _create_route_table(settings, "public", vpc_id, opts)
    route = aws.ec2.Route(
        "fraud-public-route",
        route_table_id=table.id,
        destination_cidr_block=ANYWHERE,
        gateway_id=internet.id,
        opts=opts,
    )
    for number, subnet in enumerate(subnets, start=1):
        _associate(f"public-{number}", table, subnet, opts)
    return route


def _create_nat_gateways(
    settings: Settings,
    subnets: list[aws.ec2.Subnet],
    ingress: pulumi.Resource,
    opts: pulumi.ResourceOptions,
) -> list[aws.ec2.NatGateway]:
    after_ingress = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[ingress]))
    gateways = []
    for number, subnet in enumerate(subnets[: settings.network.nat_gateways], start=1):
        address = aws.ec2.Eip(
            f"fraud-nat-address-{number}",
            domain="vpc",
            tags=settings.tags(f"nat-{number}"),
            opts=after_ingress,
        )
        gateway = aws.ec2.NatGateway(
            f"fraud-nat-{number}",
            allocation_id=address.id,
            subnet_id=subnet.id,
            tags=settings.tags(f"nat-{number}"),
            opts=after_ingress,
        )
        gateways.append(gateway)
    return gateways


def _route_application(
    settings: Settings,
    vpc_id: pulumi.Output[str],
    subnets: list[aws.ec2.Subnet],
    gateways: list[aws.ec2.NatGateway],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    tables = []
    routes: list[pulumi.Resource] = []
    for number, subnet in enumerate(subnets, start=1):
        table = _create_route_table(settings, f"application-{number}", vpc_id, opts)
        route = aws.ec2.Route(
            f"fraud-application-route-{number}",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=gateways[(number - 1) % len(gateways)].id,
            opts=opts,
        )
        _associate(f"application-{number}", table, subnet, opts)
        tables.append(table)
        routes.append(route)
    return [*routes, *_create_gateway_endpoints(settings, vpc_id, tables, opts)]


def _create_gateway_endpoints(
    settings: Settings,
    vpc_id: pulumi.Output[str],
    tables: list[aws.ec2.RouteTable],
    opts: pulumi.ResourceOptions,
) -> list[aws.ec2.VpcEndpoint]:
    return [
        aws.ec2.VpcEndpoint(
            f"fraud-{service}-endpoint",
            vpc_id=vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{settings.region}.{service}",
            route_table_ids=[table.id for table in tables],
            tags=settings.tags(service),
            opts=opts,
        )
        for service in ("s3", "dynamodb")
    ]


def _isolate_database(
    settings: Settings,
    vpc_id: pulumi.Output[str],
    subnets: list[aws.ec2.Subnet],
    opts: pulumi.ResourceOptions,
) -> None:
    table = _create_route_table(settings, "database", vpc_id, opts)
    for number, subnet in enumerate(subnets, start=1):
        _associate(f"database-{number}", table, subnet, opts)


def _create_security_groups(
    settings: Settings, vpc_id: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> SecurityGroups:
    def create(name: str, description: str) -> pulumi.Output[str]:
        group = aws.ec2.SecurityGroup(
            f"fraud-{name}-security-group",
            vpc_id=vpc_id,
            description=description,
            tags=settings.tags(name),
            opts=opts,
        )
        return group.id

    groups = {
        "balancer": create("balancer", "Load balancer of the scoring service"),
        "service": create("service", "Tasks of the scoring service"),
        "database": create("database", "Aurora cluster"),
    }
    for port in (80, 443) if settings.service.certificate_arn else (80,):
        _allow_from_anywhere(settings, groups["balancer"], port, opts)
    _connect(settings, groups, "balancer", "service", settings.service.container_port, opts)
    _connect(settings, groups, "service", "database", POSTGRESQL_PORT, opts)
    _allow_aws_apis(settings, groups["service"], opts)
    return SecurityGroups(**groups)


def _allow_from_anywhere(
    settings: Settings, group_id: pulumi.Output[str], port: int, opts: pulumi.ResourceOptions
) -> None:
    aws.vpc.SecurityGroupIngressRule(
        f"fraud-balancer-from-anywhere-{port}",
        security_group_id=group_id,
        description=f"Clients on port {port}",
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        cidr_ipv4=ANYWHERE,
        tags=settings.tags(f"balancer-from-anywhere-{port}"),
        opts=opts,
    )


def _connect(
    settings: Settings,
    groups: dict[str, pulumi.Output[str]],
    source: str,
    target: str,
    port: int,
    opts: pulumi.ResourceOptions,
) -> None:
    aws.vpc.SecurityGroupEgressRule(
        f"fraud-{source}-to-{target}",
        security_group_id=groups[source],
        description=f"To the {target}",
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=groups[target],
        tags=settings.tags(f"{source}-to-{target}"),
        opts=opts,
    )
    aws.vpc.SecurityGroupIngressRule(
        f"fraud-{target}-from-{source}",
        security_group_id=groups[target],
        description=f"From the {source}",
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=groups[source],
        tags=settings.tags(f"{target}-from-{source}"),
        opts=opts,
    )


def _allow_aws_apis(settings: Settings, group_id: pulumi.Output[str], opts: pulumi.ResourceOptions) -> None:
    aws.vpc.SecurityGroupEgressRule(
        "fraud-service-to-aws",
        security_group_id=group_id,
        description="APIs of AWS, the image registry among them",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4=ANYWHERE,
        tags=settings.tags("service-to-aws"),
        opts=opts,
    )
