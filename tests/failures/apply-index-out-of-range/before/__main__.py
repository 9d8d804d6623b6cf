"""A queue for orders with its dead letters, and a parameter that names both."""

import pulumi
import pulumi_aws as aws

dead_letters = aws.sqs.Queue("dead-letters")
orders = aws.sqs.Queue("orders")
aws.ssm.Parameter(
    "queues",
    type="StringList",
    value=pulumi.Output.all(orders.url, dead_letters.url).apply(
        lambda urls: f"{urls[0]},{urls[2]}"  # expect: error[apply-index-out-of-range] `urls[2]` is index 2 of 2 values
    ),
)
