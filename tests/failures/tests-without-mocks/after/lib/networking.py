"""The VPC and its subnets."""

import pulumi_aws as aws


def create_vpc(cidr_block: str) -> aws.ec2.Vpc:
    return aws.ec2.Vpc("main", cidr_block=cidr_block, enable_dns_hostnames=True)


def create_subnets(vpc: aws.ec2.Vpc, zones: list[str]) -> list[aws.ec2.Subnet]:
    return [
        aws.ec2.Subnet(
            f"private-{number}",
            vpc_id=vpc.id,
            availability_zone=zone,
            cidr_block=f"10.0.{number}.0/24",
        )
        for number, zone in enumerate(zones)
    ]
