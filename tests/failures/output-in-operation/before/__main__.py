"""A bucket for reports, and where its objects are."""

import pulumi_aws as aws

bucket = aws.s3.Bucket("reports", force_destroy=True)
aws.ssm.Parameter(
    "objects",
    type="String",
    value=bucket.arn + "/*",  # expect: error[output-in-operation] `bucket.arn` is an `Output`, which `+` cannot be applied to
)
