"""Orders and the queue for those that fail."""

import pulumi
import pulumi_aws as aws

failed = aws.sqs.Queue("failed")
redrive = {
    "maxReceiveCount": 4,
    "deadLetterTargetArn": failed.arn,
}
policy = pulumi.Output.json_dumps(redrive)
orders = aws.sqs.Queue("orders", redrive_policy=policy)
pulumi.export("orders", orders.url)
