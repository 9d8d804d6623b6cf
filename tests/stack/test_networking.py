"""The VPC: which subnet leads where, and who may talk to whom."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from fraud_detection.networking import create_flow_log, create_network

from .harness import PARENT, Program, deploy, selected
from .neighbours import ZONES, log_group, network, role

if TYPE_CHECKING:
    import pulumi
    from fraud_detection.networking import Network
    from fraud_detection.settings import Settings

ANYWHERE = "0.0.0.0/0"
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-4000-8000-000000000000"

NAMES = [
    *("vpc", "default", "internet", "public-routes", "database-routes", "nat-1", "s3", "dynamodb"),
    *(f"{tier}-{number}" for tier in ("public", "application", "database") for number in (1, 2, 3)),
    *(f"application-{number}-routes" for number in (1, 2, 3)),
    *("balancer", "service", "database", "balancer-from-anywhere-80", "service-to-aws"),
    *("balancer-to-service", "service-from-balancer", "service-to-database", "database-from-service"),
]


def create(settings: Settings, opts: pulumi.ResourceOptions) -> Network:
    return create_network(settings, ZONES, opts)


def record_flows(settings: Settings, opts: pulumi.ResourceOptions) -> None:
    create_flow_log(settings, network(), role("flow-log"), log_group("flows"), opts)


@pytest.fixture
def deployed(environment: str) -> Program:
    return deploy(create, environment)


def routes(deployed: Program) -> dict[str, dict[str, Any]]:
    """The route to the internet that each subnet has, by the subnet's name; none for an isolated one."""
    targets = {each.inputs["routeTableId"]: each.inputs for each in deployed.of("Route")}
    return {
        each.inputs["subnetId"].removeprefix("fraud-").removesuffix("-id"): selected(
            targets.get(each.inputs["routeTableId"], {}),
            *("destinationCidrBlock", "gatewayId", "natGatewayId"),
        )
        for each in deployed.of("RouteTableAssociation")
    }


def flows(deployed: Program) -> dict[str, tuple[Any, ...]]:
    """What each rule of a security group lets through: direction, group, protocol, ports, other side."""
    found = {}
    for each in deployed.resources:
        if each.type.endswith("Rule") and (rule := each.inputs):
            way = "in" if each.type.endswith("IngressRule") else "out"
            other = rule.get("cidrIpv4") or rule["referencedSecurityGroupId"]
            ports = (rule["fromPort"], rule["toPort"])
            found[each.name] = (way, rule["securityGroupId"], rule["ipProtocol"], *ports, other)
    return found


BALANCER, SERVICE, DATABASE = (
    f"fraud-{name}-security-group-id" for name in ("balancer", "service", "database")
)
FLOWS = {
    "fraud-balancer-from-anywhere-80": ("in", BALANCER, "tcp", 80, 80, ANYWHERE),
    "fraud-balancer-to-service": ("out", BALANCER, "tcp", 8080, 8080, SERVICE),
    "fraud-service-from-balancer": ("in", SERVICE, "tcp", 8080, 8080, BALANCER),
    "fraud-service-to-database": ("out", SERVICE, "tcp", 5432, 5432, DATABASE),
    "fraud-service-to-aws": ("out", SERVICE, "tcp", 443, 443, ANYWHERE),
    "fraud-database-from-service": ("in", DATABASE, "tcp", 5432, 5432, SERVICE),
}


class TestVpc:
    @pytest.mark.parametrize(
        ("environment", "cidr"),
        [("dev", "10.10.0.0/16"), ("staging", "10.20.0.0/16"), ("prod", "10.30.0.0/16")],
    )
    def test_has_the_range_of_its_environment_and_resolves_names(self, environment: str, cidr: str) -> None:
        expected = {"cidrBlock": cidr, "enableDnsSupport": True, "enableDnsHostnames": True}
        vpc = deploy(create, environment)["fraud-vpc"]
        assert selected(vpc, *expected) == expected

    def test_everything_is_in_it(self, deployed: Program) -> None:
        vpcs = {each.name: each.inputs["vpcId"] for each in deployed.resources if "vpcId" in each.inputs}
        assert set(vpcs.values()) == {"fraud-vpc-id"}
        kinds = (
            "Subnet",
            "RouteTable",
            "SecurityGroup",
            "DefaultSecurityGroup",
            "InternetGateway",
            "VpcEndpoint",
        )
        assert set(vpcs) == {each.name for kind in kinds for each in deployed.of(kind)}

    def test_the_default_security_group_lets_nothing_through(self, deployed: Program) -> None:
        (group,) = deployed.of("DefaultSecurityGroup")
        assert not {"ingress", "egress"} & set(group.inputs)
        assert group.name == "fraud-default-security-group"

    def test_name_tags(self, environment: str) -> None:
        found = Counter(deploy(create, environment).name_tags().values())
        expected = Counter(f"fraud-detection-{environment}-{name}" for name in NAMES)
        gateways = range(1, 4) if environment == "prod" else [1]
        # A gateway and its address share a name.
        expected.update(f"fraud-detection-{environment}-nat-{number}" for number in gateways)
        expected.update(f"fraud-detection-{environment}-nat-{number}" for number in gateways if number > 1)
        assert found == expected

    def test_all_belongs_to_the_component(self, deployed: Program) -> None:
        assert {each.parent for each in deployed.resources} == {PARENT}


