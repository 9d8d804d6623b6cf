"""The program that is measured: ten resources that refer to others, as often as its configuration says."""

import json

import pulumi
import pulumi_aws as aws


def statement(action: str, resource: str) -> dict[str, object]:
    """One statement of an IAM policy."""
    return {"Effect": "Allow", "Action": [action], "Resource": resource}


def document(*statements: dict[str, object]) -> str:
    """An IAM policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def service(name: str) -> None:
    """Ten resources."""
    tags = {"Service": name, "Owner": "bench"}
    key = aws.kms.Key(f"{name}-key", description=name, enable_key_rotation=True, tags=tags)
    aws.cloudwatch.LogGroup(f"{name}-logs", retention_in_days=30, kms_key_id=key.arn, tags=tags)
    failed = aws.sqs.Queue(f"{name}-failed", kms_master_key_id=key.id, tags=tags)
    redrive = failed.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}))
    queue = aws.sqs.Queue(name, kms_master_key_id=key.id, redrive_policy=redrive, tags=tags)
    topic = aws.sns.Topic(f"{name}-topic", kms_master_key_id=key.id, tags=tags)
    aws.sns.TopicSubscription(f"{name}-sub", topic=topic.arn, protocol="sqs", endpoint=queue.arn)
    table = aws.dynamodb.Table(
        f"{name}-table",
        billing_mode="PAY_PER_REQUEST",
        hash_key="id",
        attributes=[aws.dynamodb.TableAttributeArgs(name="id", type="S")],
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
        tags=tags,
    )
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role(f"{name}-role", assume_role_policy=document(trust), tags=tags)
    policy = pulumi.Output.all(table.arn, queue.arn).apply(
        lambda arns: document(
            statement("dynamodb:GetItem", arns[0]), statement("sqs:ReceiveMessage", arns[1])
        )
    )
    aws.iam.RolePolicy(f"{name}-policy", role=role.id, policy=policy)
    aws.cloudwatch.MetricAlarm(
        f"{name}-alarm",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        metric_name="ApproximateNumberOfMessagesVisible",
        namespace="AWS/SQS",
        period=300,
        statistic="Maximum",
        threshold=0,
        dimensions={"QueueName": failed.name},
        alarm_actions=[topic.arn],
        tags=tags,
    )


for number in range(pulumi.Config().require_int("size") // 10):
    service(f"service-{number}")
