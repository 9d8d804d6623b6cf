"""A bucket for reports, and where its objects are."""

import pulumi
import pulumi_aws as aws

bucket = aws.s3.Bucket("reports", force_destroy=True)
aws.ssm.Parameter(
    "objects", type="String", value=pulumi.Output.concat(bucket.arn, "/", pulumi.get_stack(), "/*")
)