class TestSubnets:
    def test_three_tiers_over_three_zones(self, deployed: Program) -> None:
        placed = {each.name: each.inputs["availabilityZone"] for each in deployed.of("Subnet")}
        tiers = ("public", "application", "database")
        assert placed == {
            f"fraud-{tier}-subnet-{number}": zone for tier in tiers for number, zone in enumerate(ZONES, 1)
        }

    def test_ranges_follow_the_tiers(self) -> None:
        ranges = {each.name: each.inputs["cidrBlock"] for each in deploy(create, "dev").of("Subnet")}
        assert ranges["fraud-public-subnet-1"] == "10.10.0.0/20"
        assert ranges["fraud-public-subnet-2"] == "10.10.16.0/20"
        assert ranges["fraud-application-subnet-1"] == "10.10.64.0/20"
        assert ranges["fraud-database-subnet-3"] == "10.10.160.0/20"
        assert len(set(ranges.values())) == 9

    def test_nothing_gets_a_public_address_by_itself(self, deployed: Program) -> None:
        assert {each.inputs["mapPublicIpOnLaunch"] for each in deployed.of("Subnet")} == {False}

    def test_say_their_tier(self, deployed: Program) -> None:
        for each in deployed.of("Subnet"):
            assert each.name.startswith(f"fraud-{each.inputs['tags']['Tier']}-subnet-")

    def test_are_handed_on_by_tier(self, deployed: Program) -> None:
        network = deployed.returned
        assert (network.vpc_id, network.zones) == ("fraud-vpc-id", ZONES)
        assert network.public_subnet_ids == [f"fraud-public-subnet-{number}-id" for number in (1, 2, 3)]
        assert network.application_subnet_ids == [
            f"fraud-application-subnet-{number}-id" for number in (1, 2, 3)
        ]
        assert network.database_subnet_ids == [f"fraud-database-subnet-{number}-id" for number in (1, 2, 3)]


class TestRoutes:
    def test_public_subnets_reach_the_internet(self, deployed: Program) -> None:
        way = {"destinationCidrBlock": ANYWHERE, "gatewayId": "fraud-internet-gateway-id"}
        assert [routes(deployed)[f"public-subnet-{number}"] for number in (1, 2, 3)] == [way] * 3

    def test_in_prod_each_zone_leaves_by_its_own_gateway(self) -> None:
        prod = deploy(create, "prod")
        for number in (1, 2, 3):
            gateway = routes(prod)[f"application-subnet-{number}"]
            assert gateway == {"destinationCidrBlock": ANYWHERE, "natGatewayId": f"fraud-nat-{number}-id"}
            assert prod[f"fraud-nat-{number}"]["subnetId"] == f"fraud-public-subnet-{number}-id"

    @pytest.mark.parametrize("environment", ["dev", "staging"])
    def test_elsewhere_all_zones_share_one_gateway(self, environment: str) -> None:
        deployed = deploy(create, environment)
        (gateway,) = deployed.of("NatGateway")
        assert gateway.inputs["subnetId"] == "fraud-public-subnet-1-id"
        ways = [routes(deployed)[f"application-subnet-{number}"]["natGatewayId"] for number in (1, 2, 3)]
        assert ways == ["fraud-nat-1-id"] * 3

    def test_two_gateways_for_three_zones_take_turns(self) -> None:
        deployed = deploy(create, "dev", natGateways=2)
        ways = [routes(deployed)[f"application-subnet-{number}"]["natGatewayId"] for number in (1, 2, 3)]
        assert ways == ["fraud-nat-1-id", "fraud-nat-2-id", "fraud-nat-1-id"]

    def test_each_zone_has_a_table_of_its_own(self, deployed: Program) -> None:
        tables = {
            each.inputs["subnetId"]: each.inputs["routeTableId"]
            for each in deployed.of("RouteTableAssociation")
            if "application" in each.name
        }
        assert tables == {
            f"fraud-application-subnet-{number}-id": f"fraud-application-{number}-routes-id"
            for number in (1, 2, 3)
        }

    def test_every_subnet_is_associated_under_its_own_name(self, deployed: Program) -> None:
        associated = {each.name: each.inputs["subnetId"] for each in deployed.of("RouteTableAssociation")}
        assert associated == {
            f"fraud-{tier}-{number}-association": f"fraud-{tier}-subnet-{number}-id"
            for tier in ("public", "application", "database")
            for number in (1, 2, 3)
        }

    def test_database_subnets_have_no_way_out(self, deployed: Program) -> None:
        assert [routes(deployed)[f"database-subnet-{number}"] for number in (1, 2, 3)] == [{}] * 3

    def test_gateways_have_a_fixed_address_and_wait_for_the_way_in(self, deployed: Program) -> None:
        for gateway in deployed.of("NatGateway"):
            address = deployed.named(gateway.name.replace("-nat-", "-nat-address-"))
            assert address.inputs["domain"] == "vpc"
            assert gateway.inputs["allocationId"] == f"{address.name}-id"
            assert "fraud-public-route" in gateway.depends_on & address.depends_on

    def test_aws_is_reached_without_a_gateway(self, deployed: Program) -> None:
        tables = [f"fraud-application-{number}-routes-id" for number in (1, 2, 3)]
        assert {
            each.name: (
                each.inputs["serviceName"],
                each.inputs["vpcEndpointType"],
                each.inputs["routeTableIds"],
            )
            for each in deployed.of("VpcEndpoint")
        } == {
            f"fraud-{service}-endpoint": (f"com.amazonaws.eu-west-1.{service}", "Gateway", tables)
            for service in ("s3", "dynamodb")
        }

    def test_the_ways_in_and_out_are_handed_on(self, deployed: Program) -> None:
        ways_out = [f"fraud-application-route-{number}" for number in (1, 2, 3)]
        assert deployed.returned.ingress == "fraud-public-route"
        assert deployed.returned.egress == [*ways_out, "fraud-s3-endpoint", "fraud-dynamodb-endpoint"]


