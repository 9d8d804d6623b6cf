"""A queue for orders, and the account that it is in."""

import pulumi_aws as aws


def part_of_arn(arn: str, index: int) -> str:
    """One of the parts that colons separate."""
    return arn.split(":")[index]


queue = aws.sqs.Queue("orders")
account = queue.arn.apply(lambda arn: part_of_arn(arn, 4))
aws.ssm.Parameter("account", type="String", value=account)
