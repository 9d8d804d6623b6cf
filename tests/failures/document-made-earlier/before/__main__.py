"""Orders and the queue for those that fail."""

import json

import pulumi
import pulumi_aws as aws

failed = aws.sqs.Queue("failed")
redrive = {
    "maxReceiveCount": 4,
    "deadLetterTargetArn": failed.arn,  # expect: error[output-in-json] `failed.arn`
}
policy = json.dumps(redrive)
orders = aws.sqs.Queue("orders", redrive_policy=policy)
pulumi.export("orders", orders.url)