class TestSecurityGroups:
    def test_balancer_to_service_to_database_and_nothing_else(self, deployed: Program) -> None:
        assert flows(deployed) == FLOWS

    def test_a_certificate_opens_https(self) -> None:
        secured = flows(deploy(create, "prod", certificateArn=CERTIFICATE))
        https = ("in", BALANCER, "tcp", 443, 443, ANYWHERE)
        assert secured == FLOWS | {"fraud-balancer-from-anywhere-443": https}

    def test_the_service_listens_where_it_is_configured_to(self) -> None:
        found = flows(deploy(create, "dev", containerPort=9000))
        assert found["fraud-service-from-balancer"] == ("in", SERVICE, "tcp", 9000, 9000, BALANCER)
        assert found["fraud-balancer-to-service"] == ("out", BALANCER, "tcp", 9000, 9000, SERVICE)

    def test_groups_keep_their_rules_outside(self, deployed: Program) -> None:
        # Rules in a group and rules beside it undo each other at every deployment.
        assert all(not {"ingress", "egress"} & set(each.inputs) for each in deployed.of("SecurityGroup"))

    def test_are_handed_on(self, deployed: Program) -> None:
        groups = deployed.returned.security_groups
        assert (groups.balancer, groups.service, groups.database) == (BALANCER, SERVICE, DATABASE)

    def test_say_what_they_are_for(self, deployed: Program) -> None:
        described = {
            each.name: each.inputs["description"]
            for each in deployed.resources
            if "description" in each.inputs
        }
        assert described == {
            "fraud-balancer-security-group": "Load balancer of the scoring service",
            "fraud-service-security-group": "Tasks of the scoring service",
            "fraud-database-security-group": "Aurora cluster",
            "fraud-balancer-from-anywhere-80": "Clients on port 80",
            "fraud-balancer-to-service": "To the service",
            "fraud-service-from-balancer": "From the balancer",
            "fraud-service-to-database": "To the database",
            "fraud-database-from-service": "From the service",
            "fraud-service-to-aws": "APIs of AWS, the image registry among them",
        }


class TestFlowLog:
    def test_records_everything_that_the_vpc_sees(self) -> None:
        expected = {
            "vpcId": "vpc",
            "trafficType": "ALL",
            "logDestinationType": "cloud-watch-logs",
            "logDestination": "arn:aws:cloudwatch:eu-west-1:111122223333:loggroup//logs/flows",
            "iamRoleArn": "arn:aws:iam::111122223333:role/flow-log",
            "maxAggregationInterval": 60,
        }
        flow_log = deploy(record_flows, "dev")["fraud-flow-log"]
        assert selected(flow_log, *expected) == expected
        assert flow_log["tags"]["Name"] == "fraud-detection-dev-flow-log"

    def test_waits_for_its_policy(self) -> None:
        flow_log = deploy(record_flows, "dev").named("fraud-flow-log")
        assert "flow-log-policy" in flow_log.depends_on
        assert flow_log.parent == PARENT
