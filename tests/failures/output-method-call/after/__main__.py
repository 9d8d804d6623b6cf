"""A queue for orders, and its address without the scheme."""

import pulumi_aws as aws

queue = aws.sqs.Queue("orders", message_retention_seconds=86400)
aws.ssm.Parameter(
    "queue",
    type="String",
    value=queue.url.apply(lambda url: url.removeprefix("https://")),
)
