"""A queue for orders, and the account that it is in."""

import pulumi_aws as aws


def part_of_arn(arn: str, index: int) -> str:
    """One of the parts that colons separate."""
    return arn.split(":")[index]


queue = aws.sqs.Queue("orders")
account = queue.arn.apply(part_of_arn)  # expect: error[apply-raises] missing 1 required positional argument: 'index'
aws.ssm.Parameter("account", type="String", value=account)
