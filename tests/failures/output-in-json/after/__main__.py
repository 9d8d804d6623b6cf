"""A scoring service on Fargate that reads Aurora and DynamoDB."""

import json

import pulumi
import pulumi_aws as aws

log_group = aws.cloudwatch.LogGroup("scoring", retention_in_days=30)
cluster = aws.rds.Cluster(
    "cases",
    engine="aurora-postgresql",
    engine_version="15.19",
    master_username="dbadmin",
    manage_master_user_password=True,
    skip_final_snapshot=True,
)
table = aws.dynamodb.Table(
    "rules",
    billing_mode="PAY_PER_REQUEST",
    hash_key="rule_id",
    attributes=[aws.dynamodb.TableAttributeArgs(name="rule_id", type="S")],
)
role = aws.iam.Role(
    "execution",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                }
            ],
        }
    ),
)
aws.iam.RolePolicyAttachment(
    "execution",
    role=role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
container_definitions = pulumi.Output.all(cluster.endpoint, table.name, log_group.name).apply(
    lambda args: json.dumps(
        [
            {
                "name": "scoring",
                "image": "public.ecr.aws/docker/library/python:3.12",
                "essential": True,
                "environment": [
                    {"name": "DATABASE_HOST", "value": args[0]},
                    {"name": "RULES_TABLE", "value": args[1]},
                ],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": args[2],
                        "awslogs-region": "eu-west-1",
                        "awslogs-stream-prefix": "scoring",
                    },
                },
            }
        ]
    )
)
aws.ecs.TaskDefinition(
    "scoring",
    family="scoring",
    requires_compatibilities=["FARGATE"],
    network_mode="awsvpc",
    cpu="256",
    memory="512",
    execution_role_arn=role.arn,
    container_definitions=container_definitions,
)
