"""A network in its own VPC."""

import pulumi

from lib import networking

vpc = networking.create_vpc("10.0.0.0/16")
subnets = networking.create_subnets(vpc, ["eu-west-1a", "eu-west-1b"])
pulumi.export("vpc_id", vpc.id)
pulumi.export("subnet_ids", [subnet.id for subnet in subnets])
