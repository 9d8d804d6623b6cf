"""A PostgreSQL cluster for fraud cases."""

import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("cases", cidr_block="10.20.0.0/16", enable_dns_hostnames=True)
subnets = [
    aws.ec2.Subnet(
        f"cases-{zone}",
        vpc_id=vpc.id,
        cidr_block=f"10.20.{number}.0/24",
        availability_zone=f"eu-west-1{zone}",
    )
    for number, zone in enumerate("abc")
]
group = aws.rds.SubnetGroup("cases", subnet_ids=[subnet.id for subnet in subnets])

cluster = aws.rds.Cluster(
    "cases",
    engine="aurora-postgresql",
    engine_version="15.3",  # expect: error[engine-version-unavailable] AWS has withdrawn aurora-postgresql version `15.3`
    database_name="cases",
    master_username="dbadmin",
    manage_master_user_password=True,
    db_subnet_group_name=group.name,
    storage_encrypted=True,
    skip_final_snapshot=True,
)
for number in (1, 2):
    aws.rds.ClusterInstance(
        f"cases-{number}",
        cluster_identifier=cluster.id,
        engine=cluster.engine,
        engine_version=cluster.engine_version,
        instance_class="db.r6g.large",
    )

pulumi.export("endpoint", cluster.endpoint)
