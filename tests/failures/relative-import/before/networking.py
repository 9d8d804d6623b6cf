"""The network."""

import pulumi_aws as aws


def create_vpc(name: str) -> aws.ec2.Vpc:
    """A VPC with names for its hosts."""
    return aws.ec2.Vpc(name, cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
