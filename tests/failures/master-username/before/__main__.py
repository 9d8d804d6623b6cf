"""A PostgreSQL cluster for fraud cases; its network is made by a function, its names stand on top."""

import pulumi
import pulumi_aws as aws

ENGINE = "aurora-postgresql"
MASTER_USERNAME = "admin"  # expect: error[reserved-master-username] `admin` is reserved in aurora-postgresql


def create_network() -> tuple[aws.ec2.SecurityGroup, aws.rds.SubnetGroup]:
    vpc = aws.ec2.Vpc("cases", cidr_block="10.20.0.0/16")
    subnets = [
        aws.ec2.Subnet(
            f"cases-{zone}",
            vpc_id=vpc.id,
            cidr_block=f"10.20.{number}.0/24",
            availability_zone=f"eu-west-1{zone}",
        )
        for number, zone in enumerate("ab")
    ]
    security_group = aws.ec2.SecurityGroup("cases", vpc_id=vpc.id, description="Clients of the database")
    return security_group, aws.rds.SubnetGroup("cases", subnet_ids=[subnet.id for subnet in subnets])


security_group, subnet_group = create_network()
aws.vpc.SecurityGroupIngressRule(
    "cases-postgresql",
    security_group_id=security_group.id,
    ip_protocol="tcp",
    from_port=5432,
    to_port=5432,
    cidr_ipv4="10.20.0.0/16",
)
cluster = aws.rds.Cluster(
    "cases",
    engine=ENGINE,
    engine_version="15.19",
    master_username=MASTER_USERNAME,
    manage_master_user_password=True,
    db_subnet_group_name=subnet_group.name,
    vpc_security_group_ids=[security_group.id],
    skip_final_snapshot=True,
)
aws.rds.ClusterInstance("cases", cluster_identifier=cluster.id, engine=ENGINE, instance_class="db.r6g.large")

pulumi.export("endpoint", cluster.endpoint)
