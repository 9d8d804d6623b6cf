"""Fraud rules in DynamoDB, readable in another region too."""

import pulumi
import pulumi_aws as aws


def create_rules_table(replica_regions: list[str]) -> aws.dynamodb.Table:
    """The table of the rules, with replicas where they are wanted."""
    return aws.dynamodb.Table(
        "rules",
        billing_mode="PAY_PER_REQUEST",
        hash_key="rule_id",
        attributes=[aws.dynamodb.TableAttributeArgs(name="rule_id", type="S")],
        stream_enabled=True,
        stream_view_type="NEW_AND_OLD_IMAGES",
        replicas=[aws.dynamodb.TableReplicaArgs(region_name=region) for region in replica_regions],
    )


pulumi.export("table", create_rules_table(["eu-central-1"]).name)
